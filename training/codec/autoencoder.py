"""Stage 4: a small log-mel autoencoder whose latents the other parts are trained on.

`train` learns it, `encode` stores its latents and the pitch's of the whole corpus
(latents/SPEAKER/NNN.npy).
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.codec.mel import log_mel
from training.codec.voicing import voicing
from training.data import spoken
from training.device import choose
from training.export.packaged import load_averaged
from training.settings import Settings, load, parser
from training.trainer import Trainer


class Residual(nn.Module):
    """Two convolutions around a GELU, added to their input; causal when asked."""

    def __init__(self, width: int, kernel: int, causal: bool = False) -> None:
        super().__init__()
        self.pad = (kernel - 1, 0) if causal else ((kernel - 1) // 2, kernel // 2)
        self.norm = nn.GroupNorm(1, width)
        self.conv1 = nn.Conv1d(width, 2 * width, kernel)
        self.conv2 = nn.Conv1d(2 * width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.gelu(self.conv1(F.pad(self.norm(x), self.pad))))


class Autoencoder(nn.Module):
    """Log-mel `[batch, bands, 8 n]` to latents `[batch, n, size]` and back."""

    def __init__(self, bands: int, width: int, size: int) -> None:
        super().__init__()
        half = width // 2
        self.encoder = nn.Sequential(
            nn.Conv1d(bands, half, 3, padding=1),
            nn.GELU(),
            nn.Conv1d(half, half, 4, stride=2, padding=1),
            nn.GELU(),
            nn.Conv1d(half, width, 4, stride=2, padding=1),
            nn.GELU(),
            nn.Conv1d(width, width, 4, stride=2, padding=1),
            Residual(width, 1),
            Residual(width, 1),
            nn.Conv1d(width, size, 1),
        )
        self.inner = nn.Conv1d(size, width, 1)
        self.causal = nn.Sequential(Residual(width, 3, True), Residual(width, 3, True))
        self.decoder = nn.Sequential(
            nn.ConvTranspose1d(width, width, 2, stride=2),
            nn.GELU(),
            nn.ConvTranspose1d(width, half, 2, stride=2),
            Residual(half, 3),
            nn.ConvTranspose1d(half, half, 2, stride=2),
            Residual(half, 3),
            nn.Conv1d(half, bands, 1),
        )
        self.sound = nn.Linear(size, 2 * len(spoken.SYMBOLS))

    def encode(self, mel: Tensor) -> Tensor:
        return self.encoder((mel + 4.0) / 3.0).transpose(1, 2)

    def decode(self, latents: Tensor) -> Tensor:
        return self.decoder(self.causal(self.inner(latents.transpose(1, 2)))) * 3.0 - 4.0


def mel_of(audio: Tensor) -> Tensor:
    """Log-mel of a whole number of latents."""
    return log_mel(audio)[..., : audio.shape[-1] // 240]


def batch(
    corpus: list[spoken.Utterance], size: int, frames: int, rng: np.random.Generator
) -> tuple:
    """Random pieces: audio `[size, samples]` and the symbols heard in each half of a frame."""
    audio = np.zeros((size, frames * spoken.FRAME), np.float32)
    sounds = np.zeros((size, frames, 2), np.int64)
    halves = np.arange(frames * 2) * (spoken.FRAME // 2) + spoken.FRAME // 4
    for row in range(size):
        u = corpus[rng.integers(len(corpus))]
        start = int(rng.integers(max(1, u.frames - frames + 1))) * spoken.FRAME
        piece = u.audio[start : start + audio.shape[1]]
        audio[row, : len(piece)] = piece / 32768.0
        heard = [spoken.INDEX[u.text[i]] for i in u.symbol_at(halves + start)]
        sounds[row] = np.where(halves + start < len(u.audio), heard, 0).reshape(frames, 2)
    device = torch.get_default_device()
    return torch.from_numpy(audio).to(device), torch.from_numpy(sounds).to(device)


def loss_of(model: Autoencoder, audio: Tensor, sounds: Tensor, cfg: dict) -> tuple[Tensor, dict]:
    """The training loss and its parts."""
    mel = mel_of(audio)
    latents = model.encode(mel)
    noisy = latents + cfg["noise"] * torch.randn_like(latents)
    again = model.decode(noisy)
    spectral = F.l1_loss(again, mel) + F.l1_loss(again.diff(dim=1), mel.diff(dim=1))
    spectral = spectral + F.l1_loss(again.diff(dim=2), mel.diff(dim=2))
    logits = model.sound(noisy).unflatten(-1, (2, -1))
    sound = F.cross_entropy(logits.flatten(0, 2), sounds.flatten())
    size = latents.square().mean()
    smooth = latents.diff(dim=1).square().mean()
    loss = spectral + cfg["sound"] * sound + cfg["size"] * size + cfg["smooth"] * smooth
    parts = {"mel": F.l1_loss(again, mel), "sound": sound, "size": size, "smooth": smooth}
    return loss, parts


def build(settings: Settings) -> Autoencoder:
    """An untrained autoencoder."""
    cfg = settings["autoencoder"]
    return Autoencoder(cfg["bands"], cfg["width"], settings["model"]["heard"])


def train(settings: Settings) -> None:
    """Learn the autoencoder."""
    cfg = settings["autoencoder"]
    model = build(settings)
    trainer = Trainer(settings, "autoencoder", model, cfg)
    corpus = spoken.load(settings, "train")
    for step in trainer.steps():
        rng = np.random.default_rng((settings["seed"], step))
        audio, sounds = batch(corpus, cfg["batch"], cfg["frames"], rng)
        trainer.step(*loss_of(model, audio, sounds, cfg))


@torch.no_grad()
def latents_of(model: Autoencoder, audio: Tensor, motion: int) -> Tensor:
    """Float32 `[frames, latent]` of whole frames of audio: the autoencoder's, then the pitch's."""
    return torch.cat([model.encode(mel_of(audio[None]))[0], voicing(audio, motion)], dim=1)


@torch.no_grad()
def encode_shard(settings: Settings, model: Autoencoder, shard: spoken.Shard) -> None:
    """Store the latents of a shard's utterances."""
    device, motion = torch.get_default_device(), settings["model"]["motion"]
    found = []
    for u in spoken.load_shard(settings, shard):
        audio = np.zeros(u.frames * spoken.FRAME, np.float32)
        audio[: len(u.audio)] = u.audio / 32768.0
        found.append(latents_of(model, torch.from_numpy(audio).to(device), motion).cpu().numpy())
    spoken.write_rows(settings, shard, "latents", found)


def trained(settings: Settings) -> Autoencoder:
    """The analysis in the work folder.

    Raises:
        FileNotFoundError: there is none.
    """
    model = build(settings)
    if not load_averaged(settings, "autoencoder", model.eval()):
        raise FileNotFoundError("there is no autoencoder in the work folder: train or recover it")
    return model


def encode(settings: Settings, part: int, parts: int) -> None:
    """Store the latents of every utterance, shard by shard (this process's share of them)."""
    model = trained(settings)
    shards = spoken.shards(settings, "dev") + spoken.shards(settings, "train")
    for shard in shards[part::parts]:
        if not spoken.has(settings, shard, "latents"):
            encode_shard(settings, model, shard)
            print(f"{shard.speaker} {shard.number:03d}", flush=True)


def main() -> None:
    """Train, or encode the corpus."""
    flags = parser(__doc__)
    flags.add_argument("action", choices=["train", "encode"])
    flags.add_argument("--part", type=int, default=0)
    flags.add_argument("--parts", type=int, default=1)
    args = flags.parse_args()
    choose()
    if args.action == "train":
        train(load(args))
    else:
        encode(load(args), args.part, args.parts)


if __name__ == "__main__":
    main()
