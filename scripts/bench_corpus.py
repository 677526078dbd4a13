"""How fast a corpus is made: row after row, by `ptts_np.corpus`, and by Ray on this machine.

    python scripts/bench_corpus.py                                  # english, from a BF16 file
    python scripts/bench_corpus.py --model mini --rows 1600 --ways corpus ray
    python scripts/bench_corpus.py --backend rust --quantize int8 --runs 3

A released shape with random weights (`random_model.py`), whose rows go on to their bound, or `mini`
as it is. "speed" is the sound made by the time it took, "busy" the time that this run's processes
computed by the time that the cores had, "a core" the sound by the time computed: hours of speech
per core-hour, which other work on the machine hardly changes. Ways take turns; figures are medians.
Ray is a cluster of a node for each core, begun before the time is taken; its workers are not.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from random_model import write
from ray_cluster import loopback_cluster

import ptts_np
from ptts_np.audio.encode import encode
from ptts_np.machine import cores

TEXT = "The quick brown fox jumps over the lazy dog."  # of one chunk
NEVER = 1e3

Figures = tuple[float, float]
"""Times real time, and the part of the cores' time that was used."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="english")
    parser.add_argument("--backend", default="rust")
    parser.add_argument("--quantize")
    parser.add_argument("--rows", type=int, default=48)
    parser.add_argument("--shard_rows", type=int, default=200)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--ways", nargs="+", default=["in-turn", "corpus"])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    how: dict[str, Any] = {"backend": options.backend, "quantize": options.quantize}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        how |= model_of(options.model, options.folder)
        manifest = Path(folder) / "rows.jsonl"
        rows = [{"id": f"r{n}", "text": TEXT} for n in range(options.rows)]
        manifest.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        ways: dict[str, Callable[[Path], float]] = {
            "in-turn": lambda _: in_turn(rows, how),
            "corpus": partial(by_corpus, manifest, how, options.shard_rows, "local"),
            "ray": partial(by_corpus, manifest, how, options.shard_rows, "ray"),
        }
        if "ray" in options.ways:
            stack.enter_context(loopback_cluster(cores()))
        found: dict[str, list[Figures]] = {way: [] for way in options.ways}
        for run in range(options.runs):
            for way in options.ways:
                found[way].append(measured(ways[way], Path(folder) / f"{way}-{run}"))
    first = statistics.median(speed for speed, _ in found[options.ways[0]])
    print(f"{options.model}, {options.backend}, {options.rows} rows, {cores()} cores")
    print(f"{'':>8} {'speed':>7} {'by first':>9} {'busy':>6} {'a core':>7}")
    for way, figures in found.items():
        speed, busy = map(statistics.median, zip(*figures, strict=True))
        core = speed / busy / cores()
        print(f"{way:>8} {speed:7.2f} {speed / first:9.2f} {100 * busy:5.0f}% {core:7.2f}")


def model_of(name: str, folder: Path) -> dict[str, Any]:
    """What `corpus` takes of a model and a voice."""
    if name == "mini":
        return {"model": "mini"}
    config = write(name, folder / f"{name}-bf16", "bf16")
    voice = str(config.parent / "voice.safetensors")
    return {"model": str(config), "voice": voice, "eos_threshold": NEVER}


def measured(way: Callable[[Path], float], output: Path) -> Figures:
    start, computed, before = time.perf_counter(), process_time(), ray_seconds()
    workers, ended = dict(before), threading.Event()

    def watch() -> None:
        # a process that ends takes its figures with it
        while not ended.wait(0.2):
            workers.update(ray_seconds())

    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds = way(output)
    taken = time.perf_counter() - start
    ended.set()
    watcher.join()
    used = process_time() - computed + sum(workers.values()) - sum(before.values())
    return seconds / taken, used / taken / cores()


def in_turn(rows: list[dict[str, str]], how: dict[str, Any]) -> float:
    """Row after row, as a program would that knows `generate`; seconds of sound."""
    options = dict(how)
    model = ptts_np.load_model(
        options.pop("model"), backend=options.pop("backend"), quantize=options.pop("quantize")
    )
    voice = ptts_np.load_voice(model, options.pop("voice", None))
    samples = 0
    for seed, row in enumerate(rows):
        sound = ptts_np.generate(row["text"], model=model, voice=voice, seed=seed, **options)
        encode(sound, model.sample_rate, "flac")
        samples += sound.size
    return samples / model.sample_rate


def by_corpus(manifest: Path, how: dict[str, Any], shard_rows: int, on: str, output: Path) -> float:
    return ptts_np.corpus(manifest, output, shard_rows=shard_rows, on=on, **how).seconds


def ray_seconds() -> dict[str, float]:
    """Seconds of processors that each of Ray's workers has used, by the number of its process."""
    used = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has just ended
        if name.startswith("ray::"):
            used[path.parent.name] = sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")
    return used


if __name__ == "__main__":
    main()
