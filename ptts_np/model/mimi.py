"""Mimi, the neural codec: latents at 12.5 Hz to samples at 24 kHz, and a prompt to latents."""

from collections.abc import Generator
from contextlib import closing
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
from ptts_np.pipeline import run_ahead

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
    x, state = decode_features(ops, config, params, state, latents)
    return decode_samples(ops, config, params, state, x)


def decode_features(
    ops: Ops,
    config: MimiConfig,
    params: Params,
    state: State,
    latents: Float32[Array, "frames latent"],
) -> tuple[Float32[Array, "time dimension"], State]:
    """The first half of `decode`: up to 200 Hz, and the transformer."""
    x = ops.linear(latents, params["quantizer"]["output_proj"]["weight"])
    upsample = params["upsample"]["convtr"]["convtr"]
    x, upsample_state = conv_transpose(ops, upsample, state["upsample"], x, config.upsample_stride)
    x, transformer_state = _projected_transformer(
        ops, config.decoder_attention, params["decoder_transformer"], state["transformer"], x
    )
    return x, {**state, "upsample": upsample_state, "transformer": transformer_state}


def decode_samples(
    ops: Ops,
    config: MimiConfig,
    params: Params,
    state: State,
    x: Float32[Array, "time dimension"],
) -> tuple[Float32[Array, "samples"], State]:
    """The second half of `decode`: SEANet. The halves use different parts of the state."""
    modules = decoder_modules(config.decoder)
    x, seanet_ = seanet(ops, modules, params["decoder"]["model"], state["seanet"], x)
    return x[:, 0], {**state, "seanet": seanet_}


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
    x, state = _encode_features(ops, config, params, state, samples)
    return _encode_latents(ops, config, params, state, x)


def _encode_features(
    ops: Ops, config: MimiConfig, params: Params, state: State, samples: Float32[Array, "samples"]
) -> tuple[Float32[Array, "time dimension"], State]:
    """The first half of `encode_chunk`: SEANet."""
    modules = encoder_modules(config.seanet)
    x, seanet_ = seanet(ops, modules, params["encoder"]["model"], state["seanet"], samples[:, None])
    return x, {**state, "seanet": seanet_}


def _encode_latents(
    ops: Ops, config: MimiConfig, params: Params, state: State, x: Float32[Array, "time dimension"]
) -> tuple[Float32[Array, "frames inner_dim"], State]:
    """The second half of `encode_chunk`: the transformer, and the way down to frames."""
    x, transformer_state = _projected_transformer(
        ops, config.transformer, params["encoder_transformer"], state["transformer"], x
    )
    downsample, stride = params["downsample"]["conv"]["conv"], config.downsample_stride
    latents, context = conv(ops, downsample, state["downsample"], x, stride)
    return latents, {**state, "transformer": transformer_state, "downsample": context}


def encode(
    ops: Ops, config: MimiConfig, params: Params, samples: Float32[Array, "samples"]
) -> Generator[Float32[Array, "frames inner_dim"], None, None]:
    """A whole prompt, samples `[n]` at 24 kHz, to latents, `[ceil(n / 1920), inner_dim]` in pieces.

    SEANet works in a thread of its own, a piece ahead.
    """
    state = encoder_state(config, params)
    with closing(run_ahead(_pieces(ops, config, params, samples), 1)) as pieces:
        for x in pieces:
            latents, state = _encode_latents(ops, config, params, state, x)
            yield latents


def _pieces(
    ops: Ops, config: MimiConfig, params: Params, samples: Float32[Array, "samples"]
) -> Generator[Float32[Array, "time dimension"], None, None]:
    xp = samples.__array_namespace__()
    frame, state = config.samples_per_frame, encoder_state(config, params)
    missing = -samples.shape[0] % frame
    samples = xp.concat([samples, xp.zeros((missing,), dtype=samples.dtype)])
    for start in range(0, samples.shape[0], ENCODE_FRAMES * frame):
        piece = samples[start : start + ENCODE_FRAMES * frame]
        x, state = _encode_features(ops, config, params, state, piece)
        yield x


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
