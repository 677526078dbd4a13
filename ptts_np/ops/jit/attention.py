"""Attention over a KV cache, head by head."""

import functools
import math
from pathlib import Path
from typing import Any, cast

import numpy as np

from ptts_np.ops.jit.kernel import exp, kernel

Array = np.ndarray


def attention(
    qkv: Array,
    cache: Array,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
) -> Array:
    time, dim = qkv.shape[0], cache.shape[3]
    window = first + time if context is None else context
    kv_heads, stop = cache.shape[2], first + time
    cos, sin = _turns(position, time, dim, max_period)
    queries = np.empty((time, heads, dim), np.float32)
    _rotate(qkv, 0, cos, sin, queries)
    _rotate(qkv, heads * dim, cos, sin, cache[0, first:stop])
    cache[1, first:stop] = qkv[:, (heads + kv_heads) * dim :].reshape(time, kv_heads, dim)
    out = np.empty((time, heads * dim), np.float32)
    _attend(queries, cache[0], cache[1], first, window, out)
    return out


@functools.lru_cache(maxsize=8)  # all layers of a step ask for the same
def _turns(position: int, time: int, dim: int, max_period: float) -> tuple[Array, Array]:
    """Cosine and sine `[time, dim / 2]` of the angles by which positions are rotated."""
    # float64: in float32 the angle of a position in the millions would be wrong by tenths
    periods = max_period ** (-2.0 * np.arange(dim // 2) / dim)
    angles = np.arange(position, position + time)[:, None] * periods
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


@kernel
def _rotate(qkv: Array, start: int, cos: Array, sin: Array, out: Array) -> None:
    """Rotate the heads that begin in column `start`, each by its row's angles."""
    time, heads, dim = out.shape
    for t in range(time):
        for h in range(heads):
            column = start + h * dim
            for i in range(dim // 2):
                a, b = qkv[t, column + 2 * i], qkv[t, column + 2 * i + 1]
                out[t, h, 2 * i] = a * cos[t, i] - b * sin[t, i]
                out[t, h, 2 * i + 1] = a * sin[t, i] + b * cos[t, i]


@kernel
def _attend(
    queries: Array,
    keys: Array,
    values: Array,
    first: int,
    window: int,
    out: Array,
) -> None:
    """Add up the values that each query sees, by weight."""
    time, heads, dim = queries.shape
    group = heads // keys.shape[1]
    scale = np.float32(1.0 / math.sqrt(dim))
    # `dim` sums, then the scores: made here, where the compiler sees that nothing else shares
    # their memory, and vectorizes
    room = np.empty(dim + first + time, np.float32)
    # head by head: one head's keys and values stay in the cache for all queries
    for h in range(heads):
        kv = h // group
        for t in range(time):
            stop = first + t + 1
            begin = stop - window if stop > window else 0
            top = np.float32(-np.inf)
            for row in range(begin, stop):
                score = np.float32(0.0)
                for i in range(dim):
                    score += queries[t, h, i] * keys[row, kv, i]
                score *= scale
                room[dim + row] = score
                top = score if score > top else top
            total = np.float32(0.0)
            for row in range(begin, stop):
                room[dim + row] = exp(room[dim + row] - top)
                total += room[dim + row]
            for i in range(dim):
                room[i] = np.float32(0.0)
            for row in range(begin, stop):
                weight = room[dim + row] / total
                for i in range(dim):
                    room[i] += weight * values[row, kv, i]
            for i in range(dim):
                out[t, h * dim + i] = room[i]


def cache_folder() -> Path | None:
    """Where compiled kernels are kept; None where no folder can be written to."""
    folder = cast(Any, _attend).stats.cache_path
    return None if folder is None else Path(folder)


def is_compiled() -> bool:
    """Whether the kernels of this version are in the disk cache."""
    folder = cache_folder()
    return folder is not None and any(folder.glob("attention._attend*.nbi"))
