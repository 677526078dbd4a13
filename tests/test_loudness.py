"""Loudness against the standard's own calibration, and speech at a target."""

import math

import numpy as np
import pytest

import ptts_np
from ptts_np.audio.loudness import at_loudness, loudness
from ptts_np.errors import InputError


def tone(seconds: float, rate: int, level: float = 0.0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (level / 20) * np.sin(2 * np.pi * 997 * time)).astype(np.float32)


@pytest.mark.parametrize("rate", [24_000, 48_000])
@pytest.mark.parametrize("level", [0.0, -20.0])
def test_calibration(rate: int, level: float) -> None:
    """A full-scale sine of 997 Hz in one channel is -3.01 LUFS."""
    assert loudness(tone(3, rate, level), rate) == pytest.approx(-3.01 + level, abs=0.05)


def test_pauses_do_not_count() -> None:
    spoken = tone(3, 24_000, -20)
    paused = np.concatenate([spoken, np.zeros(24_000 * 5, np.float32)])
    assert loudness(paused, 24_000) == pytest.approx(loudness(spoken, 24_000), abs=0.5)


def test_silence() -> None:
    silence = np.zeros(100, np.float32)
    assert loudness(silence, 24_000) == -math.inf
    assert at_loudness(silence, -20, 24_000) is silence


def test_speech_at_a_target() -> None:
    sound = ptts_np.generate("The quiet morning was all ours.", seed=1, loudness=-23)
    assert loudness(sound, 24_000) == pytest.approx(-23, abs=0.1)
    assert np.abs(at_loudness(sound, -5, 24_000)).max() <= 1.0001


@pytest.mark.parametrize("target", [0, -80, float("nan"), True])
def test_targets_out_of_range(target: object) -> None:
    with pytest.raises(InputError, match="loudness"):
        ptts_np.generate("Hello.", loudness=target)  # type: ignore[arg-type]
