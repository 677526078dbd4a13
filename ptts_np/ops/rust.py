"""The operations in Rust, the fastest: from the module `rust_numpy`, built from `rust-numpy/`.

Arrays are NumPy's, read and written in place; every operation lets go of the interpreter. Kernels
are chosen for the CPU when the module is loaded (`rust_numpy.nn`).
"""

from rust_numpy.nn import (
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
    variance_norm,
)

__all__ = [
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
    "variance_norm",
]

NAME = "rust"
