"""A safetensors file, mapped into memory and checked: what is stored under which name."""

import json
import math
import mmap
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from ptts_np.errors import WeightsError

Shape = tuple[int, ...]
Stored = tuple[str, Shape]
"""Name of the stored type, and shape."""

MAX_HEADER_BYTES = 8 << 20
STORED: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
}


def describe(path: Path) -> dict[str, tuple[str, Shape]]:
    """Stored type and shape of each tensor of a safetensors file, without reading the data.

    Raises WeightsError for a file that is not there, or is truncated or damaged.
    """
    try:
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > MAX_HEADER_BYTES:
            raise WeightsError(f"{path} is not a usable safetensors file: its header is too large")
        with safe_open(path, framework="numpy") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
            return {name: (s.get_dtype(), tuple(s.get_shape())) for name, s in slices.items()}
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a usable safetensors file: {error}") from error
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from error


def check_names(path: Path, found: Collection[str], needed: Collection[str]) -> None:
    """Raise WeightsError unless the file has the tensors its configuration needs, and no others."""
    missing, unknown = sorted({*needed} - {*found}), sorted({*found} - {*needed})
    if missing or unknown:
        parts = [
            f"{word} {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if names[3:] else "")
            for word, names in (("lacks", missing), ("has unknown", unknown))
            if names
        ]
        raise WeightsError(f"{path} is not of this configuration: it {' and '.join(parts)}")


class MappedFile:
    """The tensors of a file, as views of its memory: opening it copies nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tensors = describe(path)
        self._memory = _mapped(path)
        self._data = 8 + int.from_bytes(self._memory[:8], "little")
        self._header = json.loads(self._memory[8 : self._data])

    def read(self, name: str, shape: Shape, *, finite: bool = True) -> tuple[str, np.ndarray]:
        """Stored type and values of a tensor, BF16 as uint16; a view.

        Raises WeightsError for another type or shape, and where `finite` for values that are not.
        """
        stored, found = self.tensors[name]
        if stored not in STORED:
            raise WeightsError(
                f"{self.path}: {name} is stored as {stored}, not as F32, F16 or BF16"
            )
        if found != shape:
            raise WeightsError(
                f"{self.path}: {name} has shape {found}, its configuration needs {shape}"
            )
        start = self._data + self._header[name]["data_offsets"][0]
        flat = np.frombuffer(self._memory, STORED[stored], count=math.prod(shape), offset=start)
        if finite and not _finite(flat, stored):
            raise WeightsError(f"{self.path}: {name} has values that are not finite numbers")
        return stored, flat.reshape(shape)


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise WeightsError(f"cannot read {path}: {error}") from error
    if sys.platform == "linux":
        # a step of FlowLM reads the whole file: there are fewer large pages to look up
        with suppress(OSError):  # a kernel without them
            mapped.madvise(mmap.MADV_HUGEPAGE)
    return mapped


def _finite(flat: np.ndarray, stored: str) -> bool:
    if stored == "BF16":  # all ones in the exponent: infinite or not a number
        exponents = np.uint16(0x7F80)
        return not np.any((flat & exponents) == exponents)
    return bool(np.isfinite(flat).all())
