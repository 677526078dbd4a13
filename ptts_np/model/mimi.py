"""Mimi, the neural codec: latents at 12.5 Hz to samples at 24 kHz, and a prompt to latents."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from jaxtyping import Float32

from ptts_np.model import convolution, seanet, transformer
from ptts_np.model.config import MimiConfig, MimiTransformerConfig
from ptts_np.model.parts import Source
from ptts_np.ops import Array, Ops, Weight

State = dict[str, Any]


class Projected(NamedTuple):
    """A transformer between two projections, which are there where its width differs."""

    input: Weight | None
    layers: Sequence[transformer.Layer]
    output: Weight | None


class Decoder(NamedTuple):
    """Latents to samples: up to 200 Hz, a transformer, then SEANet."""

    quantizer: Array
    upsample: Array
    transformer: Projected
    seanet: Sequence[seanet.Convolution]


class Encoder(NamedTuple):
    """Samples to latents: SEANet, a transformer, then down to the frame rate."""

    seanet: Sequence[seanet.Convolution]
    transformer: Projected
    downsample: Array


class Mimi(NamedTuple):
    """Both ways."""

    decoder: Decoder
    encoder: Encoder


def build(source: Source, config: MimiConfig) -> Mimi:
    """Take the parameters."""
    decoder, width = config.decoder, config.seanet.dimension
    return Mimi(
        Decoder(
            quantizer=source(
                "quantizer.output_proj.weight",
                decoder.dimension,
                config.quantizer.dimension,
                1,
                view=lambda stored: stored[:, :, 0],
            ),
            upsample=source(
                "upsample.convtr.convtr.weight",
                decoder.dimension,
                1,
                2 * config.upsample_stride,
                view=lambda stored: stored[:, 0].T,  # depthwise: [kernel, channels]
            ),
            transformer=_build_projected(source / "decoder_transformer", config.decoder_attention),
            seanet=seanet.build_decoder(source / "decoder.model", decoder),
        ),
        Encoder(
            seanet=seanet.build_encoder(source / "encoder.model", config.seanet),
            transformer=_build_projected(source / "encoder_transformer", config.transformer),
            downsample=source(
                "downsample.conv.conv.weight",
                config.voice_dim,
                width,
                2 * config.downsample_stride,
                view=lambda stored: stored.transpose(2, 1, 0),
            ),
        ),
    )


def _build_projected(source: Source, config: MimiTransformerConfig) -> Projected:
    width, inputs, outputs = config.d_model, config.input_dimension, config.output_dimensions[0]
    projected = width != inputs
    return Projected(
        source("input_proj.weight", width, inputs) if projected else None,
        transformer.build(source / "transformer", config),
        source("output_projs.0.weight", outputs, width, large=True) if projected else None,
    )


def decoder_state(config: MimiConfig, params: Mimi) -> State:
    """The decoder's state before the first latent."""
    upsample = params.decoder.upsample
    return {
        "upsample": convolution.new_transposed_state(upsample, config.upsample_stride),
        "transformer": transformer.new_state(config.decoder_attention, upsample),
        "seanet": seanet.new_state(params.decoder.seanet, config.decoder),
    }


def decode(
    ops: Ops,
    config: MimiConfig,
    params: Mimi,
    state: State,
    latents: Float32[Array, "frames latent"],
) -> tuple[Float32[Array, "samples"], State]:
    """De-normalized latents `[frames, latent]` to samples `[frames * 1920]`; any number at once."""
    x, state = decode_features(ops, config, params, state, latents)
    return decode_samples(ops, config, params, state, x)


def decode_features(
    ops: Ops,
    config: MimiConfig,
    params: Mimi,
    state: State,
    latents: Float32[Array, "frames latent"],
) -> tuple[Float32[Array, "time dimension"], State]:
    """The first half of `decode`: up to 200 Hz, and the transformer."""
    decoder = params.decoder
    x = ops.linear(latents, decoder.quantizer)
    x, tail = convolution.conv_transpose(
        ops, decoder.upsample, None, state["upsample"], x, config.upsample_stride
    )
    x, cache = _projected(
        ops, config.decoder_attention, decoder.transformer, state["transformer"], x
    )
    return x, {**state, "upsample": tail, "transformer": cache}


def decode_samples(
    ops: Ops,
    config: MimiConfig,
    params: Mimi,
    state: State,
    x: Float32[Array, "time dimension"],
) -> tuple[Float32[Array, "samples"], State]:
    """The second half of `decode`: SEANet. The halves use different parts of the state."""
    x, pasts = seanet.seanet(ops, params.decoder.seanet, state["seanet"], x)
    return x[:, 0], {**state, "seanet": pasts}


def encoder_state(config: MimiConfig, params: Mimi) -> State:
    """The encoder's state before the first sample."""
    encoder = params.encoder
    return {
        "seanet": seanet.new_state(encoder.seanet, config.seanet),
        "transformer": transformer.new_state(config.transformer, encoder.downsample),
        "downsample": convolution.new_state(encoder.downsample, pad_mode="replicate"),
    }


def encode(
    ops: Ops, config: MimiConfig, params: Mimi, state: State, samples: Float32[Array, "samples"]
) -> tuple[Float32[Array, "frames inner_dim"], State]:
    """Samples `[frames * 1920]` to latents `[frames, inner_dim]`, the next of a prompt."""
    x, state = encode_features(ops, config, params, state, samples)
    return encode_latents(ops, config, params, state, x)


def encode_features(
    ops: Ops, config: MimiConfig, params: Mimi, state: State, samples: Float32[Array, "samples"]
) -> tuple[Float32[Array, "time dimension"], State]:
    """The first half of `encode`: SEANet."""
    x, pasts = seanet.seanet(ops, params.encoder.seanet, state["seanet"], samples[:, None])
    return x, {**state, "seanet": pasts}


def encode_latents(
    ops: Ops, config: MimiConfig, params: Mimi, state: State, x: Float32[Array, "time dimension"]
) -> tuple[Float32[Array, "frames inner_dim"], State]:
    """The second half of `encode`: the transformer, and the way down to frames."""
    encoder = params.encoder
    x, cache = _projected(ops, config.transformer, encoder.transformer, state["transformer"], x)
    latents, past = convolution.conv(
        ops, encoder.downsample, None, state["downsample"], x, config.downsample_stride
    )
    return latents, {**state, "transformer": cache, "downsample": past}


def whole_frames(
    config: MimiConfig, samples: Float32[Array, "samples"]
) -> Float32[Array, "padded_samples"]:
    """Samples with zeros to the end of their last frame."""
    xp = samples.__array_namespace__()
    missing = -samples.shape[0] % config.samples_per_frame
    return xp.concat([samples, xp.zeros((missing,), dtype=samples.dtype)])


def _projected(
    ops: Ops,
    config: MimiTransformerConfig,
    params: Projected,
    state: State,
    x: Float32[Array, "time input_dimension"],
) -> tuple[Float32[Array, "time output_dimension"], State]:
    if params.input is not None:
        x = ops.linear(x, params.input)
    x, state = transformer.transformer(ops, config, params.layers, state, x)
    if params.output is not None:
        x = ops.linear(x, params.output)
    return x, state
