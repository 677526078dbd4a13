"""How much of a voice is harmonics, band by band, and how much of that a frame's latents can tell.

In frames that are voiced throughout, harmonics whose strength and phase change evenly over a frame
are fitted to the sound. They turn with the pitch that the sound itself has (`own`), evenly (`mean`:
all that a mean pitch tells), or as the pitch at four points of the frame says (`motion`). Given are
the decibels of what they explain over what they leave; `chance` is what as many numbers explain of
noise.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data import pitch
from training.data.spoken import FRAME, RATE
from training.settings import ASSETS, load, parser

BANDS = ((300, 1000), (1000, 2000), (2000, 3000), (3000, 4000))  # Hz
EDGE = 50.0  # Hz beyond a band's edges from where a harmonic may glide into it
HOP = 120  # samples between two measurements of the phase
LEAP = 0.1  # of the pitch's logarithm between two: another octave, found by mistake
SINCE = np.arange(FRAME) / FRAME


@dataclass(frozen=True)
class Track:
    """Of a sound at every HOP: turns of the fundamental since the start, Hz, whether voiced."""

    turns: np.ndarray
    hertz: np.ndarray
    voiced: np.ndarray


def track(audio: np.ndarray) -> Track:
    """Follow the fundamental of float audio, -1 to 1."""
    at = np.arange(0, len(audio) // FRAME * FRAME + 1, HOP)
    phase, hertz, voiced = pitch.phases_at(audio, at)
    turns = phase / (2 * np.pi)
    for i in range(1, len(at)):
        guess = turns[i - 1] + HOP / RATE * (hertz[i] + hertz[i - 1]) / 2
        turns[i] += np.round(guess - turns[i])
    return Track(turns, hertz, voiced)


def told(latents: np.ndarray, before: float, whole: float) -> np.ndarray:
    """Turns since its start of each sample of a frame, as the pitch's latents tell them.

    Args:
        latents: of the frame, as `pitch.voicing` gives them.
        before: pitch in Hz at the end of the frame before.
        whole: turns of the whole frame.
    """
    points = np.exp(latents[0] * pitch.SPREAD + latents[2:] * pitch.MOVED + pitch.MIDDLE)
    if not len(points):
        return whole * SINCE
    hertz = np.interp(SINCE, np.linspace(0, 1, len(points) + 1), [before, *points])
    turns = np.cumsum(hertz) - hertz
    return turns * whole / (turns[-1] + hertz[-1])


def in_band(audio: np.ndarray, band: tuple[int, int]) -> np.ndarray:
    """What of a sound is in a band."""
    spectrum, at = np.fft.rfft(audio), np.fft.rfftfreq(len(audio), 1 / RATE)
    return np.fft.irfft(np.where((at >= band[0]) & (at < band[1]), spectrum, 0), len(audio))


def explained(frame: np.ndarray, turns: np.ndarray, band: tuple[int, int]) -> tuple[float, float]:
    """The shares of a frame's energy in a band that harmonics explain: of this sound, by chance."""
    hertz = (turns[-1] - turns[0]) * RATE / len(turns)
    numbers = np.arange(np.ceil((band[0] - EDGE) / hertz), (band[1] + EDGE) / hertz)
    angles = 2 * np.pi * numbers[:, None] * turns
    waves = np.concatenate([np.cos(angles), np.sin(angles)])
    basis, _ = np.linalg.qr(np.concatenate([waves * (1 - SINCE), waves * SINCE]).T)
    free = 2 * (band[1] - band[0]) * len(frame) / RATE
    return float(((basis.T @ frame) ** 2).sum() / (frame**2).sum()), basis.shape[1] / free


def measured(sounds: list[np.ndarray]) -> dict[str, list[float]]:
    """Decibels for each of BANDS of `own`, `mean`, `motion` and `chance`: medians of all frames."""
    rows: dict[str, list[list[float]]] = {k: [] for k in ("own", "mean", "motion", "chance")}
    each = FRAME // HOP
    for audio in sounds:
        found, latents = track(audio), pitch.voicing(audio, motion=pitch.QUARTERS)
        parts = [in_band(audio, band) for band in BANDS]
        for k in range(1, len(latents)):
            here = slice(k * each, (k + 1) * each + 1)
            steady = np.abs(np.diff(np.log(found.hertz[here]))).max() < LEAP
            if not (found.voiced[here].all() and steady):
                continue
            known = found.turns[here]
            whole = known[-1] - known[0]
            ways = {
                "own": np.interp(SINCE, np.linspace(0, 1, each + 1), known),
                "mean": told(latents[k, :2], found.hertz[here][0], whole),
                "motion": told(latents[k], found.hertz[here][0], whole),
            }
            frames = [x[k * FRAME : (k + 1) * FRAME] for x in parts]
            for name, turns in ways.items():
                pairs = [explained(x, turns, b) for x, b in zip(frames, BANDS, strict=True)]
                rows[name].append([share for share, _ in pairs])
            rows["chance"].append([chance for _, chance in pairs])
    if not rows["own"]:
        raise ValueError("no frame of these sounds is voiced throughout")
    medians = {name: np.median(shares, axis=0) for name, shares in rows.items()}
    return {k: [round(float(x), 1) for x in 10 * np.log10(v / (1 - v))] for k, v in medians.items()}


def main() -> None:
    """Print a line of figures for each speaker."""
    # imported here: measuring needs neither PyTorch nor the judges of evaluate
    from training.device import choose
    from training.judge.evaluate import LISTS, SPEAKERS, speaker, texts

    flags = parser(__doc__)
    flags.add_argument("speakers", nargs="+", choices=SPEAKERS)
    flags.add_argument("--list", default="development", choices=LISTS)
    flags.add_argument("--count", type=int, help="texts, evenly spread over the list")
    flags.add_argument("--folder", type=Path, default=ASSETS, help="of mini")
    flags.add_argument("--voice", default="clara", help="of mini, or its teacher's")
    args = flags.parse_args()
    settings = load(args)
    choose("cpu")
    for name in args.speakers:
        speak = speaker(name, settings, args.voice, args.folder, quantize=None)
        sounds = [speak(text).astype(np.float64) for text in texts(args.list, args.count)]
        print(json.dumps({"speaker": name, "bands": BANDS, **measured(sounds)}), flush=True)


if __name__ == "__main__":
    main()
