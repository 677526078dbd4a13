"""What there is: dtypes with their limits, devices and capabilities."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rust_numpy import _core

__all__ = ["__array_namespace_info__", "finfo", "iinfo"]

_KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}
_WIDTHS = {"int": (8, 16, 32, 64), "uint": (8, 16, 32, 64), "float": (32, 64), "complex": (64, 128)}
_NAMES = ["bool", *(f"{kind}{bits}" for kind, widths in _WIDTHS.items() for bits in widths)]
_DTYPES = {name: np.dtype(name) for name in _NAMES}


@dataclass(frozen=True)
class FloatInfo:
    """Limits of a floating-point dtype; those of a complex one are its parts'."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    smallest_subnormal: float
    epsneg: float
    resolution: float
    precision: int
    dtype: Any

    @property
    def tiny(self) -> float:
        """The smallest positive number with full precision."""
        return self.smallest_normal


@dataclass(frozen=True)
class IntegerInfo:
    """Limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: Any


def _dtype(type_: Any) -> Any:
    return type_.dtype if isinstance(type_, _core.Array) else np.dtype(type_)


def finfo(type: Any, /) -> FloatInfo:
    """Return the limits of a floating-point dtype, or of an array's.

    Raises ValueError for any other dtype.
    """
    theirs = np.finfo(_dtype(type))
    return FloatInfo(
        bits=int(theirs.bits),
        eps=float(theirs.eps),
        max=float(theirs.max),
        min=float(theirs.min),
        smallest_normal=float(theirs.smallest_normal),
        smallest_subnormal=float(theirs.smallest_subnormal),
        epsneg=float(theirs.epsneg),
        resolution=float(theirs.resolution),
        precision=int(theirs.precision),
        dtype=np.dtype(theirs.dtype),
    )


def iinfo(type: Any, /) -> IntegerInfo:
    """Return the limits of an integer dtype, or of an array's. Raises ValueError for any other."""
    theirs = np.iinfo(_dtype(type))
    return IntegerInfo(int(theirs.bits), int(theirs.max), int(theirs.min), np.dtype(theirs.dtype))


class NamespaceInfo:
    """What the array API standard lets one ask of a namespace."""

    def capabilities(self) -> dict[str, Any]:
        """Return whether shapes may depend on data, and the most dimensions an array can have."""
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": 64,
        }

    def default_device(self) -> str:
        """Return the device of new arrays."""
        return "cpu"

    def devices(self) -> list[str]:
        """Return all devices."""
        return ["cpu"]

    def default_dtypes(self, *, device: str | None = None) -> dict[str, Any]:
        """Return the dtypes of new arrays where none is given."""
        _check(device)
        return {
            "real floating": np.dtype("float64"),
            "complex floating": np.dtype("complex128"),
            "integral": np.dtype("int64"),
            "indexing": np.dtype("int64"),
        }

    def dtypes(
        self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        """Return the dtypes by name: all, or those of one or several kinds.

        Raises ValueError for an unknown kind or a device that is not the CPU.
        """
        _check(device)
        kinds = tuple(_KINDS) if kind is None else kind if isinstance(kind, tuple) else (kind,)
        unknown = [k for k in kinds if k not in _KINDS]
        if unknown:
            raise ValueError(f"unknown kind {unknown[0]!r}; there are {', '.join(_KINDS)}")
        letters = "".join(_KINDS[k] for k in kinds)
        return {name: dtype for name, dtype in _DTYPES.items() if dtype.kind in letters}


def _check(device: str | None) -> None:
    if device not in (None, "cpu"):
        raise ValueError(f'unsupported device {device!r}: there is only "cpu"')


def __array_namespace_info__() -> NamespaceInfo:
    """Return an object that tells what this namespace can do."""
    return NamespaceInfo()
