"""A corpus on a Ray cluster of two nodes of this machine, of which a worker and a node are killed.

    uv sync --inexact --group cluster
    python scripts/ray_corpus.py --rows 5000

With a tiny model, which speaks noise: what is tried here is the way of the work. It is done on this
machine alone, on the cluster undisturbed, and on the cluster with the deaths, after 30 and 60 % of
the shards. Each id must be there once, and all files must be the same to the byte.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ptts_np.corpora.make import Progress  # noqa: E402
from scripts.ray_cluster import loopback_cluster, worker_processes  # noqa: E402
from tests.corpora.making import contents, manifest, speak, texts  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--shard_rows", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = manifest(folder / "rows.jsonl", texts(options.rows))

        def run(output: str, **how: Any) -> None:
            start = time.perf_counter()
            made = speak(source, folder / output, shard_rows=options.shard_rows, **how)
            taken = time.perf_counter() - start
            print(f"{output}: {made.utterances} utterances in {taken:.0f} s", flush=True)

        run("local")
        with loopback_cluster(2) as cluster:
            run("ray", on="ray")
            run("ray-with-deaths", on="ray", progress=killer(cluster))
        expected = contents(folder / "local")
        for output in ("ray", "ray-with-deaths"):
            ids = [json.loads(line)["id"] for line in (folder / output / "manifest.jsonl").open()]
            if ids != [f"r{n}" for n in range(options.rows)]:
                sys.exit(f"{output}: there are other ids than those of the rows")
            if contents(folder / output) != expected:
                sys.exit(f"{output}: the files are others than those made on one machine")
    print(f"each id once, {len(expected)} files the same to the byte")


def killer(cluster: Any) -> Callable[[Progress], None]:
    """Kills a worker after 30 % of the shards, a node with all that it runs after 60 %."""

    def kill(progress: Progress) -> None:
        if progress.done == progress.total * 3 // 10:
            os.kill(worker_processes(cluster)[0], signal.SIGKILL)
        if progress.done == progress.total * 6 // 10:
            cluster.remove_node(cluster.list_all_nodes()[1], allow_graceful=False)

    return kill


if __name__ == "__main__":
    main()
