"""Stage 10: speak held-out texts and measure words understood, sound and endings.

`mini` (an exported folder, through ptts_np), `codec` (real latents through the decoder), `teacher`
(its audio) and `hibari` (the teacher as published) say which part limits the whole. Any number of
them are judged side by side, on the same texts and at one loudness.
"""

import json
import logging
import time
from pathlib import Path

import numpy as np
import soundfile

from training.data import spoken
from training.device import choose
from training.judge.hearing import Listener, word_error_rate
from training.judge.scores import quality
from training.judge.voices import Speaker, codec, hibari, mini, teacher
from training.settings import ASSETS, HERE, Settings, load, parser

LISTS = ["test", "development", "passages", "short", "long"]
SPEAKERS = ["mini", "codec", "teacher", "hibari"]


class Endless(logging.Handler):
    """Counts the engine's warnings that a text did not end."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        self.count += 1


def texts(name: str, count: int | None) -> list[str]:
    """A list's lines, or `count` of them evenly spread."""
    lines = (HERE / "judge" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    count = min(count or len(lines), len(lines))
    return [lines[i * len(lines) // count] for i in range(count)]


def judged(
    speak: Speaker, chosen: list[str], listener: Listener, keep: Path | None, brief: bool
) -> dict[str, float]:
    """The figures of one speaker; sounds are written into `keep` if it is given."""
    endless = Endless()
    log = logging.getLogger("ptts_np")
    log.addHandler(endless)
    found, rated, seconds, spent = [], [], 0.0, 0.0
    for i, text in enumerate(chosen):
        started = time.perf_counter()
        audio = speak(text)
        spent += time.perf_counter() - started
        seconds += len(audio) / spoken.RATE
        heard = listener.hear(audio, text)
        found.append(heard)
        rated.append(quality(audio))
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            soundfile.write(keep / f"{i:02d}.flac", audio, spoken.RATE)
        if not brief:
            print(f"{heard.errors[0]:2d}  {text}\n    {heard.written}", flush=True)
    log.removeHandler(endless)
    return {
        "sentences": len(found),
        "wer": round(word_error_rate(found), 4),
        "longest_slip": max(h.longest_slip for h in found),
        "perfect": sum(h.errors[0] == 0 for h in found),
        **{k: round(float(np.mean([r[k] for r in rated])), 3) for k in rated[0]},
        "endless": endless.count,
        "seconds": round(seconds, 1),
        "times_real_time": round(seconds / spent, 1),
    }


def speaker(name: str, settings: Settings, voice: str, folder: Path, **options: object) -> Speaker:
    """One of SPEAKERS; those that aren't `mini` stand for the teacher of its voice."""
    voices = settings["export"]["voices"]
    if voice not in voices:
        raise SystemExit(f"no voice {voice!r} in the settings; there are {', '.join(voices)}")
    person = voices[voice]["speaker"]
    match name:
        case "mini":
            return mini(folder, voice, **options)  # type: ignore[arg-type]
        case "codec":
            return codec(settings, person)
        case "teacher":
            return teacher(settings, person)
    return hibari(settings, person)


def main() -> None:
    """Print each sentence as it was heard, and a line of figures for each speaker."""
    flags = parser(__doc__)
    flags.add_argument("speakers", nargs="+", choices=SPEAKERS)
    flags.add_argument("--list", default="test", choices=LISTS)
    flags.add_argument("--count", type=int, help="texts, evenly spread over the list")
    flags.add_argument("--folder", type=Path, default=ASSETS, help="of mini")
    flags.add_argument("--voice", default="clara", help="of mini, or its teacher's")
    flags.add_argument("--quantize", choices=["int8", "bf16"])
    flags.add_argument("--temperature", type=float)
    flags.add_argument("--keep", type=Path, help="folder for the sounds")
    flags.add_argument("--brief", action="store_true", help="only the figures")
    args = flags.parse_args()
    settings = load(args)
    choose("cpu")
    listener = Listener(settings.path("whisper-base", "model.bin").parent)
    options = {} if args.temperature is None else {"temperature": args.temperature}
    for name in args.speakers:
        speak = speaker(name, settings, args.voice, args.folder, quantize=args.quantize, **options)
        keep = None if args.keep is None else args.keep / name
        figures = judged(speak, texts(args.list, args.count), listener, keep, args.brief)
        print(json.dumps({"speaker": name, "list": args.list} | figures), flush=True)


if __name__ == "__main__":
    main()
