"""Resampling: each resampler makes of a sound what the definition does."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.audio import rates
from tests.conftest import RUST

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_001]


def definition(x: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """The filter as one matrix, in float64."""
    cutoff = 0.94 * min(to_rate / from_rate, 1.0)
    m = np.arange(-(-x.size * to_rate // from_rate))[:, None]
    distance = m * from_rate / to_rate - np.arange(x.size)[None]
    inside = np.maximum(1 - (distance * cutoff / 32) ** 2, 0)
    window = np.where(inside > 0, np.i0(10 * np.sqrt(inside)) / np.i0(10), 0)
    return (cutoff * np.sinc(cutoff * distance) * window) @ x


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    n=st.integers(1, 300),
    pair=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)).filter(lambda p: p[0] != p[1]),
)
def test_numpy_is_the_definition(seed: int, n: int, pair: tuple[int, int]) -> None:
    x = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
    y, expected = rates.resample_by_numpy(x, *pair), definition(x, *pair)
    assert (y.dtype, y.shape) == (np.float32, expected.shape)
    np.testing.assert_allclose(y, expected, atol=2e-5)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    sizes=st.lists(st.integers(0, 90), min_size=1, max_size=6),
    pair=st.tuples(st.sampled_from(RATES[:-1]), st.sampled_from(RATES[:-1])),
)
def test_in_pieces_is_the_same(seed: int, sizes: list[int], pair: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    pieces = [rng.standard_normal(size).astype(np.float32) for size in sizes]
    resampler = rates.Resampler(*pair)
    y = np.concatenate([*map(resampler.feed, pieces), resampler.end()])
    x = np.concatenate(pieces)
    expected = x if pair[0] == pair[1] else definition(x, *pair)
    assert (y.dtype, y.shape) == (np.float32, expected.shape)
    np.testing.assert_allclose(y, expected, atol=2e-5)


def tones(rate: int, lower: int) -> np.ndarray:
    seconds = np.arange(rate) / rate
    parts = [np.sin(2 * np.pi * part * lower * seconds) for part in (0.01, 0.1, 0.3, 0.42)]
    return (0.2 * np.sum(parts, axis=0)).astype(np.float32)


@pytest.mark.parametrize("pair", [(16_000, 24_000), (44_100, 24_000), (48_000, 24_000)])
@pytest.mark.parametrize("missing", [["soxr", "rust_numpy"], pytest.param(["soxr"], marks=RUST)])
def test_without_soxr_the_sound_is_the_same(monkeypatch, missing: list[str], pair) -> None:
    x = tones(pair[0], min(pair))
    expected = rates.resample(x, *pair)
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else find_spec(name)
    )
    monkeypatch.setitem(sys.modules, "soxr", None)
    y = rates.resample(x, *pair)
    inside = slice(200, -200)  # at the ends each guesses what was before
    assert y.shape == expected.shape
    np.testing.assert_allclose(y[inside], expected[inside], atol=1e-4)


def test_a_hostile_rate_takes_bounded_time_and_memory() -> None:
    """No common factor: as many filters as there are outputs, and no table of them."""
    code = (
        "import numpy as np, time; from ptts_np.audio.rates import resample_by_numpy as f;"
        "x = np.zeros(191_999, np.float32); y = f(x, 191_999, 24_000); assert y.size == 24_000"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
