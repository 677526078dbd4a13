"""How well `align` finds the symbols: on recordings made by a teacher, whose durations are known.

Writes COUNT recordings in LJSpeech's layout (for trying `training.data.recordings`, too) and prints
how far the found starts are from the true ones.
"""

import json
from pathlib import Path

import numpy as np
import soundfile
import torch

from ptts_np.reading.read import read
from ptts_np.text.pronounce import load_lexicon, pronounce
from training.codec import autoencoder
from training.data import recordings
from training.data.spoken import LEAD, RATE
from training.data.teachers import teacher
from training.device import choose
from training.export.packaged import load_averaged
from training.judge.evaluate import texts
from training.settings import ASSETS, load, parser


def main() -> None:
    """Print the errors' median and 95th percentile in milliseconds."""
    flags = parser(__doc__)
    flags.add_argument("folder", type=Path)
    flags.add_argument("--teacher", default="heart")
    flags.add_argument("--count", type=int, default=20)
    args = flags.parse_args()
    settings = load(args)
    choose("cpu")
    analysis = autoencoder.build(settings)
    if not load_averaged(settings, "autoencoder", analysis):
        raise SystemExit("there is no analysis in the work folder yet: run training.codec.recover")
    voice, lexicon = teacher(settings, args.teacher), load_lexicon(ASSETS / "lexicon.gz")
    (args.folder / "wavs").mkdir(parents=True, exist_ok=True)
    rows, errors = [], []
    for i, text in enumerate(texts("development", args.count)):
        phonemes = pronounce(read(text).text, lexicon)
        audio, durations = voice.speak(phonemes, seed=i)
        path = args.folder / "wavs" / f"{i:04d}.wav"
        soundfile.write(path, audio, RATE)
        rows.append(f"{path.stem}|{text}")
        sound = recordings.sound_of(path)
        first, _ = recordings.begin_and_end(sound)
        with torch.no_grad():
            _, found = recordings.spoken(analysis, sound, phonemes)
        true = np.cumsum(durations)[:-2]
        heard = np.cumsum(found)[:-2] - LEAD + first
        errors.append(np.abs(heard - true)[1:] / RATE * 1000)
    (args.folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    off = np.concatenate(errors)
    figures = {"symbols": len(off), "median_ms": np.median(off), "p95_ms": np.percentile(off, 95)}
    print(json.dumps({k: round(float(v), 1) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
