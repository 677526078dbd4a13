"""The operations in Rust, the fastest: from the module `rust_numpy`, built from `rust-numpy/`.

Arrays are NumPy's, read and written in place; every operation lets go of the interpreter. Kernels
are chosen for the CPU when the module is loaded (`rust_numpy.nn`).
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from rust_numpy import nn

from ptts_np.ops import Array, Backend, Fused, Ops
from ptts_np.ops.slots import Slots

__all__ = ["BACKEND"]


def _operations(**shared: Any) -> Ops:
    """All operations; `shared` are the further arguments of those that threads can share."""
    return cast(
        Ops,
        SimpleNamespace(
            linear=partial(nn.linear, **shared),
            layer_norm=nn.layer_norm,
            variance_norm=nn.variance_norm,
            gelu=nn.gelu,
            silu=nn.silu,
            elu=nn.elu,
            attention=nn.attention,
            conv1d=nn.conv1d,
            conv_transpose1d=nn.conv_transpose1d,
            depthwise_conv_transpose1d=nn.depthwise_conv_transpose1d,
            fused=Fused(
                transformer=partial(_transformer, **shared),
                flow_head=partial(nn.flow_head, **shared),
                convolutions=partial(nn.convolutions, **shared),
            ),
        ),
    )


def _transformer(
    x: Array,
    layers: Any,
    slots: Slots,
    heads: int,
    max_period: float,
    context: int | None,
    **shared: Any,
) -> Array:
    """The rows of one stream, or one row of each of several."""
    if len(slots.caches) == 1:
        (cache,), (first,), (position,) = slots
        return nn.transformer(
            x, layers, cache, first, position, heads, max_period, context, **shared
        )
    caches, firsts, positions = slots
    return nn.transformer_rows(x, layers, caches, firsts, positions, heads, max_period, **shared)


def _with_threads(count: int) -> Ops:
    """The same operations; large ones share their work among `count` threads, of one pool.

    A pool helps one operation at a time: one that comes meanwhile is done by its own thread.
    """
    return _operations(threads=nn.Threads(count))


BACKEND = Backend(
    "rust", _operations(), rows=32, has_int16=nn.HAS_INT16, with_threads=_with_threads
)
