"""Pitch of speech: of whole frames for the latents, and the phase at their ends to lock it."""

import numpy as np

from training.data.spoken import FRAME, RATE

SIZE = 2  # numbers a frame
HOP = 480
WINDOW = 1200  # samples the pitch is measured in
TURN = 600  # samples the phase is measured in
TOP = 900.0  # Hz: nothing above is looked at
LOWEST, HIGHEST = 65.0, 360.0  # Hz
VOICED = 0.55  # periodicity
QUIET = 0.004  # root mean square below which nothing is voiced
MIDDLE, SPREAD = np.log(150.0), 0.4  # of the pitch's logarithm, to about unit size


def windows(audio: np.ndarray, centres: np.ndarray, size: int) -> np.ndarray:
    """The `size` samples around each centre, zeros outside of the audio: `[centres, size]`."""
    padded = np.pad(audio.astype(np.float64), size // 2)
    return np.lib.stride_tricks.sliding_window_view(padded, size)[centres]


def autocorrelation(sound: np.ndarray, top: float = RATE) -> np.ndarray:
    """Of each row, of what is below `top` Hz."""
    power = np.abs(np.fft.rfft(sound, 4096)) ** 2
    power[..., round(top * 4096 / RATE) :] = 0
    return np.fft.irfft(power)


def periods(audio: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequency in Hz and periodicity 0 to 1 around each of the `centres`.

    The highest peak of the autocorrelation of what is below 900 Hz, shorter lags preferred
    (after Boersma 1993).
    """
    taper = np.hanning(WINDOW)
    pieces = windows(audio, centres, WINDOW)
    lags = np.arange(int(RATE / HIGHEST) - 1, int(RATE / LOWEST) + 2)
    found = autocorrelation(pieces * taper, TOP)
    full = autocorrelation(taper)
    normal = found[:, lags] / (found[:, :1] + 1e-9) / (full[lags] / full[0])
    normal = normal - 0.12 * np.log2(lags / lags[0]) / np.log2(lags[-1] / lags[0])
    peak = (normal[:, 1:-1] >= normal[:, :-2]) & (normal[:, 1:-1] > normal[:, 2:])
    best = np.where(peak, normal[:, 1:-1], -1.0).argmax(1) + 1
    row = np.arange(len(best))
    left, middle, right = (normal[row, best + i] for i in (-1, 0, 1))
    bend = left - 2 * middle + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(bend == 0, 1, bend), 0.0)
    loud = np.sqrt(np.mean(pieces**2, axis=1)) > QUIET
    height = np.where(loud, np.clip(middle, 0, 1), 0.0)
    return RATE / (lags[best] + np.clip(shift, -0.5, 0.5)), height


def phases(audio: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each frame's end: phase of the fundamental in radians, its frequency, whether voiced."""
    ends = np.arange(1, len(audio) // FRAME + 1) * FRAME
    hertz, height = periods(audio, ends)
    sounds = windows(audio, ends, TURN) * np.hanning(TURN)
    around = (np.arange(TURN) - TURN // 2) / RATE
    turn = (sounds * np.exp(-2j * np.pi * hertz[:, None] * around)).sum(1)
    return np.angle(turn), hertz, height > VOICED


def voicing(audio: np.ndarray) -> np.ndarray:
    """Float32 `[frames, 2]` of whole frames of audio: mean pitch, share that is voiced."""
    frames = len(audio) // FRAME
    ends = np.arange(1, frames * FRAME // HOP + 1) * HOP
    hertz, height = periods(audio, ends)
    voiced = np.clip((height - 0.45) / 0.3, 0, 1).reshape(frames, -1)
    pitches = ((np.log(hertz) - MIDDLE) / SPREAD).reshape(frames, -1)
    earlier = np.concatenate([np.zeros(1), voiced[:-1, -1]])[:, None]
    weight = np.concatenate([earlier / 2, voiced[:, :-1], voiced[:, -1:] / 2], axis=1)
    passed = np.concatenate([np.append(0, pitches[:-1, -1])[:, None], pitches], axis=1)
    mean = (weight * passed).sum(1) / (weight.sum(1) + 0.1)
    return np.stack([mean, voiced.mean(1)], axis=1).astype(np.float32)
