"""Loudness against figures that are known without our code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ptts_np
from ptts_np.audio.loudness import SILENT, at_loudness, block_powers, loudness
from ptts_np.errors import InputError


def tone(frequency: float, level_db: float, seconds: float, rate: int) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
def test_the_tone_of_the_standard(rate: int) -> None:
    """A full scale sine of 997 Hz in one channel is -3.01 LUFS."""
    assert loudness(tone(997, 0, 5, rate), rate) == pytest.approx(-3.01, abs=0.05)


def test_pauses_do_not_count() -> None:
    """The relative gate leaves silence out: EBU Tech 3341, in the manner of its third case."""
    loud, soft = tone(997, -20, 20, 24000), tone(997, -36, 5, 24000)
    assert loudness(np.concatenate([soft, loud, soft]), 24000) == pytest.approx(-23.01, abs=0.1)


def test_silence_and_nothing() -> None:
    assert loudness(np.zeros(24000, np.float32), 24000) == SILENT
    assert loudness(np.zeros(0, np.float32), 24000) == SILENT


@settings(deadline=None)
@given(st.floats(-40, 0), st.integers(0, 2**32), st.integers(200, 200_000))
def test_a_gain_is_heard_as_it_is(gain_db: float, seed: int, size: int) -> None:
    """Whatever the length, and however the signal falls into the pieces of the convolution."""
    x = np.random.default_rng(seed).standard_normal(size).astype(np.float32) * np.float32(0.2)
    louder = x * np.float32(10 ** (gain_db / 20))
    assert loudness(louder, 24000) - loudness(x, 24000) == pytest.approx(gain_db, abs=1e-3)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 90_000), min_size=1, max_size=8))
def test_it_does_not_matter_how_the_signal_is_cut(seed: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    pieces = [rng.standard_normal(size).astype(np.float32) for size in sizes]
    whole = block_powers([np.concatenate(pieces)], 24000)
    np.testing.assert_array_equal(block_powers(pieces, 24000), whole)


def test_silence_has_no_loudness_to_change() -> None:
    silence = np.zeros(100, np.float32)
    assert at_loudness(silence, -20, 24_000) is silence


def test_speech_at_a_target() -> None:
    sound = ptts_np.generate("The quiet morning was all ours.", seed=1, loudness=-23)
    assert loudness(sound, 24_000) == pytest.approx(-23, abs=0.1)
    assert np.abs(at_loudness(sound, -5, 24_000)).max() <= 1.0001


@pytest.mark.parametrize("target", [0, -80, float("nan"), True])
def test_targets_out_of_range(target: object) -> None:
    with pytest.raises(InputError, match="loudness"):
        ptts_np.generate("Hello.", loudness=target)  # type: ignore[arg-type]
