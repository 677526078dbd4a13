"""How many may speak at once, how many may wait, and what the others are told.

A stream that computes holds a place. One whose listener reads slowly, or has no text for it yet,
parks: its place serves others meanwhile, and it comes back before those who have not begun. Used
from one event loop only, so nothing here needs a lock.
"""

import asyncio
import math
import time
from collections import deque
from typing import Literal

TYPICAL_SECONDS = 2.0


class Busy(Exception):
    """All places and the queue are full, or the wait was too long."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the server is busy: try again in {retry_after} seconds")
        self.retry_after = retry_after


class Admission:
    """`places` streams at once, `queue` waiting for one."""

    def __init__(self, places: int, queue: int, queue_seconds: float) -> None:
        self.places = places
        self.queue = queue
        self.queue_seconds = queue_seconds
        self.active = 0
        self.parked = 0
        self._new: deque[asyncio.Future[None]] = deque()
        self._returning: deque[asyncio.Future[None]] = deque()
        self._typical = TYPICAL_SECONDS

    @property
    def waiting(self) -> int:
        return len(self._new) + len(self._returning)

    @property
    def open(self) -> int:
        """Streams that have begun or wait to begin."""
        return self.active + self.parked + len(self._new)

    async def enter(self) -> "Place":
        """A place, after those who came before. Raises Busy."""
        if self.open >= self.places + self.queue:
            raise Busy(self._retry_after())
        await self._take(self._new, self.queue_seconds)
        return Place(self)

    async def _take(self, line: "deque[asyncio.Future[None]]", seconds: float | None) -> None:
        if self.active < self.places and not self.waiting:
            self.active += 1
            return
        loop = asyncio.get_running_loop()
        ticket = loop.create_future()
        line.append(ticket)
        # not wait_for: before Python 3.12 it may lose a cancellation, and with it the place
        timer = loop.call_later(seconds, self._expire, ticket) if seconds else None
        try:
            await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled():  # called up in the same moment
                self._give()
            raise
        finally:
            if timer is not None:
                timer.cancel()
            if ticket in line:
                line.remove(ticket)

    def _expire(self, ticket: "asyncio.Future[None]") -> None:
        if not ticket.done():
            ticket.set_exception(Busy(self._retry_after()))

    def _give(self) -> None:
        """Pass a place on, or free it."""
        for line in (self._returning, self._new):
            while line:
                ticket = line.popleft()
                if not ticket.done():
                    ticket.set_result(None)
                    return
        self.active -= 1

    def _ended(self, seconds: float) -> None:
        self._typical += 0.2 * (seconds - self._typical)

    def _retry_after(self) -> int:
        ahead = (self.waiting + 1) / self.places
        return min(60, max(1, math.ceil(ahead * self._typical)))


class Place:
    """One stream's right to compute; `leave` it in any case."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._began = time.monotonic()
        self._state: Literal["active", "parked", "left"] = "active"

    def park(self) -> None:
        """Let others compute while this stream waits for its listener."""
        if self._state == "active":
            self._state = "parked"
            self._admission.parked += 1
            self._admission._give()

    async def resume(self) -> None:
        """Go on, as soon as a place is free."""
        if self._state == "parked":
            await self._admission._take(self._admission._returning, None)
            self._admission.parked -= 1
            self._state = "active"

    def leave(self) -> None:
        """Give the place up, for good."""
        if self._state == "active":
            self._admission._give()
        elif self._state == "parked":
            self._admission.parked -= 1
        if self._state != "left":
            self._admission._ended(time.monotonic() - self._began)
        self._state = "left"
