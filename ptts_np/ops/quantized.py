"""Weights in fewer bytes: a step of FlowLM reads each weight once, so bytes are its cost."""

from typing import Any, NamedTuple

import numpy as np

Array = Any


class Bf16Weight(NamedTuple):
    """The upper halves of float32 weights, as uint16: a matrix `[outputs, inputs]` or a kernel.

    A product with them that is `exact` is the one with the float32 array they stand for: they are
    widened on their way to the multiplication. One that is not may round what they are multiplied
    by to upper halves, too, which some CPUs multiply in pairs.
    """

    bits: np.ndarray
    exact: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return self.bits.shape

    @property
    def ndim(self) -> int:
        return self.bits.ndim

    @property
    def dtype(self) -> np.dtype[np.float32]:
        return np.dtype(np.float32)

    def __array_namespace__(self) -> Any:
        return np

    def dense(self) -> np.ndarray:
        return (self.bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


class Int8Weight(NamedTuple):
    """int8 weights `[outputs, inputs]`, and what a unit is worth in each row, float32."""

    values: np.ndarray
    units: np.ndarray

    def dense(self) -> np.ndarray:
        return self.values * self.units[:, None]


def to_bf16(weight: Array) -> Bf16Weight:
    """Round to the nearest bfloat16, ties to even, for products that need not be exact."""
    if isinstance(weight, Bf16Weight):
        return weight._replace(exact=False)
    bits = weight.view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return Bf16Weight(_read_only((rounded >> np.uint32(16)).astype(np.uint16)), exact=False)


def to_int8(weight: Array) -> Int8Weight:
    """Each row in units of its largest value / 127."""
    weight = dense(weight)
    largest = np.abs(weight).max(axis=1)
    units = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    values = np.rint(weight / units[:, None]).astype(np.int8)
    return Int8Weight(_read_only(values), _read_only(units))


def dense(weight: Array) -> Array:
    """Any weight as the float32 array it stands for."""
    return weight.dense() if isinstance(weight, (Bf16Weight, Int8Weight)) else weight


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
