"""Stages 4 and 6 again: learn an analysis for the decoder in the package, where its own is lost.

The autoencoder that made the latents is not part of the package. This learns another: first to say
what Mimi's encoder says, then whatever the decoder turns into the right sound, and at last both
together on all speakers, so that those the decoder does not know yet are heard. FlowLM and decoder
can go on from the package with the latents it gives.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from training.codec import autoencoder
from training.codec.decoder import spectra, spectral_loss
from training.data import pitch, spoken
from training.device import choose
from training.export.packaged import load_packaged
from training.modelconfig import flow_lm_config, latent_size, mimi_config
from training.networks import Decoder, Encoder, FlowLM, named
from training.settings import Settings, load, parser
from training.trainer import Trainer


def hand_over(settings: Settings, trainer: Trainer) -> None:
    """The averages of both parts: the analysis as stage 4 leaves it, the decoder for stage 6."""
    for part, name in (("autoencoder", "autoencoder"), ("decoder", "recovered")):
        named_here = {k: v for k, v in trainer.average.items() if k.startswith(f"{part}.")}
        average = {k.removeprefix(f"{part}."): v for k, v in named_here.items()}
        torch.save({"average": average}, settings.path("checkpoints", f"{name}.pt"))


def main() -> None:
    """Train until the minutes are spent."""
    settings = load(parser(__doc__).parse_args())
    choose()
    cfg = settings["recover"]
    mimi = mimi_config(settings)
    corpus = spoken.load(settings, "train")
    known = [u for u in corpus if u.speaker == cfg["known"]]
    encoder, decoder, analysis = Encoder(mimi), Decoder(mimi), autoencoder.build(settings)
    for half in (encoder, decoder):
        load_packaged(half, "mimi.")
    encoder.requires_grad_(False)
    flow = FlowLM(flow_lm_config(settings), latent_size(settings))
    load_packaged(flow, "flow_lm.")
    heard, motion = settings["model"]["heard"], settings["model"]["motion"]
    mean, std = flow.emb_mean[:heard], flow.emb_std[:heard]
    trainer = Trainer(
        settings, "recover", named(nn.Module(), autoencoder=analysis, decoder=decoder), cfg
    )
    for step in trainer.steps():
        together = trainer.seconds > 60 * cfg["alone_minutes"]
        decoder.requires_grad_(together)
        rng = np.random.default_rng((settings["seed"], step))
        audio, sounds = autoencoder.batch(
            corpus if together else known, cfg["batch"], cfg["frames"], rng
        )
        latents = analysis.encode(autoencoder.mel_of(audio))
        noisy = latents + cfg["noise"] * torch.rand(len(audio), 1, 1) * torch.randn_like(latents)
        sound = F.cross_entropy(
            analysis.sound(noisy).unflatten(-1, (2, -1)).flatten(0, 2), sounds.flatten()
        )
        scaled = ((latents - mean) / std).flatten(0, 1)
        size = scaled.mean(0).square().mean() + scaled.std(0).log().square().mean()
        loss, parts = cfg["sound"] * sound + cfg["size"] * size, {"sound": sound, "size": size}
        if step < cfg["near_steps"]:
            near = F.smooth_l1_loss(latents, encoder(audio)[..., :heard])
            loss, parts = loss + near, parts | {"near": near}
        else:
            told = np.stack([pitch.voicing(piece, motion) for piece in audio.cpu().numpy()])
            made = decoder(torch.cat([noisy, torch.from_numpy(told).to(noisy.device)], dim=-1))
            spectral, distances = spectral_loss(spectra(made), spectra(audio))
            loss, parts = loss + spectral, parts | distances
        trainer.step(loss, parts)
    hand_over(settings, trainer)


if __name__ == "__main__":
    main()
