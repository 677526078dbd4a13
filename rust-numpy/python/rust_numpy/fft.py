"""Fourier transforms along one axis or several."""

from collections.abc import Callable, Sequence
from typing import Any

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_own = _core.fft
fft, ifft, rfft, irfft = _own.fft, _own.ifft, _own.rfft, _own.irfft
fftfreq, rfftfreq, fftshift, ifftshift = _own.fftfreq, _own.rfftfreq, _own.fftshift, _own.ifftshift

# a transform of a spectrum that mirrors itself is the inverse one of the other kind
_OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho", None: "forward"}

Lengths = Sequence[int] | None


def _opposite(norm: str | None) -> str:
    if norm not in _OPPOSITE:
        names = '"backward", "ortho" or "forward"'
        raise ValueError(f"Invalid norm value {norm!r}; should be {names}.")
    return _OPPOSITE[norm]


def _axes(x: Array, s: Lengths, axes: Lengths, last: bool) -> tuple[list[int], list[int]]:
    """The lengths and axes of a transform; ``last`` is that of a halved spectrum."""
    if axes is None:
        axes = range(x.ndim) if s is None else range(-len(s), 0)
    axes = list(axes)
    if s is None:
        lengths = [x.shape[axis] for axis in axes]
        if last and axes:
            lengths[-1] = 2 * (lengths[-1] - 1)
    else:
        if len(s) != len(axes):
            raise ValueError("Shape and axes have different lengths.")
        lengths = [x.shape[a] if n == -1 else n for n, a in zip(s, axes, strict=True)]
    return lengths, axes


def _several(
    x: Array, along: Callable[..., Any], lengths: list[int], axes: list[int], norm: str | None
) -> Array:
    for n, axis in zip(reversed(lengths), reversed(axes), strict=True):
        x = along(x, n=n, axis=axis, norm=norm)
    return x


def fftn(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = None, norm: str | None = "backward"
) -> Array:
    """Return the transform along several axes, by default all, cut or zero-filled to ``s``."""
    x = asarray(x)
    return _several(_complex(x), fft, *_axes(x, s, axes, False), norm)


def ifftn(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = None, norm: str | None = "backward"
) -> Array:
    """Return the inverse of `fftn`."""
    x = asarray(x)
    return _several(_complex(x), ifft, *_axes(x, s, axes, False), norm)


def _complex(x: Array) -> Array:
    return _core.astype(x, _core.result_type(x, 1j), copy=False)


def rfftn(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = None, norm: str | None = "backward"
) -> Array:
    """Return the transform of real numbers, halved along the last of the axes."""
    x = asarray(x)
    lengths, at = _axes(x, s, axes, False)
    if not at:
        raise ValueError("at least 1 axis must be transformed")
    x = rfft(x, n=lengths[-1], axis=at[-1], norm=norm)
    return _several(x, fft, lengths[:-1], at[:-1], norm)


def irfftn(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = None, norm: str | None = "backward"
) -> Array:
    """Return the inverse of `rfftn`: real numbers, by default an even number on the last axis."""
    x = asarray(x)
    lengths, at = _axes(x, s, axes, True)
    if not at:
        raise ValueError("at least 1 axis must be transformed")
    for n, axis in zip(lengths[:-1], at[:-1], strict=True):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return irfft(x, n=lengths[-1], axis=at[-1], norm=norm)


def hfft(
    x: ArrayLike, /, n: int | None = None, axis: int = -1, norm: str | None = "backward"
) -> Array:
    """Return the real transform of a signal that mirrors itself, from its first half."""
    return irfft(_core.conj(_complex(asarray(x))), n=n, axis=axis, norm=_opposite(norm))


def ihfft(
    x: ArrayLike, /, n: int | None = None, axis: int = -1, norm: str | None = "backward"
) -> Array:
    """Return the inverse of `hfft`: the first half of a signal that mirrors itself."""
    return _core.conj(rfft(x, n=n, axis=axis, norm=_opposite(norm)))


def fft2(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = (-2, -1), norm: str | None = "backward"
) -> Array:
    """Return the transform along the last two axes."""
    return fftn(x, s, axes, norm)


def ifft2(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = (-2, -1), norm: str | None = "backward"
) -> Array:
    """Return the inverse of `fft2`."""
    return ifftn(x, s, axes, norm)


def rfft2(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = (-2, -1), norm: str | None = "backward"
) -> Array:
    """Return the halved transform of real numbers along the last two axes."""
    return rfftn(x, s, axes, norm)


def irfft2(
    x: ArrayLike, /, s: Lengths = None, axes: Lengths = (-2, -1), norm: str | None = "backward"
) -> Array:
    """Return the inverse of `rfft2`."""
    return irfftn(x, s, axes, norm)
