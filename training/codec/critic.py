"""The critic of the adversarial training: does this sound like the teacher, or like the decoder?

Small networks that each look at the waveform in another way: folded at a period (after HiFi-GAN,
Kong et al. 2020) or as a spectrum (after UnivNet, Jang et al. 2021).
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from training.codec.mel import spectrum

SLOPE = 0.1
LOUDNESS = 10.0  # speech to about unit variance
Opinion = tuple[Tensor, list[Tensor]]
"""Scores, 1 for real and 0 for made, and the features on the way to them."""


class View(nn.Module):
    """Convolutions over one picture of the waveform."""

    def __init__(self, layers: Sequence[nn.Conv2d]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)
        self.last = weight_norm(nn.Conv2d(layers[-1].out_channels, 1, 3, padding=1))

    def picture(self, audio: Tensor) -> Tensor:
        """Audio `[batch, samples]` as `[batch, 1, height, width]`."""
        raise TypeError("a view says how it looks")

    def forward(self, audio: Tensor) -> Opinion:
        x, features = self.picture(audio), []
        with torch.autocast("cpu", torch.bfloat16):
            for layer in self.layers:
                x = F.leaky_relu(layer(x), SLOPE)
                features.append(x)
            return self.last(x).float(), features


class Folded(View):
    """The waveform in rows of one period."""

    def __init__(self, period: int, width: int) -> None:
        widths = [1, width, 2 * width, 4 * width, 8 * width]
        layers = [
            nn.Conv2d(a, b, (5, 1), (3, 1), padding=(2, 0)) for a, b in itertools.pairwise(widths)
        ]
        super().__init__([*layers, nn.Conv2d(widths[-1], widths[-1], (5, 1), padding=(2, 0))])
        self.period = period

    def picture(self, audio: Tensor) -> Tensor:
        """See View."""
        whole = F.pad(LOUDNESS * audio, (0, -audio.shape[-1] % self.period))
        return whole.unflatten(-1, (-1, self.period))[:, None]


class Spectral(View):
    """The magnitudes of a short-time Fourier transform."""

    def __init__(self, size: int, width: int) -> None:
        strided = [
            nn.Conv2d(a, width, (9, 3), (2, 1), padding=(4, 1)) for a in (1, width, width, width)
        ]
        super().__init__([*strided, nn.Conv2d(width, width, 3, padding=1)])
        self.size = size

    def picture(self, audio: Tensor) -> Tensor:
        """See View."""
        return (spectrum(audio, self.size, self.size // 4) + 1e-4).log()[:, None] * 0.3 + 1.0


class Critic(nn.Module):
    """Several views, of which each step asks some."""

    def __init__(self, periods: Sequence[int], sizes: Sequence[int], width: int) -> None:
        super().__init__()
        self.folded = nn.ModuleList(Folded(period, width) for period in periods)
        self.spectral = nn.ModuleList(Spectral(size, width) for size in sizes)

    def asked(self, step: int, folded: int) -> list[View]:
        """This step's views: `folded` of one kind and one of the other, in turns."""
        first = step * folded
        chosen = [self.folded[(first + i) % len(self.folded)] for i in range(folded)]
        return [*chosen, self.spectral[step % len(self.spectral)]]


def critic_loss(views: list[View], real: Tensor, made: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Least squares: real sound to 1, made sound to 0."""
    loss = torch.zeros(())
    right = torch.zeros(())
    for view in views:
        a, b = view(real)[0], view(made)[0]
        loss = loss + (a - 1).square().mean() + b.square().mean()
        right = right + ((a > 0.5).float().mean() + (b < 0.5).float().mean()) / (2 * len(views))
    return loss, {"right": right}


def maker_loss(views: list[View], real: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """How far made sound is from passing as real, and from real sound's features."""
    passing, features = torch.zeros(()), torch.zeros(())
    for view in views:
        with torch.no_grad():
            _, wanted = view(real)
        scores, found = view(made)
        passing = passing + (scores - 1).square().mean()
        gaps = [
            ((a - b).abs().mean() / a.abs().mean()).float()
            for a, b in zip(wanted, found, strict=True)
        ]
        features = features + sum(gaps) / len(gaps)
    return passing / len(views), features / len(views)
