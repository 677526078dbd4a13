"""The training's warp of speech: the pitch turns whole times in each frame, little else moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data import pitch
from training.data.locked import locked, places
from training.data.spoken import FRAME, RATE
from training.judge import harmonics

FRAMES = 12


def voice(start: float, end: float, level: float = 0.1) -> np.ndarray:
    """Int16 speech-like sound: harmonics of a pitch in Hz that glides from start to end."""
    hertz = np.geomspace(start, end, FRAMES * FRAME)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE + 1.0
    harmonics = [np.cos(h * phase) / h for h in range(1, 9)]
    return np.round(level * np.sum(harmonics, axis=0) * 32767).astype(np.int16)


def turns_left(audio: np.ndarray) -> np.ndarray:
    """How far from a whole turn the fundamental is at the frames' ends, in turns, ends left out."""
    phase, _, voiced = pitch.phases(audio / 32768.0)
    assert voiced[1:-1].all()
    return np.abs(phase[1:-1]) / (2 * np.pi)


@settings(max_examples=25, deadline=None)
@given(st.floats(130, 300), st.floats(-0.25, 0.25))
def test_the_pitch_turns_whole_times(start: float, octaves: float) -> None:
    audio = voice(start, min(320.0, max(120.0, start * 2**octaves)))
    assert np.median(turns_left(locked(audio))) < 0.03
    assert turns_left(locked(audio)).max() < 0.12


def test_it_was_not_so_before() -> None:
    assert turns_left(voice(206.0, 206.0)).max() > 0.2


@settings(max_examples=25, deadline=None)
@given(st.floats(130, 300), st.floats(-0.25, 0.25))
def test_time_moves_little_and_forward(start: float, octaves: float) -> None:
    audio = voice(start, min(320.0, max(120.0, start * 2**octaves))) / 32768.0
    at = places(audio)
    assert np.abs(at - np.arange(len(at))).max() <= 2.5 * RATE / 120
    assert np.diff(at).min() > 0.85
    assert np.diff(at).max() < 1.15


def test_what_has_no_pitch_stays() -> None:
    noise = np.random.default_rng(0).normal(0, 1000, FRAMES * FRAME).astype(np.int16)
    assert np.abs(locked(noise).astype(int) - noise).max() <= 2
    assert not locked(np.zeros(5000, np.int16)).any()


@pytest.mark.parametrize("length", [0, 1, 100, FRAME, FRAME + 1, 5 * FRAME - 7])
def test_any_length_keeps_its_length(length: int) -> None:
    audio = voice(200.0, 220.0)[:length]
    assert locked(audio).shape == (length,)


def test_pitch_of_a_steady_voice() -> None:
    told = pitch.voicing(voice(200.0, 200.0) / 32768.0, motion=4)
    assert told.shape == (FRAMES, pitch.size(4))
    assert np.abs(told[2:-2, 2:]).max() < 0.15  # the mean is drawn a little to MIDDLE
    assert told[2:-2, 0] == pytest.approx((np.log(200) - pitch.MIDDLE) / pitch.SPREAD, abs=0.02)
    assert told[2:-2, 1] == pytest.approx(1.0, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(st.floats(130, 300), st.floats(-0.5, 0.5), st.sampled_from([1, 2, 4]))
def test_mean_and_motion_are_the_pitch_within_the_frames(
    start: float, octaves: float, motion: int
) -> None:
    end = min(340.0, max(90.0, start * 2**octaves))
    told = pitch.voicing(voice(start, end) / 32768.0, motion)
    found = told[:, :1] * pitch.SPREAD + told[:, 2:] * pitch.MOVED + pitch.MIDDLE
    ends = np.arange(1, FRAMES * motion + 1).reshape(FRAMES, motion) / (FRAMES * motion)
    true = np.log(start) + ends * np.log(end / start)
    np.testing.assert_allclose(found[1:-1], true[1:-1], atol=0.01)
    assert (pitch.voicing(voice(start, end) / 32768.0) == told[:, :2]).all()


def test_what_has_no_pitch_does_not_move() -> None:
    assert not pitch.voicing(np.zeros(3 * FRAME), motion=4).any()


@pytest.mark.parametrize("motion", [-1, 3, 8])
def test_motion_is_told_at_even_places(motion: int) -> None:
    with pytest.raises(ValueError, match="points of a frame"):
        pitch.size(motion)


def test_harmonics_of_a_glide_are_told_by_motion_not_by_the_mean() -> None:
    found = harmonics.measured([glide(200.0, 230.0), glide(230.0, 200.0)])
    for band in (1, 2, 3):
        assert found["own"][band] > 12
        assert found["motion"][band] > found["mean"][band] + 15
    noise = np.random.default_rng(1).normal(0, 0.02, FRAMES * FRAME)
    mixed = harmonics.measured([voice(200.0, 210.0) / 32768.0 + noise])
    assert np.abs(np.subtract(mixed["own"], mixed["chance"])[2:]).max() < 2.5


def glide(start: float, end: float) -> np.ndarray:
    """Float sound up to 5 kHz whose pitch in Hz glides to and fro."""
    turn = np.sin(2 * np.pi * np.arange(FRAMES * FRAME) / (4 * FRAME))
    hertz = np.sqrt(start * end) * (end / start) ** (turn / 2)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return 0.02 * sum(np.cos(h * phase) for h in range(1, int(5000 / max(start, end))))


def test_sound_without_a_voice_has_no_harmonics() -> None:
    with pytest.raises(ValueError, match="voiced throughout"):
        harmonics.measured([np.zeros(4 * FRAME)])
