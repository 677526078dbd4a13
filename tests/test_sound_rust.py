"""The sound of `rust_numpy.audio` beside its NumPy definitions."""

from typing import Any

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.audio import prompt as plain_prompt
from ptts_np.audio import samples as plain

pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=25, deadline=None)
HUGE = 1 << 62


@pytest.fixture(scope="module")
def sound() -> Any:
    from rust_numpy import audio

    return audio


def normal(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n, np.float32)


@FEW
@given(seed=SEEDS, n=st.integers(0, 3000), part=st.integers(0, 4000))
def test_levels_and_fades(sound, seed: int, n: int, part: int) -> None:
    x = normal(seed, n) * np.float32(0.3)
    tops = np.abs(x).max(initial=0.0)
    assert sound.peak(x) == tops
    assert sound.rms(x) == pytest.approx(np.sqrt(np.mean(x.astype(float) ** 2)) if n else 0.0)
    np.testing.assert_allclose(sound.gain(x, -6.0), x * np.float32(10 ** (-6 / 20)), rtol=1e-6)
    if n:
        np.testing.assert_allclose(sound.normalize(x, 0.5), x * np.float32(0.5 / tops), rtol=1e-6)
    np.testing.assert_allclose(sound.fade_in(x, part), plain.fade_in(x, part), rtol=1e-6)
    faded = plain.fade_in(x[::-1], part)[::-1]
    np.testing.assert_allclose(sound.fade_out(x, part), faded, rtol=1e-6)
    np.testing.assert_array_equal(sound.to_pcm16(4 * x), plain.to_pcm16(4 * x))
    pcm = plain.to_pcm16(x)
    np.testing.assert_array_equal(sound.from_pcm16(pcm), pcm.astype(np.float32) / 32768)


@FEW
@given(seed=SEEDS, loud=st.integers(0, 5000), quiet=st.integers(0, 5000))
def test_end_on_pause(sound, seed: int, loud: int, quiet: int) -> None:
    x = normal(seed, loud + quiet)
    x[loud:] *= np.float32(1e-3)
    expected = plain_prompt.end_on_pause(x)
    np.testing.assert_allclose(sound.end_on_pause(x), expected, rtol=1e-6, atol=1e-9)


def resampled(x: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """The definition: a sinc under a Kaiser window, as one matrix."""
    cutoff = 0.94 * min(to_rate / from_rate, 1.0)
    half = 32 / cutoff
    m = np.arange(-(-x.size * to_rate // from_rate))[:, None]
    t = m * from_rate / to_rate - np.arange(x.size)[None]
    window = np.i0(10.0 * np.sqrt(np.maximum(1 - (t / half) ** 2, 0))) / np.i0(10.0)
    return (cutoff * np.sinc(cutoff * t) * np.where(np.abs(t) < half, window, 0)) @ x


@FEW
@given(
    seed=SEEDS,
    n=st.integers(0, 300),
    rates=st.tuples(*[st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000, 96001])] * 2),
)
def test_resample(sound, seed: int, n: int, rates: tuple[int, int]) -> None:
    x = normal(seed, n)
    y = sound.resample(x, *rates)
    expected = x if rates[0] == rates[1] else resampled(x, *rates)
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, atol=2e-5)


@pytest.mark.parametrize("rates", [(16000, 24000), (44100, 24000), (48000, 24000), (24000, 16000)])
def test_resample_beside_soxr(sound, rates: tuple[int, int]) -> None:
    """Two filters for the same thing agree on what both let pass."""
    seconds = np.arange(rates[0]) / rates[0]
    tones = [np.sin(2 * np.pi * part * min(rates) * seconds) for part in (0.01, 0.1, 0.3, 0.42)]
    x = (0.2 * np.sum(tones, axis=0)).astype(np.float32)
    y, expected = sound.resample(x, *rates), soxr.resample(x, *rates)
    inside = slice(200, -200)  # at the ends each guesses what was before
    assert y.shape == expected.shape
    np.testing.assert_allclose(y[inside], expected[inside], atol=1e-4)


def test_sound_at_the_ends_of_the_range(sound) -> None:
    silence, nan = np.zeros(3, np.float32), np.array([0.5, np.nan, 0.1], np.float32)
    np.testing.assert_array_equal(sound.normalize(silence, 0.5), silence)
    least = np.array([0, 1e-45], np.float32)
    np.testing.assert_allclose(sound.normalize(least, 0.5), [0, 0.5])
    assert np.isnan(sound.peak(nan))
    assert np.isnan(sound.rms(nan))
    loud = np.array([-np.inf, -1.5, 1.5, np.inf], np.float32)
    np.testing.assert_array_equal(sound.to_pcm16(loud), [-32767, -32767, 32767, 32767])
    every = np.arange(-(1 << 15), 1 << 15, dtype=np.int16)
    np.testing.assert_array_equal(sound.from_pcm16(every), every.astype(np.float32) / 32768)


def test_sound_that_does_not_fit_is_refused(sound) -> None:
    for function, arguments in (
        (sound.resample, (np.zeros(3, np.float32), 0, 24000)),
        (sound.resample, (np.zeros((2, 3), np.float32), 16000, 24000)),
        (sound.end_on_pause, (np.zeros(3, np.float32), 0)),
        (sound.end_on_pause, (np.zeros(960, np.float32), 480, 35.0, HUGE)),
        (sound.gain, (np.zeros((2, 2), np.float32), 1.0)),
    ):
        with pytest.raises((ValueError, MemoryError, OverflowError)):
            function(*arguments)
