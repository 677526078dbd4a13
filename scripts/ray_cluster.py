"""A Ray cluster of several nodes on this machine, seen by nobody else: for tests and benchmarks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

HERE = "127.0.0.1"
NODE = {"num_cpus": 1, "object_store_memory": 100 << 20, "node_ip_address": HERE}


@contextmanager
def loopback_cluster(nodes: int) -> Iterator[Any]:
    """`nodes` of one core each, this process connected to the first; yields Ray's `Cluster`."""
    import ray
    from ray._private import services
    from ray.cluster_utils import Cluster

    settings = {
        "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
        "PYTHONPATH": str(Path(__file__).parents[1]),  # workers have another current folder
    }
    with (
        # Ray would look for an address that other machines reach
        mock.patch.object(services, "get_node_ip_address", return_value=HERE),
        mock.patch.dict(os.environ, settings),
    ):
        cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
        try:
            for _ in range(nodes - 1):
                cluster.add_node(**NODE)
            ray.init(address=cluster.address, log_to_driver=False)
            cluster.wait_for_nodes()
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()


def worker_processes(cluster: Any) -> list[int]:
    """The processes that speak on the nodes of a cluster (on Linux)."""
    nodes = {node.all_processes["raylet"][0].process.pid for node in cluster.list_all_nodes()}
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name = (status.parent / "cmdline").read_bytes()
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
        if parent in nodes and b"MapWorker" in name:
            found.append(int(status.parent.name))
    return found
