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


def encode(
    ops: Ops, config: MimiConfig, params: Params, state: State, samples: Float32[Array, "samples"]
) -> tuple[Float32[Array, "frames inner_dim"], State]:
    """Samples `[frames * 1920]` to latents `[frames, inner_dim]`, the next of a prompt."""
    x, state = encode_features(ops, config, params, state, samples)
    return encode_latents(ops, config, params, state, x)


def encode_features(
    ops: Ops, config: MimiConfig, params: Params, state: State, samples: Float32[Array, "samples"]
) -> tuple[Float32[Array, "time dimension"], State]:
    """The first half of `encode`: SEANet."""
    modules = encoder_modules(config.seanet)
    x, seanet_ = seanet(ops, modules, params["encoder"]["model"], state["seanet"], samples[:, None])
    return x, {**state, "seanet": seanet_}


def encode_latents(
    ops: Ops, config: MimiConfig, params: Params, state: State, x: Float32[Array, "time dimension"]
) -> tuple[Float32[Array, "frames inner_dim"], State]:
    """The second half of `encode`: the transformer, and the way down to frames."""
    x, transformer_state = _projected_transformer(
        ops, config.transformer, params["encoder_transformer"], state["transformer"], x
    )
    downsample, stride = params["downsample"]["conv"]["conv"], config.downsample_stride
    latents, context = conv(ops, downsample, state["downsample"], x, stride)
    return latents, {**state, "transformer": transformer_state, "downsample": context}


def whole_frames(
    config: MimiConfig, samples: Float32[Array, "samples"]
) -> Float32[Array, "padded_samples"]:
    """Samples with zeros to the end of their last frame."""
    xp = samples.__array_namespace__()
    missing = -samples.shape[0] % config.samples_per_frame
    return xp.concat([samples, xp.zeros((missing,), dtype=samples.dtype)])


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
