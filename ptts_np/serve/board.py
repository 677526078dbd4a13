"""What each worker counts, where every worker can read it: /metrics tells of all of them.

A worker writes its figures every second; each sample gets the worker's number as a label.
"""

import json
from collections.abc import Iterable
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from ptts_np.serve.shared import Area

ROOM = 1 << 17  # bytes for one worker's


class Board:
    """Places for the figures of so many workers; `own` is the one of this worker."""

    def __init__(self, workers: int, descriptor: int, own: int) -> None:
        self._area = Area(workers * ROOM, descriptor)
        self._workers = workers
        self._own = own

    def write(self, registry: CollectorRegistry) -> None:
        """Replace this worker's figures."""
        text = json.dumps([_plain(family) for family in registry.collect()]).encode()
        start = self._own * ROOM
        with self._area.locked() as memory:
            memory[start : start + 4] = len(text).to_bytes(4, "little")
            memory[start + 4 : start + 4 + len(text)] = text

    def read(self) -> "Everyones":
        """The figures of all workers that have written any."""
        found = []
        with self._area.locked() as memory:
            for worker in range(self._workers):
                start = worker * ROOM
                length = int.from_bytes(memory[start : start + 4], "little")
                text = memory[start + 4 : start + 4 + length]
                if text:
                    found.append((worker, json.loads(text)))
        return Everyones(found)


class Everyones(Collector):
    """Figures of several workers as one registry's."""

    def __init__(self, figures: list[tuple[int, list[dict[str, Any]]]]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Each family once, with the samples of all."""
        families: dict[str, Metric] = {}
        for worker, plain in self._figures:
            for family in plain:
                metric = families.setdefault(
                    family["name"], Metric(family["name"], family["help"], family["type"])
                )
                for name, labels, value in family["samples"]:
                    metric.add_sample(name, {**labels, "worker": str(worker)}, value)
        return families.values()


def _plain(family: Metric) -> dict[str, Any]:
    samples = [(sample.name, sample.labels, sample.value) for sample in family.samples]
    return {
        "name": family.name,
        "help": family.documentation,
        "type": family.type,
        "samples": samples,
    }
