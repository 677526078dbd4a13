"""The operations in Numba, around BLAS for the products of matrices.

    kernel.py        how a kernel is compiled
    elementwise.py   norms and activations
    products.py      linear layers, of weights in any number of bytes
    attention.py     attention over a KV cache
    convolution.py   convolutions as products
    blocks.py        blocks of the model in fewer passes over memory

Kernels compile at first use, are cached on disk and release the GIL. They are single-threaded:
streams and the stages of a stream run beside each other instead. `fastmath` lets sums be
reordered, so results equal the reference's to rounding, not to the bit.
"""

import sys
from typing import cast

from ptts_np.ops import Backend, Fused, Ops
from ptts_np.ops.jit import blocks
from ptts_np.ops.jit.attention import attention, is_compiled
from ptts_np.ops.jit.convolution import conv1d, conv_transpose1d, depthwise_conv_transpose1d
from ptts_np.ops.jit.elementwise import elu, gelu, layer_norm
from ptts_np.ops.jit.products import FEW_ROWS, linear
from ptts_np.ops.reference import silu, variance_norm

__all__ = [
    "BACKEND",
    "attention",
    "conv1d",
    "conv_transpose1d",
    "depthwise_conv_transpose1d",
    "elu",
    "fused",
    "gelu",
    "layer_norm",
    "linear",
    "silu",
    "variance_norm",
]

fused = Fused(
    attention_block=blocks.attention_block,
    mlp_block=blocks.mlp_block,
    modulated_block=blocks.modulated_block,
    residual_block=blocks.residual_block,
)
BACKEND = Backend("numba", cast(Ops, sys.modules[__name__]), rows=FEW_ROWS, is_compiled=is_compiled)
