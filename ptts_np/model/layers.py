"""Streaming convolutions with the weights and states of the model; see `ptts_np.ops.compose`."""

from typing import Any

from jaxtyping import Float32

from ptts_np.ops import Array, Ops, compose

Params = Any
State = Any


def conv_state(
    params: Params, stride: int = 1, dilation: int = 1, pad_mode: str = "constant"
) -> Array | None:
    """What stands before the stream: `[left context, inputs]` zeros for `constant`.

    For `replicate`, copies of the first row, unknown as yet: None.
    """
    if pad_mode == "replicate":
        return None
    weight = params["weight"]
    rows = compose.left_context(weight, stride, dilation)
    return weight.__array_namespace__().zeros((rows, weight.shape[1]), dtype=weight.dtype)


def conv(
    ops: Ops,
    params: Params,
    state: Float32[Array, "context inputs"] | None,
    x: Float32[Array, "time inputs"],
    stride: int = 1,
) -> tuple[Float32[Array, "out_time outputs"], Float32[Array, "new_context inputs"] | None]:
    """Causal convolution of `x [time, inputs]`; gives `time // stride` rows, keeps the rest."""
    if x.shape[0] == 0:
        zeros = x.__array_namespace__().zeros
        return zeros((0, params["weight"].shape[2]), dtype=x.dtype), state
    return compose.conv(ops, x, state, params["weight"], params.get("bias"), stride)


def conv_transpose_state(params: Params, stride: int) -> Array:
    """The tail nothing has left yet: `[kernel - stride, outputs]` zeros."""
    weight = params["weight"]
    # a depthwise weight is [kernel, channels], a full one [inputs, kernel, outputs]
    kernel, outputs = weight.shape[-2:]
    return weight.__array_namespace__().zeros((kernel - stride, outputs), dtype=weight.dtype)


def conv_transpose(
    ops: Ops,
    params: Params,
    state: Float32[Array, "tail outputs"],
    x: Float32[Array, "time inputs"],
    stride: int,
) -> tuple[Float32[Array, "out_time outputs"], Float32[Array, "tail outputs"]]:
    """Causal transposed convolution, `time * stride` rows; the overlapping tail is the state."""
    return compose.conv_transpose(ops, x, state, params["weight"], params.get("bias"), stride)
