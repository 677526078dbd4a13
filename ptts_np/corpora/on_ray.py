"""Shards on a Ray cluster: Ray Data hands them out, starts workers again, and tries again.

A worker holds one model. It needs the manifest's rows and the store, both by address, and a
shard's number: nothing of size goes through Ray. Where a worker or its whole machine dies, Ray
gives its shard to another, which writes the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from ptts_np.corpora.shards import Done, done_shard, speak_shards
from ptts_np.corpora.speech import Manner, Speaker
from ptts_np.corpora.store import Store
from ptts_np.corpora.worklist import Worklist, read_worklist
from ptts_np.errors import InputError, OutputError
from ptts_np.machine import LIMIT

CORES_EACH = 2
"""Of a worker: one writes frames, the other decodes them."""


class ShardWorker:
    """One process of the cluster: a model, and where the work is."""

    def __init__(self, manner: Manner, address: str, layout: str, tries: int) -> None:
        self.speaker = Speaker(manner)
        self.store = Store(address)
        self.work: dict[str, Any] = {"layout": layout, "tries": tries}
        found = read_worklist(self.store)
        if found is None:
            raise OutputError(
                f"this worker can't see {address}: use a store that all machines share"
            )
        self.worklist = found

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Speak a batch of shards, by number, but those done before: Ray may ask again."""
        shards = [int(shard) for shard in batch["shard"]]
        known = [done for shard in shards if (done := done_shard(self.store, shard))]
        missing = sorted(set(shards) - {done.shard for done in known})
        known += speak_shards(self.speaker, self.store, self.worklist, missing, **self.work)
        rows = [asdict(done) for done in known]
        return {name: [row[name] for row in rows] for name in rows[0]}


def speak_shards_on_ray(
    on: str,
    manner: Manner,
    store: Store,
    worklist: Worklist,
    shards: Sequence[int],
    *,
    layout: str,
    cores_each: int | None,
    tries: int,
) -> Iterator[Done]:
    """Speak shards on a cluster, by as many workers of `cores_each` as it has, or will have.

    Raises OutputError where the workers can't begin, or the cluster ends.
    """
    ray = _connected(on)
    if not shards:
        return
    data = import_module("ray.data")
    here = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    each = cores_each or min([CORES_EACH, *(count for count in here if count)])
    room = sum(count // each for count in here)
    # one shard a task: what a crash may cost, and small enough that no worker is left with many
    numbers = data.from_items(
        [{"shard": shard} for shard in shards], override_num_blocks=len(shards)
    )
    spoken = numbers.map_batches(
        ShardWorker,
        batch_size=1,
        batch_format="numpy",
        # more than there is room for now: a cluster that grows by itself then does
        compute=data.ActorPoolStrategy(
            min_size=max(1, min(room, len(shards))), max_size=len(shards)
        ),
        num_cpus=each,
        runtime_env={"env_vars": {LIMIT: str(each)}},
        fn_constructor_args=(manner, _shared(store), layout, tries),
    )
    rows = iter(spoken.iter_rows())
    while (row := _next(rows, ray.exceptions.RayError)) is not None:
        yield Done(
            int(row["shard"]), int(row["utterances"]), int(row["failures"]), float(row["seconds"])
        )


def _next(rows: Iterator[dict[str, Any]], gave_up: type[Exception]) -> dict[str, Any] | None:
    try:
        return next(rows, None)
    except gave_up as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise OutputError(f"the cluster gave up ({reason}); what is done is kept") from error


def _connected(on: str) -> Any:
    try:
        ray = import_module("ray")
        import_module("ray.data")
    except ImportError as error:
        raise InputError('--on ray needs Ray: pip install "ptts-np[ray]"') from error
    if not ray.is_initialized():
        try:
            ray.init(address=on if on.startswith("ray://") else None, log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise InputError(f"can't reach a Ray cluster at {on}: {error}") from error
    return ray


def _shared(store: Store) -> str:
    """The store's address as workers use it, whose current folder is another."""
    return store.address if store.folder is None else str(store.folder.absolute())
