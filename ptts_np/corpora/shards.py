"""Shards: spoken, written whole, and a record that says they are done.

    work/NAME.json    the names, sizes and checksums of the shard's files, the facts of its
                      utterances, and its failures; written last

Whoever speaks a shard writes the same bytes under the same names. So no worker needs to know of
another, a shard spoken twice does no harm, and what has a record is done.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ptts_np.corpora.layouts import LAYOUTS
from ptts_np.corpora.manifest import Failure, Row
from ptts_np.corpora.speech import Speaker, Utterance
from ptts_np.corpora.store import Store, sha256
from ptts_np.corpora.worklist import Worklist, rows_of


@dataclass(frozen=True)
class Done:
    """A finished shard, in figures."""

    shard: int
    utterances: int
    failures: int
    seconds: float


def shard_name(shard: int) -> str:
    """A shard's name, which sorts as its number does."""
    return f"{shard:06}"


def record_name(shard: int) -> str:
    """The file that says that a shard is done."""
    return f"work/{shard_name(shard)}.json"


def speak_shards(
    speaker: Speaker,
    store: Store,
    worklist: Worklist,
    shards: Iterable[int],
    *,
    layout: str,
    tries: int,
) -> Iterator[Done]:
    """Speak and write shards; each comes back once its record is there.

    The rows of one shard after another go through the model without a stop between them.
    """
    lines: dict[int, list[int]] = {}

    def rows() -> Iterator[tuple[tuple[int, int], Row]]:
        for shard in shards:
            listed = list(rows_of(store, worklist, shard))
            lines[shard] = [line for line, _ in listed]
            for line, row in listed:
                yield (shard, line), row

    waiting: dict[int, dict[int, Utterance | Failure]] = defaultdict(dict)
    for (shard, line), found in speaker.speak(rows(), tries=tries):
        waiting[shard][line] = found
        if len(waiting[shard]) == len(lines[shard]):
            spoken = waiting.pop(shard)
            yield _write(speaker, store, shard, [spoken[n] for n in lines.pop(shard)], layout)


def _write(
    speaker: Speaker, store: Store, shard: int, found: list[Utterance | Failure], layout: str
) -> Done:
    utterances = [each for each in found if isinstance(each, Utterance)]
    failures = [each for each in found if isinstance(each, Failure)]
    coding = speaker.manner.coding
    files = LAYOUTS[layout](shard_name(shard), utterances, coding) if utterances else {}
    for name, data in files.items():
        store.write(name, data)
    record = {
        "files": {
            name: {"bytes": len(data), "sha256": sha256(data)} for name, data in files.items()
        },
        "utterances": [utterance.facts for utterance in utterances],
        "failures": [asdict(failure) for failure in failures],
    }
    store.write(record_name(shard), json.dumps(record, ensure_ascii=False).encode("utf-8"))
    return _figures(shard, record)


def done_shard(store: Store, shard: int) -> Done | None:
    """A shard that is finished and whose files are here in their size; None for any other."""
    record = read_record(store, shard)
    if record is None:
        return None
    if any(store.size(name) != file["bytes"] for name, file in record["files"].items()):
        return None
    return _figures(shard, record)


def read_record(store: Store, shard: int) -> dict[str, Any] | None:
    """What the record of a shard says; None if there is none, or no whole one."""
    data = store.read(record_name(shard))
    try:
        record = None if data is None else json.loads(data)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "failures" in record else None


def _figures(shard: int, record: dict[str, Any]) -> Done:
    seconds = sum(facts["duration"] for facts in record["utterances"])
    return Done(shard, len(record["utterances"]), len(record["failures"]), seconds)
