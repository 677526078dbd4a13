"""How much each client may ask for in a minute.

A client has a bucket that fills evenly, up to a minute's worth. What it asks for is taken out; who
finds too little is told when there will be enough. What is more than a whole minute's worth needs a
full bucket, and leaves a debt.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 10_000  # clients; who was forgotten starts with a full bucket


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
    """Buckets by client, the longest unused forgotten first."""

    def __init__(self, clock: Callable[[], float], remembered: int = REMEMBERED) -> None:
        self._clock = clock
        self._remembered = remembered
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def wait(self, client: str, what: str, per_minute: float | None, amount: float) -> float:
        """Take `amount` of what a client may have; the seconds it must wait if it is too much."""
        if per_minute is None:
            return 0.0
        now = self._clock()
        name = client, what
        bucket = self._buckets.get(name, Bucket(per_minute, now))
        self._buckets[name], seconds = take(bucket, per_minute, now, amount)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return seconds
