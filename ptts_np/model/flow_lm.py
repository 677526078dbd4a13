"""FlowLM: reads a voice and a text, then writes one latent per 80 ms frame.

Reading is prefill: many rows of one stream at once. Writing is a step: one row, of one stream or of
many, which then share one reading of the weights.
"""

from collections.abc import Sequence
from typing import NamedTuple

from jaxtyping import Float32, Int64

from ptts_np.model import flow_head
from ptts_np.model.config import FlowLmConfig, ModelConfig
from ptts_np.model.flow_head import FlowNet, Times
from ptts_np.model.parts import Affine, Source, linear, norm
from ptts_np.model.transformer import (
    Layer,
    State,
    copy_state,
    transformer,
    transformer_rows,
)
from ptts_np.model.transformer import build as build_layers
from ptts_np.model.transformer import new_state as new_cache
from ptts_np.ops import Array, Ops, Weight

__all__ = [
    "FlowLM",
    "begin",
    "build",
    "copy_state",
    "embed_latent",
    "embed_text",
    "embed_voice",
    "new_state",
    "prefill",
    "step",
]


class FlowLM(NamedTuple):
    """The parameters. `emb_mean` and `emb_std` de-normalize latents for Mimi."""

    bos_emb: Array
    emb_mean: Array
    emb_std: Array
    text_table: Array
    text_proj: Weight | None
    latent_proj: Weight
    voice_proj: Weight
    bos_before_voice: Array | None
    layers: Sequence[Layer]
    out_norm: Affine
    z_proj: Weight | None
    out_eos: Affine
    flow_net: FlowNet


def build(source: Source, model: ModelConfig) -> FlowLM:
    """Take the parameters."""
    config, latent = model.flow_lm, model.latent_dim
    width, table, out = config.transformer.d_model, config.lookup_table, config.output_dim
    text = source / "conditioner"
    return FlowLM(
        bos_emb=source("bos_emb", latent),
        emb_mean=source("emb_mean", latent),
        emb_std=source("emb_std", latent),
        text_table=text("embed.weight", table.n_bins + 1, table.rank or table.dim),
        text_proj=text("proj.weight", table.dim, table.rank) if table.rank else None,
        latent_proj=source("input_linear.weight", width, latent),
        voice_proj=source("speaker_proj_weight", width, model.mimi.voice_dim),
        bos_before_voice=source("bos_before_voice", 1, 1, width, view=lambda stored: stored[0])
        if config.insert_bos_before_voice
        else None,
        layers=build_layers(source / "transformer", config.transformer),
        out_norm=norm(source / "out_norm", width),
        z_proj=source("z_proj.weight", config.z_dim, width) if config.z_dim else None,
        out_eos=linear(source / "out_eos", 1, out),
        flow_net=flow_head.build(source / "flow_net", config.flow, out, latent),
    )


def new_state(config: FlowLmConfig, params: FlowLM) -> State:
    """The state before anything was read."""
    return new_cache(config.transformer, params.bos_emb)


def embed_text(ops: Ops, params: FlowLM, tokens: Int64[Array, "n"]) -> Float32[Array, "n d_model"]:
    """Token ids `[n]` to embeddings `[n, d_model]`."""
    table = params.text_table
    embedded = table.__array_namespace__().take(table, tokens, axis=0)
    return embedded if params.text_proj is None else ops.linear(embedded, params.text_proj)


def embed_voice(
    ops: Ops, params: FlowLM, latents: Float32[Array, "frames inner_dim"], begins: bool = True
) -> Float32[Array, "rows d_model"]:
    """The encoder's latents `[frames, inner_dim]` of a voice prompt to `[frames (+1), d_model]`.

    A piece that goes on where another ended does not begin the voice.
    """
    projected = ops.linear(latents, params.voice_proj)
    if params.bos_before_voice is None or not begins:
        return projected
    xp = projected.__array_namespace__()
    return xp.concat([params.bos_before_voice, projected], axis=0)


def embed_latent(
    ops: Ops, params: FlowLM, latents: Float32[Array, "rows latent"]
) -> Float32[Array, "rows d_model"]:
    """Latents fed back, `[rows, latent]` to `[rows, d_model]`."""
    return ops.linear(latents, params.latent_proj)


def prefill(
    ops: Ops,
    config: FlowLmConfig,
    params: FlowLM,
    state: State,
    x: Float32[Array, "time d_model"],
) -> tuple[Float32[Array, "time output_dim"], State]:
    """Read embeddings `[time, d_model]` of one stream; gives the outputs `c [time, output_dim]`."""
    h, state = transformer(ops, config.transformer, params.layers, state, x)
    return _outputs(ops, params, h), state


def _outputs(ops: Ops, params: FlowLM, h: Array) -> Array:
    c = ops.layer_norm(h, *params.out_norm, 1e-5)
    return c if params.z_proj is None else ops.linear(c, params.z_proj)


def begin(
    ops: Ops,
    prefill_ops: Ops,
    config: FlowLmConfig,
    params: FlowLM,
    state: State,
    text: Float32[Array, "n d_model"],
    noise: Float32[Array, "1 latent"],
    times: Times,
) -> tuple[Float32[Array, "1 latent"], float, State]:
    """Read the embeddings of a text and write the first frame, in one pass over the layers.

    What `step` gives after `prefill`, with `bos_emb` for the latent before. `prefill_ops` are the
    operations for the pass over all rows.
    """
    xp, bos = text.__array_namespace__(), params.bos_emb
    # a copy: kernels are compiled once for parameters, which are read-only, and once for data
    start = embed_latent(ops, params, xp.asarray(bos[None, :], copy=True))
    x = xp.concat([text, start], axis=0)
    c, state = prefill(prefill_ops, config, params, state, x)
    c = xp.asarray(c[-1:], copy=True)
    latent = flow_head.sample(ops, config.flow, params.flow_net, c, noise, times)
    return latent, float(_eos(ops, params, c)[0]), state


def step(
    ops: Ops,
    config: FlowLmConfig,
    params: FlowLM,
    states: Sequence[State],
    latents: Float32[Array, "rows latent"],
    noise: Float32[Array, "rows latent"],
    times: Times,
    watched: Sequence[int] = (),
) -> tuple[Float32[Array, "rows latent"], Float32[Array, "rows"], list[State]]:
    """Write the frame after `latents` in each of several streams, which share the weights' reading.

    Gives the new latents, the EOS logits and the states. A row's result does not depend on the
    other rows. `times` are the sampling steps of all of them (`flow_head.time_embeddings`). The
    states have the inputs of the layers that are `watched`, see `transformer_rows`.
    """
    x = embed_latent(ops, params, latents)
    h, after = transformer_rows(ops, config.transformer, params.layers, states, x, watched)
    c = _outputs(ops, params, h)
    new = flow_head.sample(ops, config.flow, params.flow_net, c, noise, times)
    return new, _eos(ops, params, c), after


def _eos(ops: Ops, params: FlowLM, c: Array) -> Float32[Array, "rows"]:
    return ops.linear(c, *params.out_eos)[:, 0]
