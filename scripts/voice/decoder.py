"""Stage 6: train Mimi's decoder to turn the stored latents into waveforms."""

import numpy as np
import torch
from torch import Tensor

from scripts.voice import data
from scripts.voice.mel import mel_matrix, spectrum
from scripts.voice.modelconfig import mimi_config
from scripts.voice.networks import Decoder
from scripts.voice.packaged import load_start
from scripts.voice.settings import Settings, load, parser
from scripts.voice.training import Trainer

SCALES = ((2048, 480, 128), (1024, 240, 96), (512, 120, 64), (256, 60, 32), (128, 30, 16))


class Corpus:
    """Utterances with their latents, long enough for a crop."""

    def __init__(self, settings: Settings, part: str, frames: int) -> None:
        self.frames = frames
        long_enough = [
            (u, latents)
            for u, latents in data.encoded(settings, part)
            if len(u.audio) >= frames * data.FRAME
        ]
        self.items = [(u.audio, latents) for u, latents in long_enough]
        self.mixture = data.Mixture(settings, [u.speaker for u, _ in long_enough])
        self.std = torch.from_numpy(np.concatenate([x for _, x in self.items]).std(0))

    def crops(self, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Latents `[size, frames, latent]` and their audio `[size, samples]`."""
        latents, waves = [], []
        for i in self.mixture.draw(size, rng):
            audio, rows = self.items[i]
            start = int(rng.integers(len(audio) // data.FRAME - self.frames + 1))
            latents.append(rows[start : start + self.frames])
            piece = audio[start * data.FRAME : (start + self.frames) * data.FRAME]
            waves.append(piece.astype(np.float32) / 32768.0)
        return torch.from_numpy(np.stack(latents)), torch.from_numpy(np.stack(waves))


def spectral_loss(made: Tensor, real: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Distances of log-mel and of log and plain magnitudes at several resolutions."""
    mel = log = plain = torch.zeros(())
    for size, hop, bands in SCALES:
        a, b = spectrum(made, size, hop), spectrum(real, size, hop)
        filters = mel_matrix(size, bands).T
        mel = mel + ((filters @ a + 1e-4).log() - (filters @ b + 1e-4).log()).abs().mean()
        log = log + ((a + 1e-3).log() - (b + 1e-3).log()).abs().mean()
        plain = plain + (a - b).norm() / b.norm()
    mel, log, plain = mel / len(SCALES), log / len(SCALES), plain / len(SCALES)
    return mel + 0.5 * log + 0.3 * plain, {"mel": mel, "log": log, "plain": plain}


def main() -> None:
    """Train until the minutes are spent."""
    settings = load(parser(__doc__).parse_args())
    torch.set_num_threads(1)
    cfg = settings["decoder"]
    corpus = Corpus(settings, "train", cfg["frames"])
    model = Decoder(mimi_config(settings))
    if cfg["go_on"]:
        load_start(settings, "recovered", model, "mimi.")
    trainer = Trainer(settings, "decoder", model, cfg)
    for step in trainer.steps():
        rng = np.random.default_rng((settings["seed"], step))
        latents, real = corpus.crops(cfg["batch"], rng)
        strength = cfg["noise"] * torch.rand(len(latents), 1, 1)
        noisy = latents + strength * corpus.std * torch.randn_like(latents)
        trainer.step(*spectral_loss(model(noisy), real))


if __name__ == "__main__":
    main()
