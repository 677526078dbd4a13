"""A corpus on a Ray cluster of two nodes.

Runs where Ray is installed: `pip install "ptts-np[ray]"`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    ray.init(address=nodes.address, log_to_driver=False)
    nodes.add_node(**NODE)
    nodes.wait_for_nodes()
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def test_a_cluster_gives_the_bytes_of_one_machine(cluster: Any, tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(24))
    made = speak(source, tmp_path / "ray", on="ray")
    assert (made.utterances, made.failures) == (24, 0)
    speak(source, tmp_path / "local")
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    assert speak(source, tmp_path / "ray", on="ray").kept_shards == 6
