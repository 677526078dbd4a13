"""The flow head: from noise to one latent, given what the backbone says (`c`).

A multilayer perceptron whose norms are modulated (adaLN) by `c` and, for some types, by times.
All modulations see the same input, so their weights are stacked into one matrix, `modulation`.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from jaxtyping import Float32

from ptts_np.model.config import FlowConfig
from ptts_np.model.parts import Affine, Source, linear, norm
from ptts_np.ops import Array, Ops

TIME_EMBEDDINGS = {"lsd": 2, "flow_matching": 1, "drifting": 0, "pointwise": 0}
TIME_FREQUENCIES = 128

Times = list[Array | None]


class Block(NamedTuple):
    """`x + gate * second(silu(first(norm(x) * (1 + scale) + shift)))`."""

    norm: Affine
    first: Affine
    second: Affine


class Head(NamedTuple):
    """The perceptron. `modulation` gives shift, scale and gate of each block, then shift and scale
    of the output."""

    modulation: Affine
    input: Affine
    blocks: Sequence[Block]
    output: Affine


class TimeEmbedding(NamedTuple):
    """A moment in [0, 1] to `[1, dim]`: sines, a perceptron, and a norm by the variance."""

    freqs: Array
    first: Affine
    second: Affine
    alpha: Array


class FlowNet(NamedTuple):
    """All parameters of the head and of what conditions it."""

    condition: Affine
    times: Sequence[TimeEmbedding]
    head: Head


def build(source: Source, config: FlowConfig, condition: int, latent: int) -> FlowNet:
    """Take the parameters; `condition` is the width of `c`."""
    dim, blocks = config.dim, range(config.depth)
    return FlowNet(
        condition=linear(source / "cond_embed", dim, condition, large=True),
        times=[
            _build_time(source / "time_embed" / index, dim)
            for index in range(TIME_EMBEDDINGS[config.type])
        ],
        head=Head(
            modulation=_build_modulation(source, config),
            input=linear(source / "input_proj", dim, latent),
            blocks=[_build_block(source / "res_blocks" / index, dim) for index in blocks],
            output=linear(source / "final_layer.linear", latent, dim),
        ),
    )


def _build_time(source: Source, dim: int) -> TimeEmbedding:
    return TimeEmbedding(
        freqs=source("freqs", TIME_FREQUENCIES),
        first=linear(source / "mlp.0", dim, 2 * TIME_FREQUENCIES),
        second=linear(source / "mlp.2", dim, dim),
        alpha=source("mlp.3.alpha", dim),
    )


def _build_block(source: Source, dim: int) -> Block:
    return Block(
        norm=norm(source / "in_ln", dim),
        first=linear(source / "mlp.0", dim, dim, large=True),
        second=linear(source / "mlp.2", dim, dim, large=True),
    )


def _build_modulation(source: Source, config: FlowConfig) -> Affine:
    rows = {f"res_blocks.{i}.adaLN_modulation.1": 3 * config.dim for i in range(config.depth)}
    rows["final_layer.adaLN_modulation.1"] = 2 * config.dim
    weights = {f"{name}.weight": (count, config.dim) for name, count in rows.items()}
    biases = {f"{name}.bias": (count,) for name, count in rows.items()}
    return Affine(source.stacked(weights, large=True), source.stacked(biases))


def time_embeddings(ops: Ops, config: FlowConfig, params: FlowNet, steps: int) -> Times:
    """What each of `steps` sampling steps adds to the condition: `[1, dim]`, or None.

    The times are fixed by the number of steps, so this is done once for many utterances.
    """
    if config.type == "lsd":
        times: list[tuple[float, ...]]
        times = [(step / steps, (step + 1) / steps) for step in range(steps)]
    elif config.type == "flow_matching":
        times = [(step / steps,) for step in range(steps)]
    else:
        return [None]
    return [_mean_embedding(ops, params.times, moments) for moments in times]


def _mean_embedding(
    ops: Ops, embeddings: Sequence[TimeEmbedding], moments: tuple[float, ...]
) -> Float32[Array, "1 dim"]:
    total: Array = 0.0
    for params, moment in zip(embeddings, moments, strict=True):
        total = total + _time_embedding(ops, params, moment)
    return total / len(moments)


def _time_embedding(ops: Ops, params: TimeEmbedding, moment: float) -> Float32[Array, "1 dim"]:
    xp = params.freqs.__array_namespace__()
    args = moment * params.freqs[None, :]
    h = xp.concat([xp.cos(args), xp.sin(args)], axis=1)
    h = ops.linear(ops.silu(ops.linear(h, *params.first)), *params.second)
    return ops.variance_norm(h, params.alpha, 1e-5)


def sample(
    ops: Ops,
    config: FlowConfig,
    params: FlowNet,
    c: Float32[Array, "rows output_dim"],
    noise: Float32[Array, "rows latent"],
    times: Times,
) -> Float32[Array, "rows latent"]:
    """Latents `[rows, latent]` from `c` and `noise [rows, latent]`, scaled by the temperature.

    Each row is one stream's; all of them take the same sampling steps.
    """
    run = ops.fused.flow_head or partial(head, ops)
    condition = ops.linear(c, *params.condition)
    if config.type == "drifting":
        return run(noise, condition, params.head)
    x = noise
    for time in times:
        y = condition if time is None else condition + time
        x = x + run(x, y, params.head) / len(times)
    return x


def head(
    ops: Ops, x: Float32[Array, "rows latent"], condition: Float32[Array, "rows dim"], params: Head
) -> Float32[Array, "rows latent"]:
    """From `x` and `condition`, one pass of the perceptron."""
    modulation = ops.linear(ops.silu(condition), *params.modulation)
    block = ops.fused.modulated_block or partial(modulated_block, ops)
    h = ops.linear(x, *params.input)
    dim = h.shape[1]
    for index, block_params in enumerate(params.blocks):
        own = modulation[:, 3 * dim * index : 3 * dim * (index + 1)]
        h = block(h, own, block_params)
    shift, scale = modulation[:, -2 * dim : -dim], modulation[:, -dim:]
    h = ops.layer_norm(h, None, None, 1e-6) * (1 + scale) + shift
    return ops.linear(h, *params.output)


def modulated_block(
    ops: Ops,
    x: Float32[Array, "rows dim"],
    modulation: Float32[Array, "rows three_dims"],
    block: Block,
) -> Float32[Array, "rows dim"]:
    """One block; `modulation [rows, 3 * dim]` is its shift, scale and gate."""
    dim = x.shape[1]
    shift, scale, gate = (modulation[:, dim * i : dim * (i + 1)] for i in range(3))
    h = ops.layer_norm(x, *block.norm, 1e-6) * (1 + scale) + shift
    return x + gate * ops.linear(ops.silu(ops.linear(h, *block.first)), *block.second)
