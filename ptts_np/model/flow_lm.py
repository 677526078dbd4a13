"""FlowLM: reads a voice and a text, then writes one latent per 80 ms frame."""

from typing import Any

from jaxtyping import Float32, Int64

from ptts_np.model import flow_head
from ptts_np.model.config import FlowLmConfig
from ptts_np.model.transformer import State, copy_state, init_state, transformer
from ptts_np.ops import Array, Ops

__all__ = [
    "begin",
    "copy_state",
    "embed_latent",
    "embed_text",
    "embed_voice",
    "new_state",
    "read",
    "step",
]

Params = Any


def new_state(config: FlowLmConfig, params: Params) -> State:
    """The state before anything was read."""
    return init_state(config.transformer, params["bos_emb"])


def embed_text(ops: Ops, params: Params, tokens: Int64[Array, "n"]) -> Float32[Array, "n d_model"]:
    """Token ids `[n]` to embeddings `[n, d_model]`."""
    conditioner = params["conditioner"]
    table = conditioner["embed"]["weight"]
    embedded = table.__array_namespace__().take(table, tokens, axis=0)
    if "proj" in conditioner:
        embedded = ops.linear(embedded, conditioner["proj"]["weight"])
    return embedded


def embed_voice(
    ops: Ops, params: Params, latents: Float32[Array, "frames inner_dim"], begins: bool = True
) -> Float32[Array, "rows d_model"]:
    """The encoder's latents `[frames, inner_dim]` of a voice prompt to `[frames (+1), d_model]`.

    A piece that goes on where another ended does not begin the voice.
    """
    projected = ops.linear(latents, params["speaker_proj_weight"])
    if "bos_before_voice" not in params or not begins:
        return projected
    xp = projected.__array_namespace__()
    return xp.concat([params["bos_before_voice"], projected], axis=0)


def embed_latent(
    ops: Ops, params: Params, latent: Float32[Array, "1 latent"]
) -> Float32[Array, "1 d_model"]:
    """A latent fed back, `[1, latent]` to `[1, d_model]`."""
    return ops.linear(latent, params["input_linear"]["weight"])


def read(
    ops: Ops,
    config: FlowLmConfig,
    params: Params,
    state: State,
    x: Float32[Array, "time d_model"],
) -> tuple[Float32[Array, "time output_dim"], State]:
    """Read embeddings `[time, d_model]`; gives the outputs `c [time, output_dim]`."""
    h, state = transformer(ops, config.transformer, params["transformer"], state, x)
    c = ops.layer_norm(h, params["out_norm"]["weight"], params["out_norm"]["bias"], 1e-5)
    if "z_proj" in params:
        c = ops.linear(c, params["z_proj"]["weight"])
    return c, state


def begin(
    ops: Ops,
    reading: Ops,
    config: FlowLmConfig,
    params: Params,
    state: State,
    text: Float32[Array, "n d_model"],
    noise: Float32[Array, "1 latent"],
    times: list[Array | None],
) -> tuple[Float32[Array, "1 latent"], float, State]:
    """Read the embeddings of a text and write the first frame, in one pass over the layers.

    What `step` gives after `read`, with `bos_emb` for the latent before. `reading` are the
    operations for the pass over all rows.
    """
    xp, bos = text.__array_namespace__(), params["bos_emb"]
    # a copy: kernels are compiled once for parameters, which are read-only, and once for data
    start = embed_latent(ops, params, xp.asarray(bos[None, :], copy=True))
    x = xp.concat([text, start], axis=0)
    c, state = read(reading, config, params, state, x)
    return *_frame(ops, config, params, c[-1:], noise, times), state


def step(
    ops: Ops,
    config: FlowLmConfig,
    params: Params,
    state: State,
    latent: Float32[Array, "1 latent"],
    noise: Float32[Array, "1 latent"],
    times: list[Array | None],
) -> tuple[Float32[Array, "1 latent"], float, State]:
    """Write the frame after that of `latent`: `(latent [1, latent], EOS logit, state)`."""
    c, state = read(ops, config, params, state, embed_latent(ops, params, latent))
    return *_frame(ops, config, params, c, noise, times), state


def _frame(
    ops: Ops,
    config: FlowLmConfig,
    params: Params,
    c: Float32[Array, "1 output_dim"],
    noise: Float32[Array, "1 latent"],
    times: list[Array | None],
) -> tuple[Float32[Array, "1 latent"], float]:
    eos = ops.linear(c, params["out_eos"]["weight"], params["out_eos"]["bias"])
    latent = flow_head.sample(ops, config.flow, params["flow_net"], c, noise, times)
    return latent, float(eos[0, 0])
