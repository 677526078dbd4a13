"""How fast many voices are together: total speed and first sound of 1 to 32 streams at once.

    python scripts/bench_streams.py                                  # english, from a BF16 file
    python scripts/bench_streams.py --models english_2m_2026-10 --backends rust numba
    python scripts/bench_streams.py --backends rust rust-int8 --streams 1 8
    python scripts/bench_streams.py --text      # one text of 20 chunks, in turn and side by side
    python scripts/bench_streams.py --late      # a listener who comes while eight hear speech

Random weights of the released shapes (`random_model.py`), read from disk. All streams are asked for
at the same moment by threads of one process, each reads as fast as it can, and the end of speech is
switched off, so that all write the same number of frames. "total" is the sound of all of them by
the time until the last has ended, "first" the time to each stream's first sound, "gap" the longest
time a listener would have heard nothing. Figures are medians of `--runs` runs; the counts of
streams take turns within a run.
"""

import argparse
import platform
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

import ptts_np
from ptts_np import synthesis
from ptts_np.loading import Model
from ptts_np.voice import VoiceState

TEXT = "The quick brown fox jumps over the lazy dog."
NEVER = 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["english"])
    parser.add_argument("--backends", nargs="+", default=["rust"], help="rust, rust-int8, numba...")
    parser.add_argument("--store", choices=["f32", "bf16"], default="bf16", help="type in the file")
    parser.add_argument("--streams", nargs="+", type=int, default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--text", action="store_true", help="one long text instead")
    parser.add_argument("--late", action="store_true", help="a ninth listener instead")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    print(machine())
    for name in options.models:
        folder = options.folder / (name if options.store == "f32" else f"{name}-{options.store}")
        config = write(name, folder, options.store)
        for backend in options.backends:
            kind, _, quantize = backend.partition("-")
            model = ptts_np.load_model(str(config), backend=kind, quantize=quantize or None)
            voice = ptts_np.load_voice(model, config.parent / "voice.safetensors")
            if options.text:
                long_text(name, backend, model, voice, options.runs)
            elif options.late:
                late(name, backend, model, voice, options.runs)
            else:
                table(name, backend, model, voice, options.streams, options.runs)


def table(
    name: str, backend: str, model: Model, voice: VoiceState, counts: list[int], runs: int
) -> None:
    """A row for each number of streams."""
    rounds = [{count: together(model, voice, count) for count in counts} for _ in range(runs + 1)]
    rounds = rounds[1:]  # the first warms up
    print(f"\n{name}, {backend}")
    print(f"{'streams':>7} {'total':>7} {'by one':>7} {'first ms':>9} {'95 %':>7} {'gap ms':>7}")
    for count in counts:
        totals = [result[count][0] for result in rounds]
        ratio = statistics.median(result[count][0] / result[counts[0]][0] for result in rounds)
        firsts = [first for result in rounds for first in result[count][1]]
        gaps = [gap for result in rounds for gap in result[count][2]]
        print(
            f"{count:7} {statistics.median(totals):7.2f} {ratio:7.2f} "
            f"{1e3 * statistics.median(firsts):9.0f} {1e3 * np.quantile(firsts, 0.95):7.0f} "
            f"{1e3 * max(gaps):7.0f}",
            flush=True,
        )


def late(name: str, backend: str, model: Model, voice: VoiceState, runs: int) -> None:
    """The first sound of a ninth listener, and the longest gap of the eight before and after."""
    rounds = [among_eight(model, voice) for _ in range(runs + 1)][1:]
    first, before, after = (1e3 * statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"\n{name}, {backend}, a ninth listener: first sound after {first:.0f} ms; longest gap of "
        f"the eight {before:.0f} ms before, {after:.0f} ms after it came"
    )


def among_eight(model: Model, voice: VoiceState) -> tuple[float, float, float]:
    """Seconds to the ninth's first sound; the longest gap of the eight until it came and after.

    The eight hear their sound in real time, so that the machine is not busier than they need.
    """
    came = [np.inf]
    begun = threading.Semaphore(0)
    gaps: list[tuple[float, float]] = []

    def listen(seed: int) -> None:
        end, longest = 0.0, [0.0, 0.0]
        for piece in ptts_np.stream(TEXT, model=model, voice=voice, seed=seed, eos_threshold=NEVER):
            now = time.perf_counter()
            if not end:
                begun.release()
            else:
                after = int(now > came[0])
                longest[after] = max(longest[after], now - end)
            end = max(end, now) + piece.size / model.sample_rate
            time.sleep(max(0.0, end - now - 2.0))
        gaps.append((longest[0], longest[1]))

    threads = [threading.Thread(target=listen, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for _ in threads:
        begun.acquire()
    time.sleep(3.0)
    came[0] = start = time.perf_counter()
    speech = ptts_np.stream(TEXT, model=model, voice=voice, seed=8, eos_threshold=NEVER)
    next(speech)
    first = time.perf_counter() - start
    speech.close()
    for thread in threads:
        thread.join()
    return first, max(gap for gap, _ in gaps), max(gap for _, gap in gaps)


def together(model: Model, voice: VoiceState, count: int) -> tuple[float, list[float], list[float]]:
    """Total speed, and each stream's seconds to its first sound and longest gap."""
    ready = threading.Barrier(count + 1)
    heard: list[tuple[float, float, float]] = []

    def listen(seed: int) -> None:
        ready.wait()
        start = time.perf_counter()
        first, seconds, gap = 0.0, 0.0, 0.0
        for piece in ptts_np.stream(TEXT, model=model, voice=voice, seed=seed, eos_threshold=NEVER):
            now = time.perf_counter()
            first = first or now
            gap = max(gap, now - first - seconds)
            seconds += piece.size / model.sample_rate
        heard.append((first - start, seconds, gap))

    threads = [threading.Thread(target=listen, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    total = sum(seconds for _, seconds, _ in heard) / (time.perf_counter() - start)
    return total, [first for first, _, _ in heard], [gap for _, _, gap in heard]


def long_text(name: str, backend: str, model: Model, voice: VoiceState, runs: int) -> None:
    """A text of 20 chunks, one after the other and side by side, in turns."""
    speeds: dict[int, list[float]] = {1: [], synthesis.SIDE_BY_SIDE: []}
    text, sounds = " ".join([TEXT] * 20), {}
    for run in range(runs + 1):
        for count in speeds:
            synthesis.SIDE_BY_SIDE = count
            start = time.perf_counter()
            sounds[count] = ptts_np.generate(
                text, model=model, voice=voice, seed=0, max_tokens=50, eos_threshold=NEVER
            )
            seconds = sounds[count].size / model.sample_rate
            if run:
                speeds[count].append(seconds / (time.perf_counter() - start))
    one, many = speeds.values()
    ratio = statistics.median(b / a for a, b in zip(one, many, strict=True))
    alone, beside = sounds.values()
    same = np.array_equal(alone, beside)
    print(
        f"\n{name}, {backend}, a text of 20 chunks: in turn {statistics.median(one):.2f}, side by "
        f"side {statistics.median(many):.2f} times real time, {ratio:.2f} times as fast; "
        f"{'the same' if same else 'other'} samples"
    )


def machine() -> str:
    words = set(Path("/proc/cpuinfo").read_text().split()) if sys.platform == "linux" else set()
    names = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16") if name in words]
    return f"{platform.processor() or platform.machine()}, {' '.join(names) or 'vectors not known'}"


if __name__ == "__main__":
    main()
