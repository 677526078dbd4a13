"""What word times cost, and how far they are from those a speech recognizer finds.

    python scripts/word_times.py                      # cost: mini, and two random models
    python scripts/word_times.py --listen 60          # beside Whisper base's (group listen)

For the cost each model speaks with and without times in turns, round after round; the end of speech
is switched off for random weights, so that both write the same frames. Whisper's own word times are
rough (it places a boundary within 20 ms steps, often early): a difference is not an error of ours.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import ptts_np
from ptts_np.catalog import model_config
from ptts_np.loading import Model
from ptts_np.voice import VoiceState

ROOT = Path(__file__).parent.parent
TEXT = "The quick brown fox jumps over the lazy dog, and nobody knows why it does so every day."
NEVER = 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["mini", "english", "english_2m_2026-10"])
    parser.add_argument("--backends", nargs="+", default=[None], help="numpy, numba, rust")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--listen", type=int, metavar="TEXTS", help="compare with Whisper instead")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    if options.listen:
        listen(options.listen, options.folder / "whisper-base")
        return
    print(f"{'model':20} {'backend':8} {'x without':>9} {'x with':>7} {'cost %':>7} {'CPU %':>6}")
    for name in options.models:
        for backend in options.backends:
            model, voice = load(name, backend, options.folder)
            without, with_words, cost, work = in_turns(model, voice, options.rounds)
            print(
                f"{name:20} {model.backend.name:8} {without:9.1f} {with_words:7.1f} {cost:7.1f} "
                f"{work:6.1f}",
                flush=True,
            )


def load(name: str, backend: str | None, folder: Path) -> tuple[Model, VoiceState]:
    """A model, of random weights but for mini, and a voice."""
    if name == "mini":
        model = ptts_np.load_model(name, backend=backend)
        return model, ptts_np.load_voice(model)
    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    model = ptts_np.load_model(str(write(name, folder / name, "f32")), backend=backend)
    # not in the file, which other programs read, too
    known = {"text_heads": model_config(name).text_heads}
    model = replace(model, config=model.config.model_copy(update=known))
    noise = 0.1 * np.random.default_rng(0).standard_normal(5 * model.sample_rate, np.float32)
    return model, ptts_np.load_voice(model, noise)


def in_turns(model: Model, voice: VoiceState, rounds: int) -> list[float]:
    """Times real time without and with word times, the cost in percent, and that in the CPU's time,
    which others' work on the machine disturbs less: medians."""
    forced = {} if model.name == "mini" else {"eos_threshold": NEVER}

    def speak(function: Callable[..., Any]) -> tuple[float, float]:
        start, work = time.perf_counter(), time.process_time()
        made = function(TEXT, model=model, voice=voice, seed=0, **forced)
        taken, work = time.perf_counter() - start, time.process_time() - work
        sound = made[0] if isinstance(made, tuple) else made
        return sound.size / model.sample_rate / taken, work

    rows = []
    for _ in range(rounds + 1):
        without, work = speak(ptts_np.generate)
        with_words, more = speak(ptts_np.generate_with_words)
        cost = 100 * (1 - with_words / without), 100 * (more / work - 1)
        rows.append((without, with_words, *cost))
    return [statistics.median(column) for column in zip(*rows[1:], strict=True)]


def listen(count: int, folder: Path) -> None:
    """Print how far starts and ends of words are from Whisper's, where both have the same words."""
    import soxr
    from faster_whisper import WhisperModel

    sys.path.insert(0, str(ROOT))
    from training.judge.hearing import LOW_RATE, plain_words, whisper_folder

    whisper = WhisperModel(str(whisper_folder(folder)), device="cpu", compute_type="int8")
    lines = (ROOT / "training/judge/development.txt").read_text(encoding="utf-8").splitlines()
    starts: list[float] = []
    ends: list[float] = []
    for seed, text in enumerate(lines[:count]):
        sound, words = ptts_np.generate_with_words(text, seed=seed)
        low = soxr.resample(sound, 24000, LOW_RATE)
        segments, _ = whisper.transcribe(low, language="en", beam_size=1, word_timestamps=True)
        heard = [word for segment in segments for word in segment.words or []]
        ours = [(plain_words(w.word), w) for w in words]
        theirs = [(plain_words(w.word), w) for w in heard]
        if [word for word, _ in ours] != [word for word, _ in theirs]:
            continue
        for (_, own), (_, other) in zip(ours, theirs, strict=True):
            starts.append(own.start - other.start)
            ends.append(own.end - other.end)
    print(f"{len(starts)} words of {count} texts")
    for name, off in (("starts", starts), ("ends", ends)):
        print(f"{name}: {figures(off)}")


def figures(off: Sequence[float]) -> str:
    ms = 1000 * np.array(off)
    spread = np.abs(ms - np.median(ms))
    return (
        f"ours - Whisper's: median {np.median(ms):+.0f} ms, mean {np.abs(ms).mean():.0f} ms, "
        f"without the median {spread.mean():.0f} ms, 95 % within {np.percentile(spread, 95):.0f} ms"
    )


if __name__ == "__main__":
    main()
