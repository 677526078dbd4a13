"""A corpus on a Ray cluster of two nodes, of which a worker and then a node die.

Runs where Ray is installed: `uv sync --inexact --group cluster`.
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptts_np.corpora.make import Progress
from ptts_np.errors import OutputError
from scripts.ray_cluster import loopback_cluster, worker_processes
from tests.corpora.making import contents, manifest, speak, texts

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # Ray's own
    # a cluster of two nodes beside other tests, on few cores, waits for its workers for good
    pytest.mark.skipif(
        int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1,
        reason="a cluster wants the machine for itself: .ci/run runs this test by itself",
    ),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PTTS_TYPECHECK", "0")  # of the workers
        with loopback_cluster(2) as made:
            yield made


def test_a_cluster_gives_the_bytes_of_one_machine(cluster: Any, tmp_path: Path) -> None:
    """Though a worker is killed midway, and then a node with whatever it has."""
    source = manifest(tmp_path / "m.jsonl", texts(120))
    deaths = []

    def kill(progress: Progress) -> None:
        if progress.done == 6:
            os.kill(worker_processes(cluster)[0], signal.SIGKILL)
            deaths.append("a worker")
        if progress.done == 14:
            cluster.remove_node(cluster.list_all_nodes()[1], allow_graceful=False)
            deaths.append("a node")

    made = speak(source, tmp_path / "ray", on="ray", progress=kill)
    assert deaths == ["a worker", "a node"]
    assert (made.utterances, made.failures) == (120, 0)
    lines = (tmp_path / "ray" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"r{n}" for n in range(120)]
    speak(source, tmp_path / "local")
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    assert speak(source, tmp_path / "ray", on="ray").kept_shards == 30
    # in the same test: clusters of two processes of the tests would be in each other's way
    with pytest.raises(OutputError, match=r"gave up .*can't see memory://unseen"):
        speak(manifest(tmp_path / "m.jsonl", texts(4)), "memory://unseen", on="ray")
