"""What the workers of one server have in common, as each of them sees it."""

import time
from dataclasses import dataclass, field

from ptts_np.serve.board import ROOM, Board
from ptts_np.serve.quotas import QUOTA_BYTES, Quotas
from ptts_np.serve.recordings import Recordings, size_for
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.shared import Area, reserve


@dataclass(frozen=True)
class Commons:
    """A server of one process needs neither recordings nor a board: its memory is its own."""

    quotas: Quotas = field(default_factory=lambda: Quotas(time.monotonic))
    recordings: Recordings | None = None
    board: Board | None = None


@dataclass(frozen=True)
class Descriptors:
    """The shared memory of several workers, as it is passed on to them."""

    quotas: int
    recordings: int
    board: int

    def open(self, settings: ServeSettings, own: int) -> Commons:
        """As the worker of this number uses it."""
        return Commons(
            Quotas(time.monotonic, Area(QUOTA_BYTES, self.quotas)),
            Recordings(_ring(settings), self.recordings),
            Board(settings.network.workers, self.board, own),
        )


def reserve_commons(settings: ServeSettings) -> Descriptors:
    """Shared memory for as many workers as are set."""
    sizes = (QUOTA_BYTES, _ring(settings), settings.network.workers * ROOM)
    return Descriptors(*map(reserve, sizes))


def _ring(settings: ServeSettings) -> int:
    return size_for(settings.limits.voice_bytes, settings.limits.upload_bytes)
