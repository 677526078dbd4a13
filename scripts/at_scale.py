"""Where a corpus on many machines would first wait: measured here, reckoned to 1,000 nodes.

    python scripts/at_scale.py                      # all but Ray's own rate is measured in seconds
    python scripts/at_scale.py --measure_ray        # that, too, on a cluster of two nodes here
    python scripts/at_scale.py --core_speed 11 --cores 16 --shard_rows 1000

Measured, in this process's own time: how many rows of a manifest are checked and laid out in a
second, and how long a shard's record takes to be read and told of. Given by options: the speed of a
core (`bench_corpus.py`), an object store's delay, Ray's rate. Then each cluster has an hour's work
for all its cores, and the hour is played: workers of different speeds, some of them slow, take
shards from one dispatcher, which gives out so many in a second. What is told: seconds before, while
and after workers speak, what part of their time they speak meanwhile and in all, and how many
requests the store gets in a second.
"""

import argparse
import heapq
import json
import math
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ptts_np.corpora.ahead import AT_ONCE  # noqa: E402
from ptts_np.corpora.shards import read_record, record_name  # noqa: E402
from ptts_np.corpora.store import Store  # noqa: E402
from ptts_np.corpora.worklist import write_worklist  # noqa: E402

ROW_SECONDS = 5.0
"""Of speech."""
SLOW, SLOWNESS = 0.02, 3.0
"""Part of the workers that are slow, and how many times as long they take."""
JITTER = 0.1
"""Of the time a shard takes, one standard deviation."""
REQUESTS = 6
"""To the store, of a shard: its record asked for before and after and by its worker, its rows read,
its sound and its record written."""


@dataclass(frozen=True)
class Rates:
    """What was measured or given, in seconds and by the second."""

    rows: float  # of a manifest, laid out
    record: float  # of this machine's own time for each record at the end
    dispatch: float  # shards given out
    delay: float  # of the store
    begin: float  # from a machine's start until its workers have their models


@dataclass(frozen=True)
class Outcome:
    """Seconds of each stage, and what the workers did meanwhile."""

    before: float
    speaking: float
    after: float
    spoken: float  # part of the workers' time within `speaking`
    requests: float  # to the store, by the second

    @property
    def efficiency(self) -> float:
        """Part of the workers' time, from begin to end, in which they speak."""
        return self.spoken * self.speaking / (self.before + self.speaking + self.after)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", nargs="+", type=int, default=[1, 10, 100, 1000])
    parser.add_argument("--cores", type=int, default=16, help="of a node")
    parser.add_argument("--cores_each", type=int, default=2, help="of a worker")
    parser.add_argument("--core_speed", type=float, default=11.0, help="times real time")
    parser.add_argument("--shard_rows", type=int, default=200)
    parser.add_argument("--delay", type=float, default=0.03, help="of the store, in seconds")
    parser.add_argument("--begin", type=float, default=60.0, help="until workers have a model")
    parser.add_argument("--dispatch", type=float, default=145.0, help="Ray's shards a second")
    parser.add_argument("--measure_ray", action="store_true")
    options = parser.parse_args()
    rate = ray_rate() if options.measure_ray else options.dispatch
    rows, record = measured_rates(options.shard_rows)
    rates = Rates(rows, record, rate, options.delay, options.begin)
    print(
        f"{rows:.0f} rows a second laid out, {1e3 * record:.2f} ms a record, {rate:.0f} shards a "
        f"second given out; shards of {options.shard_rows} rows"
    )
    print(f"{'nodes':>6} {'shards':>8} {'before':>7} {'speaking':>9} {'after':>6} {'busy':>5} "
          f"{'in all':>6} {'requests/s':>10}")  # fmt: skip
    for nodes in options.nodes:
        workers = nodes * (options.cores // options.cores_each)
        speed = options.core_speed * options.cores_each
        shard = options.shard_rows * ROW_SECONDS / speed
        shards = round(3600 * workers / shard)
        found = played(workers, shards, shard, options.shard_rows, rates, random.Random(0))
        print(
            f"{nodes:6} {shards:8} {found.before:7.0f} {found.speaking:9.0f} {found.after:6.0f} "
            f"{100 * found.spoken:4.0f}% {100 * found.efficiency:5.0f}% {found.requests:10.0f}"
        )


def played(
    workers: int, shards: int, shard: float, shard_rows: int, rates: Rates, rng: random.Random
) -> Outcome:
    """A corpus of `shards`, each of `shard` seconds for a worker that is not slow."""
    slowness = [SLOWNESS if rng.random() < SLOW else 1.0 for _ in range(workers)]
    # a worker is free at some moment; the dispatcher gives it a shard at its own next moment
    free = [(0.0, worker) for worker in range(workers)]
    heapq.heapify(free)
    dispatcher = end = spoken = 0.0
    for _ in range(shards):
        moment, worker = heapq.heappop(free)
        dispatcher = max(dispatcher + 1 / rates.dispatch, moment)
        taken = shard * slowness[worker] * math.exp(rng.gauss(0, JITTER))
        spoken += taken
        done = dispatcher + taken + REQUESTS * rates.delay
        end = max(end, done)
        heapq.heappush(free, (done, worker))
    # the records are asked for before, to know what is done, and read after
    asking = shards * rates.delay / AT_ONCE
    before = shards * shard_rows / rates.rows + asking + rates.begin
    after = max(asking, shards * rates.record)
    return Outcome(before, end, after, spoken / workers / end, REQUESTS * shards / end)


def measured_rates(shard_rows: int, rows: int = 100_000) -> tuple[float, float]:
    """Rows of a manifest laid out in a second, and seconds for a shard's record."""
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps for a while."
    with tempfile.TemporaryDirectory() as name:
        manifest, store = Path(name) / "rows.jsonl", Store(f"{name}/corpus")
        with manifest.open("w", encoding="utf-8") as file:
            for number in range(rows):
                file.write(json.dumps({"id": f"row-{number}", "text": text}) + "\n")
        start = time.process_time()
        write_worklist(store, str(manifest), shard_rows, "")
        laid_out = rows / (time.process_time() - start)
        facts: dict[str, Any] = {
            "id": "row-1",
            "text": text,
            "sha256": "0" * 64,
            "voice_fingerprint": "0" * 32,
        }
        facts |= {f"number {n}": 0.5 for n in range(12)}
        record = {"files": {}, "utterances": [facts] * shard_rows, "failures": []}
        count = max(5, 20_000 // shard_rows)
        for shard in range(count):
            store.write(record_name(shard), json.dumps(record).encode())
        start = time.process_time()
        for shard in range(count):
            found = read_record(store, shard) or {}
            "".join(json.dumps(each) for each in found["utterances"])
        return laid_out, (time.process_time() - start) / count


def ray_rate(tasks: int = 3000) -> float:
    """How many shards Ray Data gives out in a second, where they take no time."""
    import ray.data

    from scripts.ray_cluster import loopback_cluster

    with loopback_cluster(2):
        numbers = ray.data.from_items(
            [{"shard": n} for n in range(tasks)], override_num_blocks=tasks
        )
        done = numbers.map_batches(
            Nothing, batch_size=1, compute=ray.data.ActorPoolStrategy(size=2), num_cpus=1
        )
        rows = iter(done.iter_rows())
        next(rows)  # the workers have begun
        start = time.perf_counter()
        return sum(1 for _ in rows) / (time.perf_counter() - start)


class Nothing:
    """A worker that gives back what it gets."""

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return batch


if __name__ == "__main__":
    main()
