"""How much each client may ask for in a minute.

A client has a bucket that fills evenly, up to a minute's worth. What it asks for is taken out; who
finds too little is told when there will be enough. What is more than a whole minute's worth needs a
full bucket, and leaves a debt.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap

from ptts_np.serve.shared import Area

_ENTRY = struct.Struct("16sdd")
PLACES = 1 << 15
NEIGHBORS = 8
QUOTA_BYTES = _ENTRY.size * PLACES


@dataclass(frozen=True)
class Bucket:
    """What is left, as of a time in seconds."""

    level: float
    time: float


def take(bucket: Bucket, per_minute: float, now: float, amount: float) -> tuple[Bucket, float]:
    """The bucket afterwards and the seconds to wait; 0: `amount` was taken."""
    filled = bucket.level + max(0.0, now - bucket.time) * per_minute / 60
    level = min(per_minute, filled)
    needed = min(amount, per_minute)
    if level < needed:
        return Bucket(level, now), (needed - level) * 60 / per_minute
    return Bucket(level - amount, now), 0.0


class Quotas:
    """Buckets by client, in memory of a fixed size that workers can share.

    Each client has a few places where its bucket may be; if others have all of them, the one that
    was unused for longest is forgotten.
    """

    def __init__(self, clock: Callable[[], float], area: Area | None = None) -> None:
        self._clock = clock
        self._area = area or Area(QUOTA_BYTES)

    def wait(self, client: str, what: str, per_minute: float | None, amount: float) -> float:
        """Take `amount` of what a client may have; the seconds it must wait if it is too much."""
        if per_minute is None:
            return 0.0
        now = self._clock()
        name = hashlib.blake2b(f"{what} {client}".encode(), digest_size=16).digest()
        with self._area.locked() as memory:
            place, bucket = _find(memory, name, Bucket(per_minute, now))
            bucket, seconds = take(bucket, per_minute, now, amount)
            _ENTRY.pack_into(memory, place, name, bucket.level, bucket.time)
        return seconds


def _find(memory: mmap, name: bytes, new: Bucket) -> tuple[int, Bucket]:
    """Where a client's bucket is, and what is in it; a new one's takes the oldest place."""
    first = int.from_bytes(name[:4], "little") % (PLACES // NEIGHBORS) * NEIGHBORS
    places = [_ENTRY.size * (first + number) for number in range(NEIGHBORS)]
    entries = [_ENTRY.unpack_from(memory, place) for place in places]
    for place, (found, level, time) in zip(places, entries, strict=True):
        if found == name:
            return place, Bucket(level, time)
    oldest = min(range(NEIGHBORS), key=lambda number: entries[number][2])
    return places[oldest], new
