"""Attention of several streams side by side, each over a KV cache of its own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ptts_np.ops import Array


class Slots(NamedTuple):
    """Where new rows go: for each stream its cache, the first free row, and its position."""

    caches: Sequence[Array]
    firsts: Sequence[int]
    positions: Sequence[int]


def attend(
    attention: Callable[..., Array],
    qkv: Array,
    slots: Slots,
    heads: int,
    max_period: float,
    context: int | None,
) -> Array:
    """Attention of each stream's rows over its own cache, `[time, heads * head_dim]`.

    The rows of `qkv` are those of the streams one after the other, as many of each; `attention` is
    a backend's.
    """
    rows = qkv.shape[0] // len(slots.caches)
    attended = [
        attention(qkv[i * rows : (i + 1) * rows], *slot, heads, max_period, context)
        for i, slot in enumerate(zip(*slots, strict=True))
    ]
    return attended[0] if len(attended) == 1 else qkv.__array_namespace__().concat(attended, axis=0)
