"""Log-mel spectra of waveforms, for the autoencoder and as a training loss."""

import math
from functools import lru_cache

import torch
from torch import Tensor

RATE = 24000


@lru_cache
def mel_matrix(size: int, bands: int) -> Tensor:
    """Triangular filters `[size // 2 + 1, bands]`, evenly spaced in mel, of unit peak."""

    def to_mel(hz: Tensor) -> Tensor:
        return 2595 * torch.log10(1 + hz / 700)

    edges = torch.linspace(0.0, float(to_mel(torch.tensor(RATE / 2))), bands + 2)
    mels = to_mel(torch.linspace(0, RATE / 2, size // 2 + 1))[:, None]
    up = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(up, down).clamp(min=0)
    return filters / filters.sum(0).clamp(min=1e-6).sqrt()


@lru_cache
def window(size: int) -> Tensor:
    """The analysis window."""
    return torch.hann_window(size)


def waves(audio: Tensor, size: int, hop: int) -> Tensor:
    """Complex spectra `[batch, bins, frames]` of audio `[batch, samples]`, scaled to the window."""
    spec = torch.stft(
        audio, size, hop, window=window(size), center=True, pad_mode="constant", return_complex=True
    )
    return spec / math.sqrt(size)


def magnitude(spec: Tensor) -> Tensor:
    """Of complex numbers; its gradient is finite at zero."""
    return torch.sqrt(spec.real.square() + spec.imag.square() + 1e-12)


def spectrum(audio: Tensor, size: int, hop: int) -> Tensor:
    """Magnitudes `[batch, bins, frames]` of audio `[batch, samples]`, scaled to the window."""
    return magnitude(waves(audio, size, hop))


def log_mel(audio: Tensor, size: int = 1024, hop: int = 240, bands: int = 96) -> Tensor:
    """Natural-log mel magnitudes `[batch, bands, frames]`."""
    return torch.log(mel_matrix(size, bands).T @ spectrum(audio, size, hop) + 1e-4)
