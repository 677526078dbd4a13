"""How fast the machine speaks of late, and how long it will be busy."""

import time
from collections.abc import Callable, Sequence

FORGET = 10.0  # seconds of computing after which a measurement weighs half
ENOUGH = 0.3  # seconds of computing that tell something


class Speed:
    """Seconds of sound that a second of computing makes, for all streams together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None  # the moment up to which computing is counted
        self._seconds = 0.0
        self._sound = 0.0

    def computes(self, now: bool) -> None:
        """Say whether anybody computes from now on."""
        self._count()
        self._since = self._clock() if now else None

    def made(self, sound: float) -> None:
        """So many seconds of sound were made."""
        self._count()
        self._sound += sound

    @property
    def rate(self) -> float | None:
        """Times real time; None while too little is known."""
        return self._sound / self._seconds if self._seconds >= ENOUGH else None

    def _count(self) -> None:
        if self._since is None:
            return
        now = self._clock()
        kept = 0.5 ** ((now - self._since) / FORGET)
        self._seconds = kept * self._seconds + now - self._since
        self._sound *= kept
        self._since = now


def expected_wait(ahead: Sequence[float], places: int, rate: float) -> float:
    """Seconds until one more may begin.

    `ahead` are the seconds of sound still to be made for those who came before, in their order;
    `places` of them are spoken at a time and share `rate` times real time evenly.
    """
    waiting = list(reversed(ahead))
    running: list[float] = []
    passed = 0.0
    while True:
        while waiting and len(running) < places:
            running.append(waiting.pop())
        if len(running) < places:
            return passed
        least = min(running)
        passed += least * len(running) / rate
        running = [left - least for left in running if left > least]
