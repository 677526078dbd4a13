"""The critic of the adversarial training: does this sound like the teacher, or like the decoder?

Small networks that each look at the waveform in another way: folded at a period (after HiFi-GAN,
Kong et al. 2020) or as a spectrum (after UnivNet, Jang et al. 2021). Each looks at real and at made
sound once a step; what it saw serves its own loss and the decoder's.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from training.codec.mel import magnitude, waves

SLOPE = 0.1
LOUDNESS = 10.0  # speech to about unit variance
ROOT = 0.7  # power of the magnitude that a complex number is divided by
Opinion = tuple[Tensor, list[Tensor]]
"""Scores, 1 for real and 0 for made, and the features on the way to them."""


class View(nn.Module):
    """Convolutions over one picture of the waveform."""

    def __init__(self, layers: Sequence[nn.Conv2d]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)
        self.last = weight_norm(nn.Conv2d(layers[-1].out_channels, 1, 3, padding=1))

    def picture(self, audio: Tensor) -> Tensor:
        """Audio `[batch, samples]` as `[batch, channels, height, width]`."""
        raise TypeError("a view says how it looks")

    def look(self, x: Tensor) -> Opinion:
        """The opinion of a picture, in bf16."""
        features = []
        # weights are cast anew in each look: a cached cast would outlive a CUDA graph's capture
        with torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False):
            for layer in self.layers:
                # as tensor cores take it
                x = x.contiguous(memory_format=torch.channels_last)
                x = F.leaky_relu(layer(x), SLOPE)
                features.append(x)
            return self.last(x).float(), features

    def forward(self, audio: Tensor) -> Opinion:
        return self.look(self.picture(audio))


class Folded(View):
    """The waveform in rows of one period."""

    def __init__(self, period: int, width: int) -> None:
        widths = [1, width, 4 * width, 8 * width, 16 * width]
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
    """A short-time Fourier transform: logarithms of magnitudes, and the numbers brought nearer."""

    def __init__(self, size: int, width: int) -> None:
        strided = [
            nn.Conv2d(a, width, (9, 3), (2, 1), padding=(4, 1)) for a in (3, width, width, width)
        ]
        super().__init__([*strided, nn.Conv2d(width, width, 3, padding=1)])
        self.size = size

    def picture(self, audio: Tensor) -> Tensor:
        """See View."""
        spec = waves(audio, self.size, self.size // 4)
        size = magnitude(spec)
        nearer = torch.view_as_real(spec).movedim(-1, 1) / (size + 1e-4).pow(ROOT)[:, None]
        return torch.cat([(size + 1e-4).log()[:, None] * 0.3 + 1.0, nearer], dim=1)


class Critic(nn.ModuleList):
    """Several views, of which each step asks some."""

    def __init__(self, periods: Sequence[int], sizes: Sequence[int], width: int) -> None:
        folded = [Folded(period, width) for period in periods]
        super().__init__([*folded, *(Spectral(size, width) for size in sizes)])

    def asked(self, step: int, count: int) -> list[View]:
        """This step's `count` views, in turns; 0 asks all of them."""
        if not count:
            return list(self)
        # a step that shares no factor with their number visits the two kinds mixed
        stride = next(n for n in (4, 5, 3, 1) if math.gcd(n, len(self)) == 1)
        return [self[(step * count + i) * stride % len(self)] for i in range(count)]


@dataclass(frozen=True)
class Looks:
    """What the views that were asked think of real and of made sound."""

    real: list[Opinion]
    made: list[Opinion]


def look(views: Sequence[View], real: Tensor, made: Tensor) -> Looks:
    """Ask each view once about each sound `[batch, samples]`."""
    return Looks([view(real) for view in views], [view(made) for view in views])


def critic_loss(looks: Looks) -> tuple[Tensor, Tensor]:
    """Least squares of real sound to 1 and made sound to 0; the share of scores that are right."""
    pairs = [(a, b) for (a, _), (b, _) in zip(looks.real, looks.made, strict=True)]
    losses = [(a - 1).square().mean() + b.square().mean() for a, b in pairs]
    right = [((a > 0.5).float().mean() + (b < 0.5).float().mean()) / 2 for a, b in pairs]
    return torch.stack(losses).sum(), torch.stack(right).mean()


def maker_loss(looks: Looks) -> tuple[Tensor, Tensor]:
    """How far made sound is from passing as real, and from real sound's features."""
    passing = torch.stack([(scores - 1).square().mean() for scores, _ in looks.made]).mean()
    gaps = []
    for (_, wanted), (_, found) in zip(looks.real, looks.made, strict=True):
        for real, made in zip(wanted, found, strict=True):
            aim, size = real.detach(), torch.float32
            gap = (aim - made).abs().mean(dtype=size) / aim.abs().mean(dtype=size)
            gaps.append(gap / len(wanted))
    return passing, torch.stack(gaps).sum() / len(looks.real)
