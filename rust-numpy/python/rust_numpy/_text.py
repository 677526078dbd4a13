"""Arrays in text files and on the screen."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "array2string",
    "array_repr",
    "array_str",
    "fromfile",
    "fromstring",
    "genfromtxt",
    "get_printoptions",
    "loadtxt",
    "printoptions",
    "savetxt",
    "savez_compressed",
    "set_printoptions",
]

# how arrays are printed is NumPy's, and so are the settings
set_printoptions, get_printoptions = np.set_printoptions, np.get_printoptions
printoptions = np.printoptions


def array_repr(arr: ArrayLike, **options: Any) -> str:
    """Return the array as `repr` shows it, with NumPy's options."""
    return np.array_repr(np.asarray(arr), **options).replace("array(", "Array(", 1)


def array_str(a: ArrayLike, **options: Any) -> str:
    """Return the array as `str` shows it, with NumPy's options."""
    return np.array_str(np.asarray(a), **options)


def array2string(a: ArrayLike, **options: Any) -> str:
    """Return the array as text, with NumPy's options."""
    return np.array2string(np.asarray(a), **options)


_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@contextmanager
def _opened(file: Any, mode: str, encoding: str | None) -> Iterator[Any]:
    """The file, or the one of that name, compressed or not."""
    if not isinstance(file, str | Path):
        yield file
        return
    path = Path(file)
    with _OPENERS.get(path.suffix, open)(path, mode, encoding=encoding or "utf-8") as opened:
        yield opened


def _rows(lines: Iterable[Any], comments: Any, delimiter: str | None) -> Iterator[list[str]]:
    marks = [comments] if isinstance(comments, str) else list(comments or [])
    for line in lines:
        text = line.decode() if isinstance(line, bytes) else line
        for mark in marks:
            text = text.split(mark, 1)[0]
        if text.strip():
            yield [field.strip() for field in text.split(delimiter)]


def loadtxt(
    fname: Any,
    dtype: Any = float,
    comments: Any = "#",
    delimiter: str | None = None,
    converters: Any = None,
    skiprows: int = 0,
    usecols: Any = None,
    unpack: bool = False,
    ndmin: int = 0,
    encoding: str | None = None,
    max_rows: int | None = None,
) -> Any:
    """Read numbers from text, one row a line: a path (also .gz, .bz2, .xz), a file, or lines.

    Raises ValueError for a word that is no number, or rows of different lengths.
    """
    kind = np.dtype(dtype).kind
    parse: Any = {"c": complex, "f": float, "b": _truth}.get(kind, int)
    columns = None if usecols is None else [int(c) for c in np.atleast_1d(usecols)]
    table: list[list[Any]] = []
    with _opened(fname, "rt", encoding) as lines:
        source = iter(lines)
        for _ in range(skiprows):
            next(source, None)
        for fields in _rows(source, comments, delimiter):
            if max_rows is not None and len(table) == max_rows:
                break
            if columns is not None:
                if any(not -len(fields) <= c < len(fields) for c in columns):
                    raise ValueError(f"row {len(table) + 1} has no column {max(columns)}")
                fields = [fields[c] for c in columns]
            if table and len(fields) != len(table[0]):
                raise ValueError(
                    f"the number of columns changed from {len(table[0])} to {len(fields)} at row "
                    f"{len(table) + 1}; use `usecols` to select a subset"
                )
            names = columns or range(len(fields))
            each = [_converter(converters, column, parse) for column in names]
            table.append([f(field) for f, field in zip(each, fields, strict=True)])
    result = asarray(
        np.array(table, dtype=dtype).reshape(len(table), -1) if table else [], dtype=dtype
    )
    if result.ndim > ndmin:
        result = _core.squeeze(result)
    while result.ndim < ndmin:
        result = result[None] if ndmin == 1 else _core.reshape(result, (-1, 1))
    result = result.T if unpack else result
    return tuple(result) if unpack and result.ndim > 1 else result


def _converter(converters: Any, column: int, parse: Any) -> Any:
    return converters if callable(converters) else (converters or {}).get(column, parse)


def _truth(text: str) -> bool:
    return bool(int(text))


def genfromtxt(
    fname: Any,
    dtype: Any = float,
    comments: Any = "#",
    delimiter: str | None = None,
    skip_header: int = 0,
    usecols: Any = None,
    filling_values: float = np.nan,
    encoding: str | None = None,
    max_rows: int | None = None,
) -> Array:
    """Read floats from text as `loadtxt` does; what is missing or no number is filled in."""

    def number(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            return filling_values

    return loadtxt(
        fname,
        dtype,
        comments,
        delimiter,
        number,
        skiprows=skip_header,
        usecols=usecols,
        encoding=encoding,
        max_rows=max_rows,
    )


def savetxt(
    fname: Any,
    X: ArrayLike,
    fmt: Any = "%.18e",
    delimiter: str = " ",
    newline: str = "\n",
    header: str = "",
    footer: str = "",
    comments: str = "# ",
    encoding: str | None = None,
) -> None:
    """Write a vector or matrix as text, one row a line, to a path (also .gz, .bz2, .xz) or file.

    Raises ValueError for other dimensions, TypeError for a format that does not fit.
    """
    x = np.asarray(asarray(X))
    if x.ndim not in (1, 2):
        raise ValueError(f"Expected 1D or 2D array, got {x.ndim}D array instead")
    rows = x.reshape(-1, 1) if x.ndim == 1 else x
    formats = [fmt] * rows.shape[1] if isinstance(fmt, str) else list(fmt)
    if isinstance(fmt, str) and fmt.count("%") == rows.shape[1] > 1:
        line = fmt
    elif x.dtype.kind == "c":
        line = delimiter.join(f" ({f}{f.replace('%', '%+')}j)" for f in formats)
    else:
        line = delimiter.join(formats)
    parts = []
    if header:
        parts.append(comments + header.replace("\n", "\n" + comments))
    for row in rows:
        numbers = (
            [n for v in row for n in (v.real, v.imag)] if x.dtype.kind == "c" else row.tolist()
        )
        parts.append(line % tuple(numbers))
    if footer:
        parts.append(comments + footer.replace("\n", "\n" + comments))
    text = "".join(part + newline for part in parts)
    with _opened(fname, "wt", encoding) as target:
        try:
            target.write(text)
        except TypeError:  # a file of bytes
            target.write(text.encode(encoding or "utf-8"))


def fromstring(string: str, dtype: Any = float, count: int = -1, *, sep: str) -> Array:
    """Read numbers from text with ``sep`` between them. Raises ValueError for other text."""
    parse: Any = {"c": complex, "f": float}.get(np.dtype(dtype).kind, int)
    fields = string.split(sep.strip() or None)
    words = [field.strip() for field in fields if field.strip()]
    return asarray([parse(w) for w in (words if count < 0 else words[:count])], dtype=dtype)


def fromfile(
    file: Any, dtype: Any = float, count: int = -1, sep: str = "", offset: int = 0
) -> Array:
    """Read numbers from a file of bytes, or of text with ``sep`` between them."""
    if sep:
        text = Path(file).read_text(encoding="utf-8")
        return fromstring(text, dtype, count, sep=sep)
    return asarray(np.fromfile(file, dtype=dtype, count=count, offset=offset))


def savez_compressed(file: Any, *args: ArrayLike, **kwds: ArrayLike) -> None:
    """Write arrays to a compressed .npz file, each under its name; see `savez`."""
    arrays: Any = {key: np.asarray(asarray(value)) for key, value in kwds.items()}
    np.savez_compressed(file, *(np.asarray(asarray(a)) for a in args), **arrays)
