"""A corpus on a Ray cluster of two nodes, of which a worker and then a node die midway.

Runs where Ray is installed: `pip install "ptts-np[ray]"`.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptts_np.corpora.make import Progress
from tests.corpora.making import contents, manifest, speak, texts

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own

NODE = {"num_cpus": 1, "object_store_memory": 100 << 20}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))  # the workers' as ours
    nodes = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    nodes.second = nodes.add_node(**NODE)
    ray.init(address=nodes.address, log_to_driver=False)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def test_a_worker_and_a_node_die(cluster: Any, tmp_path: Path) -> None:
    """Every id is there once, and every byte is that of a run on one machine."""
    source = manifest(tmp_path / "m.jsonl", texts(80))
    deaths = []

    def kill(progress: Progress) -> None:
        if progress.done == 3:
            deaths.append(_kill_a_worker())
        if progress.done == 8:
            cluster.remove_node(cluster.second, allow_graceful=False)
            deaths.append("node")

    made = speak(source, tmp_path / "ray", on="ray", progress=kill)
    assert len(deaths) == 2
    assert (made.utterances, made.failures) == (80, 0)
    speak(source, tmp_path / "local")
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    assert speak(source, tmp_path / "ray", on="ray").kept_shards == 20


def _kill_a_worker() -> int:
    from ray.util.state import list_actors

    workers = [actor for actor in list_actors() if actor.state == "ALIVE" and actor.pid]
    os.kill(workers[0].pid, signal.SIGKILL)
    return workers[0].pid
