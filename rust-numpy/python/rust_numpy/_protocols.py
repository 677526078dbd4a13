"""NumPy's functions called with arrays of this library, and memory shared through DLPack."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from rust_numpy import _core

__all__ = ["from_dlpack"]

# NumPy's names for universal functions that have another one here
_RENAMED = {"arctan2": "atan2", "power": "pow", "invert": "bitwise_invert", "absolute": "abs"}


@cache
def _ours(module: str, name: str) -> Callable[..., Any] | None:
    """Our function for the one of NumPy's module, if there is one."""
    import rust_numpy

    home: Any = rust_numpy
    for part in module.split(".")[1:]:
        home = getattr(home, part, None)
    function = getattr(home, name, None)
    return function if callable(function) and not isinstance(function, type) else None


def _accepts(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _to_numpy(value: Any) -> Any:
    """The same with NumPy's arrays in place of ours, at any depth."""
    if isinstance(value, _core.Array):
        return np.asarray(value)
    if isinstance(value, list | tuple):
        return type(value)(_to_numpy(item) for item in value)
    if isinstance(value, dict):
        return {key: _to_numpy(item) for key, item in value.items()}
    return value


def array_function(function: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's function: ours where it takes these arguments, else NumPy's with NumPy's arrays."""
    ours = _ours(function.__module__ or "", function.__name__)
    if ours is not None and _accepts(ours, args, kwargs):
        return ours(*args, **kwargs)
    return function(*_to_numpy(args), **_to_numpy(kwargs))


def array_ufunc(ufunc: Any, method: str, inputs: Any, kwargs: Any) -> Any:
    """NumPy's universal function: ours for a plain call, else NumPy's with NumPy's arrays."""
    name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
    ours = _ours("numpy", name) if method == "__call__" and not kwargs else None
    if ours is not None:
        return ours(*inputs)
    targets = kwargs.pop("out", ())
    if not any(isinstance(target, _core.Array) for target in targets):
        options = {"out": targets, **kwargs} if targets else kwargs
        return getattr(ufunc, method)(*_to_numpy(inputs), **_to_numpy(options))
    result = getattr(ufunc, method)(*_to_numpy(inputs), **_to_numpy(kwargs))
    results = result if isinstance(result, tuple) else (result,)
    for target, value in zip(targets, results, strict=True):
        if target is not None:
            target[...] = value
    return targets[0] if len(targets) == 1 else targets


def dlpack(view: Any, stream: Any, max_version: Any, device: Any, copy: bool | None) -> Any:
    """The DLPack capsule of a read-only NumPy array.

    Raises BufferError for a stream or a device other than the CPU, and where ``copy=False`` is
    asked for by a consumer that knows no read-only memory (before version 1.0).
    """
    if stream is not None or device not in (None, (1, 0)):
        raise BufferError("arrays are in the CPU's memory, which has no streams")
    if max_version is None or max_version[0] < 1:
        if copy is False:
            raise BufferError("read-only memory needs DLPack 1.0; without it only a copy is given")
        return view.copy().__dlpack__()
    return view.__dlpack__(max_version=max_version, copy=copy)


def from_dlpack(x: Any, /, *, device: str | None = None, copy: bool | None = None) -> Any:
    """Make an array of anything that speaks DLPack.

    Memory of others is copied, since they may write to it; arrays of this library are shared.
    Raises BufferError for ``copy=False`` with others, ValueError for a device that is not the CPU.
    """
    if device not in (None, "cpu"):
        raise ValueError(f'unsupported device {device!r}: there is only "cpu"')
    if isinstance(x, _core.Array):
        return _core.asarray(x, copy=copy)
    if copy is False:
        raise BufferError("memory that others may write to can only be copied")
    return _core.asarray(np.from_dlpack(x), copy=True)
