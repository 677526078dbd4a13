"""Streaming convolutions: what a convolution still needs of its past is its state.

Fed in pieces of any length, each gives the same output as fed whole.
"""

from typing import Any

from jaxtyping import Float32

from ptts_np.ops import Array, Ops

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
    rows = _left_context(weight, stride, dilation)
    return weight.__array_namespace__().zeros((rows, weight.shape[1]), dtype=weight.dtype)


def _left_context(weight: Array, stride: int, dilation: int) -> int:
    return int((weight.shape[0] - 1) * dilation + 1 - stride)


def conv(
    ops: Ops,
    params: Params,
    state: Float32[Array, "context inputs"] | None,
    x: Float32[Array, "time inputs"],
    stride: int = 1,
    dilation: int = 1,
) -> tuple[Float32[Array, "out_time outputs"], Float32[Array, "new_context inputs"] | None]:
    """Causal convolution of `x [time, inputs]`; gives `time // stride` rows, keeps the rest."""
    xp = x.__array_namespace__()
    if x.shape[0] == 0:
        return xp.zeros((0, params["weight"].shape[2]), dtype=x.dtype), state
    padded = xp.concat([begun(state, params, x, stride, dilation), x], axis=0)
    y = ops.conv1d(padded, params["weight"], params.get("bias"), stride, dilation)
    return y, xp.asarray(padded[y.shape[0] * stride :], copy=True)


def begun(
    state: Float32[Array, "context inputs"] | None,
    params: Params,
    x: Float32[Array, "time inputs"],
    stride: int,
    dilation: int,
) -> Float32[Array, "context inputs"]:
    """The left context of a stream; where `replicate` still waits for it, from `x`'s first row."""
    if state is not None:
        return state
    rows = _left_context(params["weight"], stride, dilation)
    return x.__array_namespace__().repeat(x[:1], rows, axis=0)


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
    weight = params["weight"]
    operation = ops.depthwise_conv_transpose1d if weight.ndim == 2 else ops.conv_transpose1d
    y = operation(x, weight, stride)
    tail = state.shape[0]
    y[:tail] += state
    ready = x.shape[0] * stride
    out, rest = y[:ready], y[ready:]
    bias = params.get("bias")
    # the tail is kept without the bias: the next call's output brings it
    return (out if bias is None else out + bias), rest
