"""Pauses, speed, volume and voices in the sound."""

import numpy as np
import pytest

import ptts_np
from ptts_np.engine.delivery import Delivery, shaped
from ptts_np.errors import InputError, VoiceError

RATE = 24_000


def size(text: str, **more: object) -> int:
    return int(ptts_np.generate(text, seed=1, **more).size)  # type: ignore[arg-type]


def test_a_pause_is_exact_silence() -> None:
    sound = ptts_np.generate("Good morning. [pause 1.25s] Good night.", seed=1)
    zeros = np.flatnonzero(np.diff(np.concatenate([[1], (sound != 0).astype(int), [1]])))
    runs = zeros[1::2] - zeros[::2]
    assert runs.max() == pytest.approx(1.25 * RATE, abs=3)
    without = ptts_np.generate("Good morning. [pause 0.25s] Good night.", seed=1)
    assert sound.size - without.size == RATE


def test_a_pause_at_the_beginning_and_one_at_the_end() -> None:
    plain, both = size("Hello there."), size("[pause 0.5s]Hello there.[pause 1s]")
    assert both - plain == round(1.5 * RATE)


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.5, 2.0])
def test_speed(speed: float) -> None:
    text = "The morning was quiet, and the road was ours."
    assert size(text, speed=speed) == pytest.approx(size(text) / speed, abs=2)


@pytest.mark.parametrize("speed", [0.4, 2.1, float("nan"), True])
def test_speeds_out_of_range(speed: object) -> None:
    with pytest.raises(InputError, match="speed"):
        size("Hello.", speed=speed)


def test_a_script_of_three_voices() -> None:
    """The names in brackets choose the voice and are not read out."""
    clara = ptts_np.load_voice(ptts_np.load_model("mini"), "clara")
    lines = ["[anna] Good morning to you.", "[bob] It is late.", "[clara] Good night."]
    voices = {"anna": clara, "bob": "clara"}
    script = ptts_np.generate("\n".join(lines), voices=voices, seed=1)
    first = ptts_np.generate("Good morning to you.", voice=clara, seed=1)
    # rows side by side are close, not equal to the bit, on every backend
    np.testing.assert_allclose(script[: first.size], first, atol=1e-5)
    assert script.size > first.size + RATE
    with pytest.raises(VoiceError, match="zoe"):
        ptts_np.generate("<speak><voice name='zoe'>Hi.</voice></speak>")


def test_a_text_in_pieces_is_the_text() -> None:
    pieces = ["The first sen", "tence is a long one. The sec", "ond one is longer than this."]
    sound = np.concatenate(list(ptts_np.stream(iter(pieces), seed=3)))
    first = ptts_np.generate("The first sentence is a long one.", seed=3)
    np.testing.assert_array_equal(sound[: first.size], first)
    assert sound.size > 1.5 * first.size


def test_raw_hands_the_text_on() -> None:
    with pytest.raises(InputError, match="reading"):
        size("x", reading="klingon")
    assert size("It is twenty.", reading="raw") == size("It is 20.")


def test_a_lexicon_is_heard() -> None:
    respelled = {"Nginx": "engine ex"}
    assert size("Nginx runs.", lexicon=respelled) == size("engine ex runs.")
    phonemes = {"nginx": "/ˈɛnʤɪn ˈɛks/"}
    assert size("Nginx runs.", lexicon=phonemes) != size("Nginx runs.")


def test_each_delivery_is_for_what_follows_it() -> None:
    ones = np.full(100, 0.25, np.float32)
    pieces = [ones, Delivery(gain=6.0206, lead=0.01, pause=0.02), ones, Delivery(), ones]
    sound = np.concatenate(list(shaped(pieces, 1000)))
    expected = [ones, np.zeros(10), 2 * ones, np.zeros(20), ones]
    np.testing.assert_allclose(sound, np.concatenate(expected), atol=1e-4)


def test_ssml_prosody_is_heard() -> None:
    slow = size("<speak><prosody rate='50%'>Good morning.</prosody></speak>")
    assert slow == pytest.approx(2 * size("Good morning."), abs=2)
