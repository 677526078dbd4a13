"""The operations in Rust, the fastest: from the module `rust_numpy`, built from `rust-numpy/`.

Arrays are NumPy's, read and written in place; every operation lets go of the interpreter. Kernels
are chosen for the CPU when the module is loaded (`rust_numpy.nn`).
"""

import sys
from functools import partial
from types import SimpleNamespace
from typing import cast

from rust_numpy.nn import (
    HAS_BF16,
    Threads,
    attention,
    attention_block,
    conv1d,
    conv_transpose1d,
    convolutions,
    depthwise_conv_transpose1d,
    elu,
    flow_head,
    gelu,
    layer_norm,
    linear,
    mlp_block,
    modulated_block,
    residual_block,
    silu,
    transformer,
    transformer_rows,
    variance_norm,
)

from ptts_np.ops import Ops

__all__ = [
    "HAS_BF16",
    "NAME",
    "attention",
    "attention_block",
    "conv1d",
    "conv_transpose1d",
    "convolutions",
    "depthwise_conv_transpose1d",
    "elu",
    "flow_head",
    "gelu",
    "layer_norm",
    "linear",
    "mlp_block",
    "modulated_block",
    "residual_block",
    "silu",
    "transformer",
    "transformer_rows",
    "variance_norm",
    "with_threads",
]

NAME = "rust"

_SHARED = ("linear", "transformer", "transformer_rows", "flow_head", "convolutions")


def with_threads(count: int) -> Ops:
    """The same operations; large ones share their work among `count` threads, of one pool.

    A pool helps one operation at a time: one that comes meanwhile is done by its own thread.
    """
    threads, this = Threads(count), sys.modules[__name__]
    functions = {name: getattr(this, name) for name in __all__ if name != "with_threads"}
    shared = {name: partial(functions[name], threads=threads) for name in _SHARED}
    return cast(Ops, SimpleNamespace(**functions | shared))
