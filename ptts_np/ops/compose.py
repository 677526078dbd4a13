"""The large operations put together from the small ones.

Those of a backend that has nothing faster: `transformer = partial(compose.transformer, ops)`. Here
are also the streaming convolutions, single and in chains: what a convolution still needs of its
past is its state, and fed in pieces of any length, each gives the same output as fed whole.
"""

from collections.abc import Sequence

from ptts_np.ops import Array, Convolution, FlowHead, Layer, Ops


def transformer(
    ops: Ops,
    x: Array,
    layers: Sequence[Layer],
    cache: Array,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
) -> Array:
    for layer, layer_cache in zip(layers, cache, strict=True):
        attention, mlp = layer[:4], layer[4:]
        x = ops.attention_block(
            x, *attention, layer_cache, first, position, heads, max_period, context
        )
        x = ops.mlp_block(x, *mlp)
    return x


def flow_head(ops: Ops, x: Array, condition: Array, head: FlowHead) -> Array:
    modulation = ops.linear(ops.silu(condition), *head.modulation)
    h = ops.linear(x, *head.input)
    dim = h.shape[1]
    for index, block in enumerate(head.blocks):
        h = ops.modulated_block(h, modulation[:, 3 * dim * index : 3 * dim * (index + 1)], *block)
    shift, scale = modulation[:, -2 * dim : -dim], modulation[:, -dim:]
    h = ops.layer_norm(h, None, None, 1e-6) * (1 + scale) + shift
    return ops.linear(h, *head.output)


def convolutions(
    ops: Ops, x: Array, modules: Sequence[Convolution], states: Sequence[Array | None]
) -> tuple[Array, list[Array | None]]:
    after: list[Array | None] = []
    for (kind, weights, stride, dilation), state in zip(modules, states, strict=True):
        if x.shape[0] == 0:
            x = x.__array_namespace__().zeros((0, _outputs(kind, weights, x)), dtype=x.dtype)
        elif kind == "up":
            x, state = conv_transpose(ops, ops.elu(x), state, *weights[0], stride)
        elif kind == "residual":
            first, second = weights
            before = begun(state, first[0], ops.elu(x[:1]), 1, dilation)
            x, state = ops.residual_block(x, before, first, second, dilation)
        else:
            h = ops.elu(x) if kind == "elu_conv" else x
            x, state = conv(ops, h, state, *weights[0], stride)
        after.append(state)
    return x, after


def _outputs(kind: str, weights: Sequence[tuple[Array, Array | None]], x: Array) -> int:
    return int(x.shape[1] if kind == "residual" else weights[0][0].shape[2])


def conv(
    ops: Ops, x: Array, state: Array | None, weight: Array, bias: Array | None, stride: int
) -> tuple[Array, Array]:
    """Causal convolution of `x [time, inputs]`; gives a row for each `stride` rows, keeps the rest.

    A state of None stands for copies of the first row.
    """
    xp = x.__array_namespace__()
    padded = xp.concat([begun(state, weight, x, stride, 1), x], axis=0)
    y = ops.conv1d(padded, weight, bias, stride, 1)
    return y, xp.asarray(padded[y.shape[0] * stride :], copy=True)


def left_context(weight: Array, stride: int, dilation: int) -> int:
    """Rows before the stream that a convolution's first output sees."""
    return int((weight.shape[0] - 1) * dilation + 1 - stride)


def begun(state: Array | None, weight: Array, x: Array, stride: int, dilation: int) -> Array:
    """The rows before `x`; where they are yet to be known, copies of its first one."""
    if state is not None:
        return state
    rows = left_context(weight, stride, dilation)
    return x.__array_namespace__().repeat(x[:1], rows, axis=0)


def conv_transpose(
    ops: Ops, x: Array, state: Array, weight: Array, bias: Array | None, stride: int
) -> tuple[Array, Array]:
    """Causal transposed convolution, `time * stride` rows; the overlapping tail is the state."""
    # a depthwise weight is [kernel, channels], a full one [inputs, kernel, outputs]
    operation = ops.depthwise_conv_transpose1d if weight.ndim == 2 else ops.conv_transpose1d
    y = operation(x, weight, stride)
    y[: state.shape[0]] += state
    ready = x.shape[0] * stride
    out, rest = y[:ready], y[ready:]
    # the tail is kept without the bias: the next call's output brings it
    return (out if bias is None else out + bias), rest
