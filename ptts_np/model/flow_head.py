"""The flow head: from noise to one latent, given what the backbone says (`c`).

A multilayer perceptron whose norms are modulated (adaLN) by `c` and, for some types, by times.
All modulations see the same input, so their weights are stacked into one matrix, `modulation`.
"""

from typing import Any

from jaxtyping import Float32

from ptts_np.model.config import FlowConfig
from ptts_np.ops import Array, FlowHead, Ops

Params = Any

TIME_EMBEDDINGS = {"lsd": 2, "flow_matching": 1, "drifting": 0, "pointwise": 0}


def time_embeddings(ops: Ops, config: FlowConfig, params: Params, steps: int) -> list[Array | None]:
    """What each of `steps` sampling steps adds to the condition: `[1, dim]`, or None.

    The times are fixed by the number of steps, so this is done once an utterance.
    """
    if config.type == "lsd":
        times: list[tuple[float, ...]]
        times = [(step / steps, (step + 1) / steps) for step in range(steps)]
    elif config.type == "flow_matching":
        times = [(step / steps,) for step in range(steps)]
    else:
        return [None]
    return [_mean_embedding(ops, params["time_embed"], moments) for moments in times]


def _mean_embedding(
    ops: Ops, embeddings: list[Params], moments: tuple[float, ...]
) -> Float32[Array, "1 dim"]:
    total: Array = 0.0
    for params, moment in zip(embeddings, moments, strict=True):
        total = total + _time_embedding(ops, params, moment)
    return total / len(moments)


def _time_embedding(ops: Ops, params: Params, moment: float) -> Float32[Array, "1 dim"]:
    freqs = params["freqs"]
    xp = freqs.__array_namespace__()
    args = moment * freqs[None, :]
    h = xp.concat([xp.cos(args), xp.sin(args)], axis=1)
    mlp = params["mlp"]
    h = ops.silu(ops.linear(h, mlp["0"]["weight"], mlp["0"]["bias"]))
    h = ops.linear(h, mlp["2"]["weight"], mlp["2"]["bias"])
    return ops.variance_norm(h, mlp["3"]["alpha"], 1e-5)


def _head(params: Params) -> FlowHead:
    blocks = [
        (_affine(block["in_ln"]), _affine(block["mlp"]["0"]), _affine(block["mlp"]["2"]))
        for block in params["res_blocks"]
    ]
    return FlowHead(
        modulation=_affine(params["modulation"]),
        input=_affine(params["input_proj"]),
        blocks=blocks,
        output=_affine(params["final_layer"]["linear"]),
    )


def _affine(params: Params) -> tuple[Array, Array]:
    return params["weight"], params["bias"]


def sample(
    ops: Ops,
    config: FlowConfig,
    params: Params,
    c: Float32[Array, "1 output_dim"],
    noise: Float32[Array, "1 latent"],
    times: list[Array | None],
) -> Float32[Array, "1 latent"]:
    """One latent `[1, latent]` from `c` and `noise [1, latent]`, scaled by the temperature."""
    embed = params["cond_embed"]
    condition = ops.linear(c, embed["weight"], embed["bias"])
    head = _head(params)
    if config.type == "drifting":
        return ops.flow_head(noise, condition, head)
    x = noise
    for time in times:
        y = condition if time is None else condition + time
        x = x + ops.flow_head(x, y, head) / len(times)
    return x
