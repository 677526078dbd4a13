"""SEANet, the convolutional halves of Mimi: samples to features (encoder) and back (decoder).

Both are chains of causal convolutions. The modules are numbered as in the weights, ELUs included,
so that only some numbers have weights.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from jaxtyping import Float32

from ptts_np.model import convolution
from ptts_np.model.config import SeanetConfig
from ptts_np.model.parts import Affine, Source
from ptts_np.ops import Array, Ops

State = list[Array | None]


class Module(NamedTuple):
    """One numbered module and what its convolution needs to know."""

    number: int
    kind: str  # "conv", "down" (ELU, strided conv), "residual", "up" (ELU, transposed conv), "last"
    stride: int
    dilation: int
    inputs: int
    outputs: int
    kernel: int


class Convolution(NamedTuple):
    """One module of a chain, and the weights and biases of its convolutions.

    `kind` is "conv", "elu_conv" (an ELU before it), "up" (ELU, then transposed) or "residual".
    """

    kind: str
    weights: Sequence[Affine]
    stride: int
    dilation: int


def encoder_modules(config: SeanetConfig) -> Iterator[Module]:
    """From one channel at the sample rate to `dimension` at the encoder's rate."""
    width, number = config.n_filters, 0
    yield Module(0, "conv", 1, 1, config.channels, width, config.kernel_size)
    for ratio in reversed(config.ratios):
        for _, dilation in _residuals(config):
            number += 1
            yield _residual(config, number, dilation, width)
        number += 2
        yield Module(number, "down", ratio, 1, width, 2 * width, 2 * ratio)
        width *= 2
    number += 2
    yield Module(number, "last", 1, 1, width, config.dimension, config.last_kernel_size)


def decoder_modules(config: SeanetConfig) -> Iterator[Module]:
    """From `dimension` features to one channel at the sample rate."""
    width, number = config.n_filters << len(config.ratios), 0
    yield Module(0, "conv", 1, 1, config.dimension, width, config.kernel_size)
    for ratio in config.ratios:
        number += 2
        yield Module(number, "up", ratio, 1, width, width // 2, 2 * ratio)
        width //= 2
        for _, dilation in _residuals(config):
            number += 1
            yield _residual(config, number, dilation, width)
    number += 2
    yield Module(number, "last", 1, 1, width, config.channels, config.last_kernel_size)


def _residuals(config: SeanetConfig) -> Iterator[tuple[int, int]]:
    for index in range(config.n_residual_layers):
        yield index, config.dilation_base**index


def _residual(config: SeanetConfig, number: int, dilation: int, width: int) -> Module:
    kernel = config.residual_kernel_size
    return Module(number, "residual", 1, dilation, width, width // config.compress, kernel)


def build_encoder(source: Source, config: SeanetConfig) -> list[Convolution]:
    """Take the parameters of the encoder's half."""
    return [_build(source / module.number, module, False) for module in encoder_modules(config)]


def build_decoder(source: Source, config: SeanetConfig) -> list[Convolution]:
    """Take the parameters of the decoder's half."""
    # the first two modules hold most of the weights, and few rows a frame go through them
    return [
        _build(source / module.number, module, few_rows=index < 2)
        for index, module in enumerate(decoder_modules(config))
    ]


def _build(source: Source, module: Module, few_rows: bool) -> Convolution:
    outs, ins, kernel = module.outputs, module.inputs, module.kernel
    if module.kind == "residual":
        first = convolution.build(source / "block.1.conv", outs, ins, kernel)
        second = convolution.build(source / "block.3.conv", ins, outs, 1)
        return Convolution("residual", [first, second], 1, module.dilation)
    if module.kind == "up":
        up = convolution.build_transposed(source / "convtr", ins, outs, kernel, few_rows=few_rows)
        return Convolution("up", [up], module.stride, 1)
    kind = "conv" if module.kind == "conv" else "elu_conv"
    conv = convolution.build(source / "conv", outs, ins, kernel, few_rows=few_rows)
    return Convolution(kind, [conv], module.stride, 1)


def new_state(chain: Sequence[Convolution], config: SeanetConfig) -> State:
    """The state before the first row: that of each module's convolution."""
    return [
        convolution.new_transposed_state(module.weights[0].weight, module.stride)
        if module.kind == "up"
        else convolution.new_state(
            module.weights[0].weight, module.stride, module.dilation, config.pad_mode
        )
        for module in chain
    ]


def seanet(
    ops: Ops, chain: Sequence[Convolution], state: State, x: Float32[Array, "time channels"]
) -> tuple[Float32[Array, "out_time out_channels"], State]:
    """Pass the next rows of a stream, `x [time, channels]`, through the modules."""
    run = ops.fused.convolutions or partial(convolutions, ops)
    y, after = run(x, chain, state)
    return y, list(after)


def convolutions(
    ops: Ops, x: Array, chain: Sequence[Convolution], state: State
) -> tuple[Array, State]:
    """Module after module."""
    block = ops.fused.residual_block or partial(residual_block, ops)
    after: State = []
    for (kind, weights, stride, dilation), past in zip(chain, state, strict=True):
        kernel, bias = weights[0]
        if x.shape[0] == 0:
            outputs = x.shape[1] if kind == "residual" else kernel.shape[2]
            x = x.__array_namespace__().zeros((0, outputs), dtype=x.dtype)
        elif kind == "up":
            x, past = convolution.conv_transpose(ops, kernel, bias, past, ops.elu(x), stride)
        elif kind == "residual":
            before = convolution.context_of(past, kernel, ops.elu(x[:1]), 1, dilation)
            x, past = block(x, before, weights[0], weights[1], dilation)
        else:
            h = ops.elu(x) if kind == "elu_conv" else x
            x, past = convolution.conv(ops, kernel, bias, past, h, stride)
        after.append(past)
    return x, after


def residual_block(
    ops: Ops,
    x: Float32[Array, "time channels"],
    context: Float32[Array, "context channels"],
    first: Affine,
    second: Affine,
    dilation: int,
) -> tuple[Float32[Array, "time channels"], Float32[Array, "context channels"]]:
    """`x + second(elu(first(elu(x))))` with a causal `first` and a `second` of kernel 1.

    `context` is what `first` still sees of `elu(x)` before; the new one is returned, too.
    """
    xp = x.__array_namespace__()
    padded = xp.concat([context, ops.elu(x)], axis=0)
    h = ops.conv1d(padded, *first, 1, dilation)
    h = ops.conv1d(ops.elu(h), *second, 1, 1)
    return x + h, xp.asarray(padded[x.shape[0] :], copy=True)
