"""Who computes now, who waits, and what the others are told.

A stream computes while it holds a slot. After each piece of sound it lets those go first whose
listeners would otherwise sooner hear nothing: every stream has a deadline, the moment its listener
has heard all that was sent (for a new one the moment it came), and the earliest goes first. So many
begin soon, nobody who listens is interrupted for those who come, and each gets the same share. A
stream whose listener takes nothing parks and holds no slot.

Only so many streams begin as the measured speed carries in real time; the rest wait for a place.
Who has no need of its place lends it: a stream that waits for text or for the network, or is far
ahead of its listener.

Used from one event loop only, so nothing here needs a lock.
"""

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Callable
from typing import Literal

from ptts_np.serve.speed import Speed, expected_wait

PATIENCE = 0.25  # seconds of sound worth more than the change to another stream costs
AHEAD = 20.0  # seconds before its listener with which a stream lends its place to who waits
NEAR = 5.0  # seconds before its listener with which it takes a place again, come what may
TYPICAL = 5.0  # seconds of sound, of who can't tell
UNKNOWN = 4  # streams begun while nothing is known of the speed
SPARE = 0.9  # of the measured speed is given away

Ticket = asyncio.Future[None]
Line = list[tuple[float, int, Ticket]]
"""Who waits for a slot, a heap: deadline, number, ticket."""


class Busy(Exception):
    """Too many have begun and too many wait, or the wait was too long."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the server is busy: try again in {retry_after} seconds")
        self.retry_after = retry_after


class Admission:
    """`slots` streams compute at once, up to `streams` have begun, `queue` wait to begin.

    `speed`, if given, is measured, and fewer begin where it carries fewer.
    """

    def __init__(
        self,
        slots: int,
        streams: int,
        queue: int,
        queue_seconds: float,
        speed: Speed | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots = slots
        self.streams = streams
        self.queue = queue
        self.queue_seconds = queue_seconds
        self.speed = speed
        self.clock = clock
        self.active = 0
        self.begun = 0
        self.lent = 0
        self._new: Line = []
        self._returning: Line = []
        self._lenders: Line = []
        self._serial = itertools.count()
        self._slots: dict[Slot, None] = {}  # of all that wait or have begun, in their order

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return len(self._new)

    @property
    def open(self) -> int:
        """Streams that have begun or wait to begin."""
        return self.begun + self.lent + len(self._new)

    @property
    def places(self) -> int:
        """How many may have begun now."""
        if self.speed is None:
            return self.streams
        rate = self.speed.rate
        carried = UNKNOWN if rate is None else int(SPARE * rate)
        return min(self.streams, max(1, carried))

    async def enter(self, seconds: float = TYPICAL) -> "Slot":
        """A slot, after those who came before, for about so many seconds of sound. Raises Busy."""
        if self.begun + self.waiting >= self.places + self.queue:
            raise Busy(self.retry_after())
        slot = Slot(self, seconds)
        self._slots[slot] = None
        try:
            if self.active < self.slots and self.begun < self.places and not self._new:
                self._take(self._new)
            else:
                await self._wait(self._new, slot, self.queue_seconds)
        except BaseException:
            del self._slots[slot]
            raise
        return slot

    async def back(self, slot: "Slot", *, lent: bool) -> None:
        """A slot for a stream that has begun, and its place if it has lent it."""
        line = self._lenders if lent else self._returning
        if self.active < self.slots and (not lent or self._may_return(slot.deadline)):
            self._take(line)
            return
        if lent:
            soon = max(0.0, slot.deadline - NEAR - self.clock())
            asyncio.get_running_loop().call_later(soon, self.admit)
        await self._wait(line, slot)

    async def _wait(self, line: Line, slot: "Slot", limit: float | None = None) -> None:
        """Until this stream is called up from its line. Raises Busy after `limit` seconds."""
        loop = asyncio.get_running_loop()
        ticket: Ticket = loop.create_future()
        heapq.heappush(line, (slot.deadline, next(self._serial), ticket))
        # not wait_for: before Python 3.12 it may lose a cancellation, and with it the slot
        timer = None if limit is None else loop.call_later(limit, self._expire, ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            if _called(ticket):
                self._untake(line)
            raise
        finally:
            if timer is not None:
                timer.cancel()
            line[:] = [one for one in line if one[2] is not ticket]
            heapq.heapify(line)

    def _take(self, line: Line) -> None:
        """Count one from this line as computing."""
        self.active += 1
        self.begun += line is not self._returning
        self.lent -= line is self._lenders
        if self.active == 1 and self.speed is not None:
            self.speed.computes(True)

    def _untake(self, line: Line) -> None:
        """Undo that for one who was called up and is gone."""
        self.begun -= line is not self._returning
        self.lent += line is self._lenders
        self.give()

    def give(self, *, active: bool = True) -> None:
        """Pass a slot, if the stream held one, on to the most urgent, or free it."""
        self.active -= active
        self.admit()
        if not self.active and self.speed is not None:
            self.speed.computes(False)

    def admit(self) -> None:
        """Call up those who may have a slot."""
        while self.active < self.slots and (line := self._first()) is not None:
            ticket = heapq.heappop(line)[2]
            if not ticket.done():
                self._take(line)
                ticket.set_result(None)

    def lend(self, *, active: bool) -> None:
        """A stream needs neither slot nor place for now."""
        self.begun -= 1
        self.lent += 1
        self.give(active=active)

    def leave(self, slot: "Slot", *, active: bool, lent: bool) -> None:
        """A stream is over."""
        del self._slots[slot]
        self.lent -= lent
        self.begun -= not lent
        self.give(active=active)

    def urgent(self, deadline: float) -> bool:
        """True if somebody waits whose listener is worse off."""
        line = self._first()
        return line is not None and line[0][0] + PATIENCE < deadline

    @property
    def crowded(self) -> bool:
        """True if somebody waits for a place, and one more may be lent."""
        return bool(self._new) and self.begun >= self.places and self.lent < self.streams

    def _may_return(self, deadline: float) -> bool:
        """Whether one who lent its place may have it back."""
        room = self.begun < self.places and not self._new
        return room or deadline < self.clock() + NEAR

    def _first(self) -> Line | None:
        """The line whose first is the most urgent of those who may have a slot."""
        lines = [self._returning] if self._returning else []
        if self._new and self.begun < self.places:
            lines.append(self._new)
        if self._lenders and self._may_return(self._lenders[0][0]):
            lines.append(self._lenders)
        return min(lines, key=lambda line: line[0], default=None)

    def made(self, seconds: float) -> None:
        """So much sound more; a faster machine may carry more streams."""
        if self.speed is not None:
            self.speed.made(seconds)
            self.admit()

    def _expire(self, ticket: Ticket) -> None:
        if not ticket.done():
            ticket.set_exception(Busy(self.retry_after()))

    def retry_after(self) -> int:
        """Whole seconds, 1 to 60, until one more could begin, by the speed of late."""
        rate = None if self.speed is None else self.speed.rate
        wait = expected_wait([slot.left for slot in self._slots], self.places, rate or 1.0)
        return min(60, max(1, math.ceil(wait)))


def _called(ticket: Ticket) -> bool:
    """Whether a cancelled wait had been called up in the same moment."""
    return ticket.done() and not ticket.cancelled() and ticket.exception() is None


class Slot:
    """One stream's turns; `leave` it in any case."""

    def __init__(self, admission: Admission, seconds: float) -> None:
        self._admission = admission
        self._state: Literal["active", "parked", "lent", "left"] = "active"
        self._expected = seconds
        self._sent = 0.0
        self.deadline = admission.clock()

    @property
    def left(self) -> float:
        """Seconds of sound still to be made, as far as is known."""
        return max(0.5, self._expected - self._sent)

    def park(self) -> None:
        """Let others compute while this stream waits for its listener."""
        if self._state == "active":
            self._state = "parked"
            self._admission.give()

    def lend(self) -> None:
        """Let others begin while this stream has nothing to do."""
        if self._state in ("active", "parked"):
            active, self._state = self._state == "active", "lent"
            self._admission.lend(active=active)

    async def resume(self) -> None:
        """Go on, as soon as a slot is free."""
        if self._state in ("parked", "lent"):
            await self._admission.back(self, lent=self._state == "lent")
            self._state = "active"

    async def turn(self, seconds: float) -> None:
        """So much more was sent: go on, after those who need it more."""
        admission = self._admission
        if not self._sent:
            self.deadline = admission.clock()
        self._sent += seconds
        self.deadline += seconds
        admission.made(seconds)
        if admission.crowded and self.deadline > admission.clock() + AHEAD:
            self.lend()
        elif self._state == "active" and admission.urgent(self.deadline):
            self.park()
        await self.resume()

    def restart(self) -> None:
        """The listener has heard all and waits from now on."""
        self.deadline = max(self.deadline, self._admission.clock())

    def leave(self) -> None:
        """Give the slot up, for good."""
        if self._state != "left":
            state, self._state = self._state, "left"
            self._admission.leave(self, active=state == "active", lent=state == "lent")
