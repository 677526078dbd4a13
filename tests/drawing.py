"""Random arrays and weights for the tests of operations."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ptts_np.model.parts import Affine

SEEDS = st.integers(0, 2**32 - 1)


class Draw:
    """Normal float32 arrays; weights are read-only, as loaded ones are."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def array(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return self.rng.standard_normal(shape, np.float32) * np.float32(scale)

    def weight(self, *shape: int) -> np.ndarray:
        weight = self.array(*shape) / np.float32(np.sqrt(shape[-1]))
        weight.flags.writeable = False
        return weight

    def affine(self, outputs: int, inputs: int) -> Affine:
        return Affine(self.weight(outputs, inputs), self.weight(outputs))

    def norm(self, width: int) -> Affine:
        return Affine(self.weight(width), self.weight(width))


def assert_near(actual: Any, expected: np.ndarray) -> None:
    """As `assert_close`, but what has cancelled out to little may be off as much as what was 1."""
    assert actual.shape == expected.shape
    np.testing.assert_allclose(
        actual, expected, rtol=0, atol=3e-5 * np.abs(expected).max(initial=1)
    )
