"""Attention over a KV cache, head by head."""

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
    window = first + qkv.shape[0] if context is None else context
    return _attention(qkv, cache, first, position, heads, max_period, window)


@kernel
def _attention(
    qkv: Array,
    cache: Array,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    window: int,
) -> Array:
    time = qkv.shape[0]
    kv_heads, dim = cache.shape[2], cache.shape[3]
    group, half = heads // kv_heads, dim // 2
    period = np.empty(half, np.float64)
    for i in range(half):
        period[i] = max_period ** (-2.0 * i / dim)
    queries = np.empty((time, heads, dim), np.float32)
    cos, sin = np.empty(half, np.float32), np.empty(half, np.float32)
    scale = np.float32(1.0 / math.sqrt(dim))
    for t in range(time):
        for i in range(half):
            cos[i] = math.cos((position + t) * period[i])
            sin[i] = math.sin((position + t) * period[i])
        for h in range(heads):
            start = h * dim
            for i in range(half):
                a, b = qkv[t, start + 2 * i], qkv[t, start + 2 * i + 1]
                queries[t, h, 2 * i] = (a * cos[i] - b * sin[i]) * scale
                queries[t, h, 2 * i + 1] = (a * sin[i] + b * cos[i]) * scale
        for h in range(kv_heads):
            start = (heads + h) * dim
            for i in range(half):
                a, b = qkv[t, start + 2 * i], qkv[t, start + 2 * i + 1]
                cache[0, first + t, h, 2 * i] = a * cos[i] - b * sin[i]
                cache[0, first + t, h, 2 * i + 1] = a * sin[i] + b * cos[i]
            start = (heads + kv_heads + h) * dim
            for i in range(dim):
                cache[1, first + t, h, i] = qkv[t, start + i]
    out = np.zeros((time, heads * dim), np.float32)
    scores = np.empty(first + time, np.float32)
    # head by head: one head's keys and values stay in the cache for all queries
    for h in range(heads):
        kv = h // group
        for t in range(time):
            stop = first + t + 1
            begin = max(0, stop - window)
            top = np.float32(-np.inf)
            for row in range(begin, stop):
                score = np.float32(0.0)
                for i in range(dim):
                    score += queries[t, h, i] * cache[0, row, kv, i]
                scores[row] = score
                top = max(top, score)
            total = np.float32(0.0)
            for row in range(begin, stop):
                scores[row] = exp(scores[row] - top)
                total += scores[row]
            for row in range(begin, stop):
                weight = scores[row] / total
                for i in range(dim):
                    out[t, h * dim + i] += weight * cache[1, row, kv, i]
    return out


def is_compiled() -> bool:
    """Whether the kernels of this version are in the disk cache."""
    folder = Path(cast(Any, _attention).stats.cache_path)
    return any(folder.glob("attention._attention*.nbi"))
