"""Who computes now, who waits, and what the others are told.

A stream computes while it holds a slot. After each piece of sound it lets those go first whose
listeners would otherwise sooner hear nothing: every stream has a deadline, the moment its listener
has heard all that was sent (for a new one the moment it came), and the earliest goes first. So many
begin soon, nobody who listens is interrupted for those who come, and each gets the same share. A
stream whose listener takes nothing, or has no text for it yet, parks and holds no slot.

Used from one event loop only, so nothing here needs a lock.
"""

import asyncio
import heapq
import itertools
import math
import time
from collections import deque
from typing import Literal

TYPICAL_SECONDS = 2.0
PATIENCE = 0.25  # seconds of sound worth more than the change to another stream costs

Ticket = asyncio.Future[None]


class Busy(Exception):
    """Too many have begun and too many wait, or the wait was too long."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the server is busy: try again in {retry_after} seconds")
        self.retry_after = retry_after


class Admission:
    """`slots` streams compute at once, `streams` have begun, `queue` wait to begin."""

    def __init__(self, slots: int, streams: int, queue: int, queue_seconds: float) -> None:
        self.slots = slots
        self.streams = max(streams, slots)
        self.queue = queue
        self.queue_seconds = queue_seconds
        self.active = 0
        self.begun = 0
        self._new: deque[tuple[float, Ticket]] = deque()
        self._returning: list[tuple[float, int, Ticket]] = []
        self._serial = itertools.count()
        self._typical = TYPICAL_SECONDS

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return len(self._new)

    @property
    def open(self) -> int:
        """Streams that have begun or wait to begin."""
        return self.begun + len(self._new)

    async def enter(self) -> "Slot":
        """A slot, after those who came before. Raises Busy."""
        if self.open >= self.streams + self.queue:
            raise Busy(self._retry_after())
        if self.active < self.slots and self.begun < self.streams and not self._new:
            self.active += 1
            self.begun += 1
            return Slot(self)
        ticket: Ticket = asyncio.get_running_loop().create_future()
        self._new.append((time.monotonic(), ticket))
        # not wait_for: before Python 3.12 it may lose a cancellation, and with it the slot
        timer = ticket.get_loop().call_later(self.queue_seconds, self._expire, ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            if _called(ticket):
                self.leave(active=True)
            raise
        finally:
            timer.cancel()
            self._new = deque(one for one in self._new if one[1] is not ticket)
        return Slot(self)

    async def back(self, deadline: float) -> None:
        """A slot for a stream that has begun."""
        if self.active < self.slots:
            self.active += 1
            return
        ticket: Ticket = asyncio.get_running_loop().create_future()
        heapq.heappush(self._returning, (deadline, next(self._serial), ticket))
        try:
            await ticket
        except asyncio.CancelledError:
            if _called(ticket):
                self.give()
            self._returning = [one for one in self._returning if one[2] is not ticket]
            heapq.heapify(self._returning)
            raise

    def give(self) -> None:
        """Pass a slot on to the most urgent, or free it."""
        self.active -= 1
        while self.active < self.slots and (line := self._first()) is not None:
            ticket = line.popleft()[1] if line is self._new else heapq.heappop(self._returning)[2]
            if not ticket.done():
                self.active += 1
                self.begun += line is self._new
                ticket.set_result(None)

    def leave(self, *, active: bool) -> None:
        """A stream is over."""
        self.begun -= 1
        if active:
            self.give()
        elif self.active < self.slots:
            # a slot was free, but not for one more stream
            self.active += 1
            self.give()

    def urgent(self, deadline: float) -> bool:
        """True if somebody waits whose listener is worse off."""
        line = self._first()
        return line is not None and line[0][0] + PATIENCE < deadline

    def _first(self) -> "deque[tuple[float, Ticket]] | list[tuple[float, int, Ticket]] | None":
        """The line whose first is the most urgent of those who may have a slot."""
        new = self._new if self._new and self.begun < self.streams else None
        if new and self._returning:
            return new if new[0][0] < self._returning[0][0] else self._returning
        return new or self._returning or None

    def ended(self, seconds: float) -> None:
        """Remember how long streams take, for those who are told to come again."""
        self._typical += 0.2 * (seconds - self._typical)

    def _expire(self, ticket: Ticket) -> None:
        if not ticket.done():
            ticket.set_exception(Busy(self._retry_after()))

    def _retry_after(self) -> int:
        ahead = (self.waiting + 1) / self.streams
        return min(60, max(1, math.ceil(ahead * self._typical)))


def _called(ticket: Ticket) -> bool:
    """Whether a cancelled wait had been called up in the same moment."""
    return ticket.done() and not ticket.cancelled() and ticket.exception() is None


class Slot:
    """One stream's turns; `leave` it in any case."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._began = time.monotonic()
        self._deadline = self._began
        self._state: Literal["active", "parked", "left"] = "active"
        self._sent = 0.0

    def park(self) -> None:
        """Let others compute while this stream waits for its listener."""
        if self._state == "active":
            self._state = "parked"
            self._admission.give()

    async def resume(self) -> None:
        """Go on, as soon as a slot is free."""
        if self._state == "parked":
            await self._admission.back(self._deadline)
            self._state = "active"

    async def turn(self, seconds: float) -> None:
        """So much more was sent: go on, after those who need it more."""
        if not self._sent:
            self._deadline = time.monotonic()
        self._sent += seconds
        self._deadline += seconds
        if self._state == "active" and self._admission.urgent(self._deadline):
            self.park()
        await self.resume()

    def restart(self) -> None:
        """The listener has heard all and waits from now on."""
        self._deadline = max(self._deadline, time.monotonic())

    def leave(self) -> None:
        """Give the slot up, for good."""
        if self._state != "left":
            active, self._state = self._state == "active", "left"
            self._admission.leave(active=active)
            self._admission.ended(time.monotonic() - self._began)
