"""`pitch.voicing` on the training's device: the same numbers, many seconds of speech at once."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from training.data import pitch
from training.data.spoken import FRAME, RATE

AT_ONCE = 4096  # windows: 130 MB of spectra


@lru_cache
def tables() -> tuple[Tensor, Tensor, Tensor]:
    """Taper, lags, and what the taper alone does to the autocorrelation at those lags."""
    taper = np.hanning(pitch.WINDOW)
    lags = np.arange(int(RATE / pitch.HIGHEST) - 1, int(RATE / pitch.LOWEST) + 2)
    full = pitch.autocorrelation(taper)
    device = torch.get_default_device()
    parts = (taper, lags, full[lags] / full[0])
    return tuple(torch.tensor(x, device=device) for x in parts)  # type: ignore[return-value]


def periods(pieces: Tensor) -> tuple[Tensor, Tensor]:
    """Frequency in Hz and periodicity 0 to 1 of windows `[n, WINDOW]` (see pitch.periods)."""
    taper, lags, expected = tables()
    power = torch.fft.rfft(pieces * taper, 4096).abs().square()
    power[:, round(pitch.TOP * 4096 / RATE) :] = 0
    found = torch.fft.irfft(power)
    normal = found[:, lags] / (found[:, :1] + 1e-9) / expected
    normal = normal - 0.12 * (lags / lags[0]).log2() / (lags[-1] / lags[0]).log2()
    middle = normal[:, 1:-1]
    peak = (middle >= normal[:, :-2]) & (middle > normal[:, 2:])
    best = torch.where(peak, middle, -1.0).argmax(1, keepdim=True) + 1
    left, top, right = (normal.gather(1, best + i)[:, 0] for i in (-1, 0, 1))
    bend = left - 2 * top + right
    safe = torch.where(bend == 0, 1.0, bend)
    shift = torch.where(bend.abs() > 1e-9, 0.5 * (left - right) / safe, 0.0).clamp(-0.5, 0.5)
    loud = pieces.square().mean(1).sqrt() > pitch.QUIET
    return RATE / (lags[best[:, 0]] + shift), torch.where(loud, top.clamp(0, 1), 0.0)


def voicing(audio: Tensor, motion: int) -> Tensor:
    """Float32 `[frames, 2 + motion]` of whole frames of audio `[samples]` (see pitch.voicing)."""
    frames = len(audio) // FRAME
    half = pitch.WINDOW // 2
    padded = torch.nn.functional.pad(audio.double(), (half, half))
    # a window around the end of each hop
    pieces = padded.unfold(0, pitch.WINDOW, pitch.HOP)[1 : 1 + frames * FRAME // pitch.HOP]
    told = [periods(rows) for rows in pieces.split(AT_ONCE)]
    hertz, height = (torch.cat(parts) for parts in zip(*told, strict=True))
    voiced = ((height - 0.45) / 0.3).clamp(0, 1).reshape(frames, -1)
    pitches = ((hertz.log() - float(pitch.MIDDLE)) / pitch.SPREAD).reshape(frames, -1)
    zero = torch.zeros(1, dtype=voiced.dtype)
    earlier = torch.cat([zero, voiced[:-1, -1]])[:, None]
    weight = torch.cat([earlier / 2, voiced[:, :-1], voiced[:, -1:] / 2], dim=1)
    passed = torch.cat([torch.cat([zero, pitches[:-1, -1]])[:, None], pitches], dim=1)
    mean = (weight * passed).sum(1) / (weight.sum(1) + 0.1)
    apart = (pitches - mean[:, None]) * pitch.SPREAD / pitch.MOVED
    moved = voiced * apart.clamp(-pitch.FURTHEST, pitch.FURTHEST)
    told = [mean[:, None], voiced.mean(1)[:, None], moved[:, pitch.places(motion)]]
    return torch.cat(told, dim=1).float()
