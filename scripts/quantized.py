"""What weights in fewer bytes cost: signal-to-noise of int8 and bf16 against float32.

    python scripts/quantized.py                 # the embedded model and voice

Latents are teacher forced: each implementation is fed the float32 model's latents, with the same
noise, so that one frame's error is not the next one's beginning. The sound is decoded from
float32's latents (the decoder alone) and from each one's own (all of it).
"""

import argparse

import numpy as np

import ptts_np
from ptts_np.loading import Model
from ptts_np.model import flow_head, flow_lm, mimi

TEXT = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all."
FRAMES = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="default: the embedded one")
    parser.add_argument("--voice", help="default: the model's first")
    parser.add_argument("--backend", default="rust")
    options = parser.parse_args()
    kinds = (None, "bf16", "int8")
    models = {
        kind: ptts_np.load_model(options.model, backend=options.backend, quantize=kind)
        for kind in kinds
    }
    exact = models[None]
    forced = write(exact, options.voice, None)
    sound = decode(exact, forced)
    print(f"{exact.name}, {options.backend}, {FRAMES} frames; signal to noise in dB")
    print(f"{'weights':8} {'latents':>8} {'sound, decoder':>15} {'sound, all':>11}")
    for kind in kinds[1:]:
        latents = write(models[kind], options.voice, forced)
        of_decoder, of_all = decode(models[kind], forced), decode(models[kind], latents)
        print(
            f"{kind:8} {ratio(forced, latents):8.1f} {ratio(sound, of_decoder):15.1f} "
            f"{ratio(sound, of_all):11.1f}"
        )


def write(model: Model, voice: str | None, forced: np.ndarray | None) -> np.ndarray:
    """Latents `[frames, latent]`; each from the forced one before it, where there are those."""
    ops, config, params = model.ops, model.config.flow_lm, model.params.flow_lm
    text = model.pronounce(TEXT).text if model.pronounce else TEXT
    tokens = np.array(model.tokenizer.encode(text), np.int64)
    state = flow_lm.copy_state(ptts_np.load_voice(model, voice), spare=len(tokens) + FRAMES)
    _, state = flow_lm.prefill(ops, config, params, state, flow_lm.embed_text(ops, params, tokens))
    times = flow_head.time_embeddings(ops, config.flow, params.flow_net, 1)
    rng, latents, latent = np.random.default_rng(0), [], params.bos_emb[None].copy()
    for frame in range(FRAMES):
        noise = rng.standard_normal((1, model.config.latent_dim), np.float32)
        noise *= np.float32(model.config.default_temperature**0.5)
        latent, _, (state,) = flow_lm.step(ops, config, params, [state], latent, noise, times)
        latents.append(latent)
        if forced is not None:
            latent = forced[frame : frame + 1]
    return np.concatenate(latents)


def decode(model: Model, latents: np.ndarray) -> np.ndarray:
    """Samples of the latents, in groups as a stream has them."""
    config, params, own = model.config.mimi, model.params.mimi, model.params.flow_lm
    state, samples = mimi.decoder_state(config, params), []
    for start in range(0, FRAMES, 8):
        group = latents[start : start + 8] * own.emb_std + own.emb_mean
        piece, state = mimi.decode(model.ops, config, params, state, group)
        samples.append(piece)
    return np.concatenate(samples)


def ratio(exact: np.ndarray, other: np.ndarray) -> float:
    noise = exact.astype(np.float64) - other
    return 10 * float(np.log10(np.mean(exact.astype(np.float64) ** 2) / np.mean(noise**2)))


if __name__ == "__main__":
    main()
