"""Stage 6: train Mimi's decoder to turn the stored latents into waveforms."""

import numpy as np
import torch
from torch import Tensor

from training.codec.mel import RATE, magnitude, mel_matrix, waves
from training.data import spoken
from training.device import choose
from training.export.packaged import load_start
from training.modelconfig import mimi_config
from training.networks import Decoder
from training.settings import Settings, load, parser
from training.trainer import Trainer

SCALES = ((2048, 480, 128), (1024, 240, 96), (512, 120, 64), (256, 60, 32), (128, 30, 16))


class Corpus:
    """Utterances with their latents, long enough for a crop."""

    def __init__(self, settings: Settings, part: str, frames: int) -> None:
        self.frames = frames
        long_enough = [
            (u, latents)
            for u, latents in spoken.encoded(settings, part)
            if len(u.audio) >= frames * spoken.FRAME
        ]
        locked = settings["speech"]["locked"]
        self.items = [(u.audio, latents, u.speaker in locked) for u, latents in long_enough]
        self.mixture = spoken.Mixture(
            settings["decoder"]["share"], [u.speaker for u, _ in long_enough]
        )
        self.std = torch.from_numpy(np.concatenate([x for _, x, _ in self.items]).std(0)).to(
            torch.get_default_device()
        )

    def crops(self, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Latents `[size, frames, latent]`, their audio `[size, samples]`, and which are locked."""
        latents, pieces, locked = [], [], []
        for i in self.mixture.draw(size, rng):
            audio, rows, known = self.items[i]
            start = int(rng.integers(len(audio) // spoken.FRAME - self.frames + 1))
            latents.append(rows[start : start + self.frames])
            piece = audio[start * spoken.FRAME : (start + self.frames) * spoken.FRAME]
            pieces.append(piece.astype(np.float32) / 32768.0)
            locked.append(known)
        device = torch.get_default_device()
        stacked = [torch.from_numpy(np.stack(x)).to(device) for x in (latents, pieces)]
        return stacked[0], stacked[1], torch.tensor(locked)


def spectra(sound: Tensor) -> list[Tensor]:
    """The complex spectra of audio `[batch, samples]` at several resolutions."""
    return [waves(sound, size, hop) for size, hop, _ in SCALES]


def spectral_loss(made: list[Tensor], real: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """Distances of log-mel and of log and plain magnitudes of `spectra`."""
    mel = log = plain = torch.zeros(())
    for (size, _, bands), x, y in zip(SCALES, made, real, strict=True):
        a, b = magnitude(x), magnitude(y)
        filters = mel_matrix(size, bands).T
        mel = mel + ((filters @ a + 1e-4).log() - (filters @ b + 1e-4).log()).abs().mean()
        log = log + ((a + 1e-3).log() - (b + 1e-3).log()).abs().mean()
        plain = plain + (a - b).norm() / b.norm()
    mel, log, plain = mel / len(SCALES), log / len(SCALES), plain / len(SCALES)
    return mel + 0.5 * log + 0.3 * plain, {"mel": mel, "log": log, "plain": plain}


def phase_loss(made: list[Tensor], real: list[Tensor], rows: Tensor, below: float) -> Tensor:
    """How far the phases of these rows of `spectra` are apart `below` Hz: 0 to 1 (by chance).

    Of phases alone: a distance of the waves is least where what can't be foretold is silent.
    """
    distance = torch.zeros(())
    if not len(rows):
        return distance
    for (size, _, _), a, b in zip(SCALES, made, real, strict=True):
        low = slice(1, 1 + int(size * below / RATE))
        x, y = a[:, low].index_select(0, rows), b[:, low].index_select(0, rows)
        weight = magnitude(y).sqrt()
        agreement = (x * y.conj()).real / (magnitude(x) * magnitude(y) + 1e-5)
        distance = distance + (weight * (1 - agreement)).sum() / weight.sum()
    return distance / len(SCALES)


def main() -> None:
    """Train until the minutes are spent."""
    settings = load(parser(__doc__).parse_args())
    choose()
    cfg = settings["decoder"]
    corpus = Corpus(settings, "train", cfg["frames"])
    model = Decoder(mimi_config(settings))
    if cfg["go_on"]:
        load_start(settings, "recovered", model, "mimi.")
    spread = cfg["noise"] * corpus.std
    spread[settings["model"]["heard"] :] *= cfg["pitch_noise"]
    trainer = Trainer(settings, "decoder", model, cfg)
    for step in trainer.steps():
        rng = np.random.default_rng((settings["seed"], step))
        latents, real, locked = corpus.crops(cfg["batch"], rng)
        strength = spread * torch.rand(len(latents), 1, 1)
        noisy = latents + strength * torch.randn_like(latents)
        made, aim = spectra(model(noisy)), spectra(real)
        loss, parts = spectral_loss(made, aim)
        in_step = phase_loss(made, aim, locked.nonzero()[:, 0], cfg["in_step_below"])
        trainer.step(loss + cfg["in_step"] * in_step, parts | {"in_step": in_step})


if __name__ == "__main__":
    main()
