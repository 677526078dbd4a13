"""Mimi, the neural codec: latents at 12.5 Hz to samples at 24 kHz, and a prompt to latents."""

from typing import Any

from jaxtyping import Float32

from ptts_np.model.config import MimiConfig, MimiTransformerConfig
from ptts_np.model.layers import (
    conv,
    conv_state,
    conv_transpose,
    conv_transpose_state,
)
from ptts_np.model.seanet import decoder_modules, encoder_modules, seanet, seanet_state
from ptts_np.model.transformer import init_state, transformer
from ptts_np.ops import Array, Ops

Params = Any
State = dict[str, Any]

ENCODE_FRAMES = 12
"""Frames the encoder takes at once: bounds its memory for a prompt of any length."""


def decoder_state(config: MimiConfig, params: Params) -> State:
    """The decoder's state before the first latent."""
    upsample = params["upsample"]["convtr"]["convtr"]
    return {
        "upsample": conv_transpose_state(upsample, config.upsample_stride),
        "transformer": init_state(config.decoder_attention, upsample["weight"]),
        "seanet": seanet_state(config.decoder, decoder_modules, params["decoder"]["model"]),
    }


def decode(
    ops: Ops,
    config: MimiConfig,
    params: Params,
    state: State,
    latents: Float32[Array, "frames latent"],
) -> tuple[Float32[Array, "samples"], State]:
    """De-normalised latents `[frames, latent]` to samples `[frames * 1920]`; any number at once."""
    x = ops.linear(latents, params["quantizer"]["output_proj"]["weight"])
    upsample = params["upsample"]["convtr"]["convtr"]
    x, upsample_state = conv_transpose(ops, upsample, state["upsample"], x, config.upsample_stride)
    x, transformer_state = _projected_transformer(
        ops, config.decoder_attention, params["decoder_transformer"], state["transformer"], x
    )
    modules = decoder_modules(config.decoder)
    x, seanet_ = seanet(ops, modules, params["decoder"]["model"], state["seanet"], x)
    new = {"upsample": upsample_state, "transformer": transformer_state, "seanet": seanet_}
    return x[:, 0], new


def encoder_state(config: MimiConfig, params: Params) -> State:
    """The encoder's state before the first sample."""
    downsample = params["downsample"]["conv"]["conv"]
    return {
        "seanet": seanet_state(config.seanet, encoder_modules, params["encoder"]["model"]),
        "transformer": init_state(config.transformer, downsample["weight"]),
        "downsample": conv_state(downsample, pad_mode="replicate"),
    }


def encode_chunk(
    ops: Ops, config: MimiConfig, params: Params, state: State, samples: Float32[Array, "samples"]
) -> tuple[Float32[Array, "frames inner_dim"], State]:
    """Samples `[frames * 1920]` to latents `[frames, inner_dim]`, the next of a stream."""
    modules = encoder_modules(config.seanet)
    x, seanet_ = seanet(ops, modules, params["encoder"]["model"], state["seanet"], samples[:, None])
    x, transformer_state = _projected_transformer(
        ops, config.transformer, params["encoder_transformer"], state["transformer"], x
    )
    downsample, stride = params["downsample"]["conv"]["conv"], config.downsample_stride
    latents, context = conv(ops, downsample, state["downsample"], x, stride)
    return latents, {"seanet": seanet_, "transformer": transformer_state, "downsample": context}


def encode(
    ops: Ops, config: MimiConfig, params: Params, samples: Float32[Array, "samples"]
) -> Float32[Array, "frames inner_dim"]:
    """A whole prompt, samples `[n]` at 24 kHz, to latents `[ceil(n / 1920), inner_dim]`."""
    xp = samples.__array_namespace__()
    frame = config.samples_per_frame
    missing = -samples.shape[0] % frame
    samples = xp.concat([samples, xp.zeros((missing,), dtype=samples.dtype)])
    state = encoder_state(config, params)
    latents = []
    for start in range(0, samples.shape[0], ENCODE_FRAMES * frame):
        chunk = samples[start : start + ENCODE_FRAMES * frame]
        chunk_latents, state = encode_chunk(ops, config, params, state, chunk)
        latents.append(chunk_latents)
    return xp.concat(latents, axis=0)


def _projected_transformer(
    ops: Ops,
    config: MimiTransformerConfig,
    params: Params,
    state: State,
    x: Float32[Array, "time input_dimension"],
) -> tuple[Float32[Array, "time output_dimension"], State]:
    if "input_proj" in params:
        x = ops.linear(x, params["input_proj"]["weight"])
    x, state = transformer(ops, config, params["transformer"], state, x)
    if "output_projs" in params:
        x = ops.linear(x, params["output_projs"][0]["weight"])
    return x, state
