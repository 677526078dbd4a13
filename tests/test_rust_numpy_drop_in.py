"""A dozen small programs that run on NumPy, and the same on `rust_numpy`."""

from typing import Any

import numpy as np
import pytest

rn = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")


def life(np: Any, rng: Any) -> Any:
    """Conway's game of life on a torus."""
    cells = np.asarray(rng.integers(0, 2, (16, 20)))
    for _ in range(10):
        around = sum(
            np.roll(cells, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j
        )
        cells = np.where((around == 3) | ((cells == 1) & (around == 2)), 1, 0)
    return cells


def k_means(np: Any, rng: Any) -> Any:
    points = np.asarray(rng.standard_normal((60, 2)) + 4 * rng.integers(0, 3, (60, 1)))
    centers = points[:3]
    for _ in range(10):
        away = np.sum((points[:, None] - centers[None]) ** 2, axis=-1)
        nearest = np.argmin(away, axis=1)
        centers = np.stack(
            [
                np.mean(points[nearest == k], axis=0) if np.any(nearest == k) else centers[k]
                for k in range(3)
            ]
        )
    return centers, np.bincount(nearest, minlength=3)


def principal_components(np: Any, rng: Any) -> Any:
    x = np.asarray(rng.standard_normal((50, 4)) @ rng.standard_normal((4, 4)))
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    # the sign of an eigenvector is open
    projected = np.abs((x - np.mean(x, axis=0)) @ vectors)
    return values[::-1] / np.sum(values), np.std(projected, axis=0)


def kalman_filter(np: Any, rng: Any) -> Any:
    """Position and velocity from noisy positions."""
    step, seen = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    state, spread = np.zeros(2), np.eye(2) * 100
    track = []
    for measured in rng.standard_normal(30).cumsum():
        state, spread = step @ state, step @ spread @ step.T + 0.1 * np.eye(2)
        gain = spread @ seen.T @ np.linalg.inv(seen @ spread @ seen.T + 1.0)
        state = state + (gain @ (np.array([measured]) - seen @ state))
        spread = (np.eye(2) - gain @ seen) @ spread
        track.append(state)
    return np.vstack(track)


def transformer(np: Any, rng: Any) -> Any:
    """A small language model's forward pass."""
    n, d, heads = 7, 16, 4
    weights = [
        np.asarray(rng.standard_normal(s) / 4) for s in ((d, 3 * d), (d, d), (d, 4 * d), (4 * d, d))
    ]
    x = np.asarray(rng.standard_normal((n, d)))

    def norm(x: Any) -> Any:
        mean, var = np.mean(x, axis=-1, keepdims=True), np.var(x, axis=-1, keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-5)

    def softmax(x: Any) -> Any:
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    q, k, v = (np.split(p, heads, axis=-1) for p in np.split(norm(x) @ weights[0], 3, axis=-1))
    mask = (1 - np.tri(n)) * -1e10
    out = [
        softmax(a @ b.T / np.sqrt(d / heads) + mask) @ c for a, b, c in zip(q, k, v, strict=True)
    ]
    x = x + np.hstack(out) @ weights[1]
    h = norm(x) @ weights[2]
    h = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    return x + h @ weights[3]


def image_filter(np: Any, rng: Any) -> Any:
    """Edges by Sobel's kernels."""
    image = np.asarray(rng.random((12, 15)))
    kernel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    padded = np.pad(image, 1, mode="edge")
    both = []
    for k in (kernel, kernel.T):
        both.append(
            sum(k[i, j] * padded[i : i + 12, j : j + 15] for i in range(3) for j in range(3))
        )
    return np.clip(np.hypot(*both), 0, 3)


def polynomial(np: Any, rng: Any) -> Any:
    x = np.linspace(-2, 2, 40)
    y = np.polyval([1.0, -2.0, 0.5, 3.0], x) + np.asarray(rng.standard_normal(40)) / 10
    found = np.polyfit(x, y, 3)
    zeros = np.roots([1.0, -6.0, 11.0, -6.0])
    return found, np.sort(zeros.real), np.polyder(found), np.trapezoid(y, x)


def spectrogram(np: Any, rng: Any) -> Any:
    t = np.arange(4096) / 8000
    signal = np.sin(2 * np.pi * (400 + 600 * t) * t) + 0.01 * np.asarray(rng.standard_normal(4096))
    frames = np.stack([signal[i : i + 256] for i in range(0, 4096 - 256, 128)]) * np.hanning(256)
    return np.log10(np.abs(np.fft.rfft(frames, axis=-1)) ** 2 + 1e-10)


def monte_carlo(np: Any, rng: Any) -> Any:
    prices = 100 * np.exp(np.cumsum(np.asarray(rng.standard_normal((200, 20))) * 0.02, axis=1))
    worth = np.maximum(prices[:, -1] - 100, 0)
    return np.mean(worth), np.percentile(prices[:, -1], [5, 50, 95]), np.histogram(worth, 8)[0]


def mandelbrot(np: Any, rng: Any) -> Any:
    x, y = np.meshgrid(np.linspace(-2, 1, 40), np.linspace(-1, 1, 30))
    c = x + 1j * y
    z, steps = np.zeros_like(c), np.zeros(c.shape, dtype=np.int64)
    for _ in range(30):
        inside = np.abs(z) <= 2
        z = np.where(inside, z * z + c, z)
        steps = steps + inside.astype(np.int64)
    return steps


def heat(np: Any, rng: Any) -> Any:
    """Heat that flows along a rod, by slices written in place."""
    rod = np.zeros(50)
    rod[20:30] = 1.0
    for _ in range(100):
        rod[1:-1] += 0.2 * (rod[2:] - 2 * rod[1:-1] + rod[:-2])
        rod[0], rod[-1] = rod[1], rod[-2]
    return rod, np.gradient(rod), np.interp(0.5, np.linspace(0, 1, 50), rod)


def words(np: Any, rng: Any) -> Any:
    """Counting and joining categories."""
    kinds = np.asarray(rng.integers(0, 6, 80))
    values, first, places, counts = np.unique(
        kinds, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((values, -counts))
    return values[order], first, places, np.isin(kinds, [1, 3]), np.setdiff1d(kinds, [2, 4])


PROGRAMS = [
    life,
    k_means,
    principal_components,
    kalman_filter,
    transformer,
    image_filter,
    polynomial,
    spectrogram,
    monte_carlo,
    mandelbrot,
    heat,
    words,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program: Any) -> None:
    ours = program(rn, np.random.default_rng(7))
    theirs = program(np, np.random.default_rng(7))
    pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
    for mine, expected in pairs:
        assert isinstance(mine, rn.Array)
        assert mine.dtype == np.asarray(expected).dtype
        np.testing.assert_allclose(np.asarray(mine), expected, rtol=1e-9, atol=1e-9)
