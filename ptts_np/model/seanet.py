"""SEANet, the convolutional halves of Mimi: samples to features (encoder) and back (decoder).

The modules are numbered as in the weights, ELUs included, so that only some numbers have weights.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jaxtyping import Float32

from ptts_np.model.config import SeanetConfig
from ptts_np.model.layers import conv_state, conv_transpose_state
from ptts_np.ops import Array, Convolution, Ops

Params = Any
State = dict[str, Any]


class Module(NamedTuple):
    """One numbered module and what its convolution needs to know."""

    number: str
    kind: str  # "conv", "down" (ELU, strided conv), "residual", "up" (ELU, transposed conv), "last"
    stride: int
    dilation: int
    inputs: int
    outputs: int
    kernel: int


def encoder_modules(config: SeanetConfig) -> Iterator[Module]:
    """From one channel at the sample rate to `dimension` at the encoder's rate."""
    width, number = config.n_filters, 0
    yield Module("0", "conv", 1, 1, config.channels, width, config.kernel_size)
    for ratio in reversed(config.ratios):
        for _, dilation in _residuals(config):
            number += 1
            yield _residual(config, number, dilation, width)
        number += 2
        yield Module(str(number), "down", ratio, 1, width, 2 * width, 2 * ratio)
        width *= 2
    number += 2
    yield Module(str(number), "last", 1, 1, width, config.dimension, config.last_kernel_size)


def decoder_modules(config: SeanetConfig) -> Iterator[Module]:
    """From `dimension` features to one channel at the sample rate."""
    width, number = config.n_filters << len(config.ratios), 0
    yield Module("0", "conv", 1, 1, config.dimension, width, config.kernel_size)
    for ratio in config.ratios:
        number += 2
        yield Module(str(number), "up", ratio, 1, width, width // 2, 2 * ratio)
        width //= 2
        for _, dilation in _residuals(config):
            number += 1
            yield _residual(config, number, dilation, width)
    number += 2
    yield Module(str(number), "last", 1, 1, width, config.channels, config.last_kernel_size)


def _residuals(config: SeanetConfig) -> Iterator[tuple[int, int]]:
    for index in range(config.n_residual_layers):
        yield index, config.dilation_base**index


def _residual(config: SeanetConfig, number: int, dilation: int, width: int) -> Module:
    kernel = config.residual_kernel_size
    return Module(str(number), "residual", 1, dilation, width, width // config.compress, kernel)


def seanet_state(
    config: SeanetConfig, modules: Callable[[SeanetConfig], Iterator[Module]], params: Params
) -> State:
    """The state before the first row, keyed as the weights are."""
    state: State = {}
    for module in modules(config):
        layer = params[module.number]
        if module.kind == "up":
            state[module.number] = conv_transpose_state(layer["convtr"], module.stride)
        else:
            weights = layer["block"]["1"]["conv"] if module.kind == "residual" else layer["conv"]
            state[module.number] = conv_state(
                weights, module.stride, module.dilation, config.pad_mode
            )
    return state


def seanet(
    ops: Ops,
    modules: Iterator[Module],
    params: Params,
    state: State,
    x: Float32[Array, "time channels"],
) -> tuple[Float32[Array, "out_time out_channels"], State]:
    """Run `x [time, channels]` through the modules."""
    listed = list(modules)
    chain = [_convolution(module, params[module.number]) for module in listed]
    x, states = ops.convolutions(x, chain, [state[module.number] for module in listed])
    numbers = (module.number for module in listed)
    return x, dict(zip(numbers, states, strict=True))


def _convolution(module: Module, layer: Params) -> Convolution:
    if module.kind == "residual":
        weights = [_affine(layer["block"]["1"]["conv"]), _affine(layer["block"]["3"]["conv"])]
        return Convolution("residual", weights, 1, module.dilation)
    if module.kind == "up":
        return Convolution("up", [_affine(layer["convtr"])], module.stride, 1)
    kind = "conv" if module.kind == "conv" else "elu_conv"
    return Convolution(kind, [_affine(layer["conv"])], module.stride, 1)


def _affine(params: Params) -> tuple[Array, Array]:
    return params["weight"], params["bias"]
