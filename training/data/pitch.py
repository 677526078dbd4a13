"""Pitch of speech: of whole frames for the latents, and the phase at their ends to lock it.

The latents tell a frame's mean pitch and the share of it that is voiced, and then, where `motion`
points are asked for, how far from that mean the pitch is at so many of its quarters' ends. A
harmonic above 1 kHz turns so often in 80 ms that the mean alone says nothing of its phase.
"""

import numpy as np

from training.data.spoken import FRAME, RATE

HOP = 480
QUARTERS = FRAME // HOP
WINDOW = 1200  # samples the pitch is measured in
TURN = 600  # samples the phase is measured in
TOP = 900.0  # Hz: nothing above is looked at
LOWEST, HIGHEST = 65.0, 360.0  # Hz
VOICED = 0.55  # periodicity
QUIET = 0.004  # root mean square below which nothing is voiced
MIDDLE, SPREAD = np.log(150.0), 0.4  # of the pitch's logarithm, to about unit size
MOVED = 0.05  # of the logarithm: a usual distance from a frame's mean
FURTHEST = 4.0  # times that; more is another octave, found by mistake


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
    return phases_at(audio, np.arange(1, len(audio) // FRAME + 1) * FRAME)


def phases_at(audio: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Around each of the `centres`: phase of the fundamental in radians, its Hz, whether voiced."""
    hertz, height = periods(audio, centres)
    sounds = windows(audio, centres, TURN) * np.hanning(TURN)
    around = (np.arange(TURN) - TURN // 2) / RATE
    turn = (sounds * np.exp(-2j * np.pi * hertz[:, None] * around)).sum(1)
    return np.angle(turn), hertz, height > VOICED


def places(motion: int) -> list[int]:
    """At which of a frame's quarters' ends its pitch is told, the last one among them.

    Raises:
        ValueError: so many are not evenly spread over the quarters.
    """
    if motion < 0 or (motion and QUARTERS % motion):
        raise ValueError(
            f"the pitch is told at 0, 1, 2 or {QUARTERS} points of a frame: not {motion}"
        )
    return [(i + 1) * QUARTERS // motion - 1 for i in range(motion)]


def size(motion: int) -> int:
    """Numbers of a frame that tell its pitch."""
    return 2 + len(places(motion))


def voicing(audio: np.ndarray, motion: int = 0) -> np.ndarray:
    """Float32 `[frames, 2 + motion]` of float audio, -1 to 1, of whole frames.

    The mean pitch (its logarithm's distance from MIDDLE, in SPREADs), the share that is voiced, and
    the distance from that mean at `motion` points (in MOVEDs; 0 where unvoiced).
    """
    frames = len(audio) // FRAME
    ends = np.arange(1, frames * FRAME // HOP + 1) * HOP
    hertz, height = periods(audio, ends)
    voiced = np.clip((height - 0.45) / 0.3, 0, 1).reshape(frames, -1)
    pitches = ((np.log(hertz) - MIDDLE) / SPREAD).reshape(frames, -1)
    earlier = np.concatenate([np.zeros(1), voiced[:-1, -1]])[:, None]
    weight = np.concatenate([earlier / 2, voiced[:, :-1], voiced[:, -1:] / 2], axis=1)
    passed = np.concatenate([np.append(0, pitches[:-1, -1])[:, None], pitches], axis=1)
    mean = (weight * passed).sum(1) / (weight.sum(1) + 0.1)
    apart = (pitches - mean[:, None]) * SPREAD / MOVED
    moved = voiced * np.clip(apart, -FURTHEST, FURTHEST)
    told = [mean[:, None], voiced.mean(1)[:, None], moved[:, places(motion)]]
    return np.concatenate(told, axis=1).astype(np.float32)
