"""How well a listener was served: the silences that were the server's, and how fast it spoke."""

import time
from collections.abc import Callable


class Pace:
    """One utterance's. Tell it when a piece is ready, and when the listener has taken it."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = clock()
        self._waited = 0.0  # for the listener, which is no work
        self._heard = 0.0  # the moment the listener has heard all there was
        self._ready = self._taken = self._began
        self.seconds = 0.0  # of sound
        self.gap = 0.0  # the longest silence between two pieces, while the listener was waiting

    def ready(self, seconds: float) -> None:
        """A piece of so many seconds of sound was made."""
        self._ready = now = self._clock()
        if not seconds:
            return
        if self.seconds:
            # a listener who took the last piece late has lost that time by itself
            self.gap = max(self.gap, now - max(self._heard, self._taken))
        self._heard = max(self._heard, now) + seconds
        self.seconds += seconds

    def taken(self) -> None:
        """The listener has it and asks for more."""
        self._taken = self._clock()
        self._waited += self._taken - self._ready

    @property
    def real_time_factor(self) -> float:
        """Seconds of work, waiting for a turn included, for a second of sound."""
        work = self._clock() - self._began - self._waited
        return work / self.seconds if self.seconds else 0.0
