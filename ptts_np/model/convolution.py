"""Causal convolutions that can be fed in pieces of any length, each giving the same as fed whole.

The state of a convolution is what it still needs of its past: `[context, inputs]`. That of a
transposed one is the tail that its next output overlaps: `[tail, outputs]`.
"""

from jaxtyping import Float32

from ptts_np.model.parts import Affine, Shape, Source
from ptts_np.ops import Array, Ops

# Kernels that few rows go through at once: the order their axes lie in, by which a product with few
# rows reads them once, from beginning to end.
BY_OUTPUTS = (2, 0, 1)  # outputs, kernel, inputs
BY_KERNEL = (1, 2, 0)  # kernel, outputs, inputs


def build(
    source: Source, outputs: int, inputs: int, kernel: int, *, few_rows: bool = False
) -> Affine:
    """Take a kernel `[kernel, inputs, outputs]`, stored `[outputs, inputs, kernel]`, and a bias."""
    order = BY_OUTPUTS if few_rows else None
    return _build(source, (outputs, inputs, kernel), (2, 1, 0), order, outputs)


def build_transposed(
    source: Source, inputs: int, outputs: int, kernel: int, *, few_rows: bool = False
) -> Affine:
    """Take a kernel `[inputs, kernel, outputs]`, stored `[inputs, outputs, kernel]`, and a bias."""
    order = BY_KERNEL if few_rows else None
    return _build(source, (inputs, outputs, kernel), (0, 2, 1), order, outputs)


def _build(
    source: Source,
    stored: Shape,
    axes: tuple[int, ...],
    order: tuple[int, ...] | None,
    outputs: int,
) -> Affine:
    # a kernel of one output stays exact: the last convolution of a decoder makes the samples
    large = outputs > 1
    weight = source(
        "weight", *stored, view=lambda tensor: tensor.transpose(axes), order=order, large=large
    )
    return Affine(weight, source("bias", outputs))


def left_context(weight: Array, stride: int, dilation: int) -> int:
    """Rows before the stream that a convolution's first output sees."""
    return int((weight.shape[0] - 1) * dilation + 1 - stride)


def new_state(
    weight: Array, stride: int = 1, dilation: int = 1, pad_mode: str = "constant"
) -> Float32[Array, "context inputs"] | None:
    """What stands before the stream: zeros `[context, inputs]` for `constant`.

    For `replicate`, copies of the first row, unknown as yet: None.
    """
    if pad_mode == "replicate":
        return None
    rows = left_context(weight, stride, dilation)
    return weight.__array_namespace__().zeros((rows, weight.shape[1]), dtype=weight.dtype)


def context_of(
    state: Array | None, weight: Array, x: Array, stride: int, dilation: int
) -> Float32[Array, "context inputs"]:
    """The rows before `x`; where they are yet to be known, copies of its first one."""
    if state is not None:
        return state
    rows = left_context(weight, stride, dilation)
    return x.__array_namespace__().repeat(x[:1], rows, axis=0)


def conv(
    ops: Ops,
    weight: Array,
    bias: Array | None,
    state: Float32[Array, "context inputs"] | None,
    x: Float32[Array, "time inputs"],
    stride: int = 1,
) -> tuple[Float32[Array, "out_time outputs"], Float32[Array, "new_context inputs"] | None]:
    """Causal convolution of `x [time, inputs]`; gives `time // stride` rows, keeps the rest."""
    xp = x.__array_namespace__()
    if x.shape[0] == 0:
        return xp.zeros((0, weight.shape[2]), dtype=x.dtype), state
    padded = xp.concat([context_of(state, weight, x, stride, 1), x], axis=0)
    y = ops.conv1d(padded, weight, bias, stride, 1)
    return y, xp.asarray(padded[y.shape[0] * stride :], copy=True)


def new_transposed_state(weight: Array, stride: int) -> Float32[Array, "tail outputs"]:
    """The tail nothing has left yet: zeros `[kernel - stride, outputs]`."""
    # a depthwise weight is [kernel, channels], a full one [inputs, kernel, outputs]
    kernel, outputs = weight.shape[-2:]
    return weight.__array_namespace__().zeros((kernel - stride, outputs), dtype=weight.dtype)


def conv_transpose(
    ops: Ops,
    weight: Array,
    bias: Array | None,
    state: Float32[Array, "tail outputs"],
    x: Float32[Array, "time inputs"],
    stride: int,
) -> tuple[Float32[Array, "out_time outputs"], Float32[Array, "tail outputs"]]:
    """Causal transposed convolution, `time * stride` rows; the overlapping tail is the state."""
    operation = ops.depthwise_conv_transpose1d if weight.ndim == 2 else ops.conv_transpose1d
    y = operation(x, weight, stride)
    y[: state.shape[0]] += state
    ready = x.shape[0] * stride
    out, rest = y[:ready], y[ready:]
    # the tail is kept without the bias: the next call's output brings it
    return (out if bias is None else out + bias), rest
