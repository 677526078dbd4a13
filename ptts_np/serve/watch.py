"""Files that are read anew when they change, while the server speaks.

They are looked at again and again: that works for any way in which a file may change, mounted
secrets of containers included, and needs no signal.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ptts_np.errors import PttsError

log = logging.getLogger("ptts_np.serve")

SECONDS = 2.0

Stamp = tuple[int, int, int] | None
"""Of a file: when it was changed, its size, which file it is. None: it can't be seen."""


def stamp(path: Path) -> Stamp:
    """What differs once the file has changed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _stamps(path: Path) -> dict[str, Stamp]:
    """Of a file, or of all files of a folder."""
    try:
        inner = sorted(path.iterdir()) if path.is_dir() else []
    except OSError:
        inner = []
    return {str(one): stamp(one) for one in (path, *inner)}


class Watched:
    """A file or folder and what to do when it has changed."""

    def __init__(self, path: Path, reload: Callable[[], None]) -> None:
        self._path = path
        self._reload = reload
        self._seen = _stamps(path)

    async def look(self) -> None:
        """Reload if it has changed; what can't be used is told, and what was there stays."""
        now = await asyncio.to_thread(_stamps, self._path)
        if now == self._seen:
            return
        self._seen = now
        try:
            self._reload()
            log.warning("%s has changed: read anew", self._path)
        except (PttsError, OSError) as error:
            log.error("%s has changed and can't be used, nothing is changed: %s", self._path, error)


@asynccontextmanager
async def watching(watched: Sequence[Watched]) -> AsyncIterator[None]:
    """Look at them again and again until the block ends."""
    looking = asyncio.ensure_future(_look(watched)) if watched else None
    try:
        yield
    finally:
        if looking is not None:
            looking.cancel()
            await asyncio.wait({looking})


async def _look(watched: Sequence[Watched]) -> None:
    while True:
        await asyncio.sleep(SECONDS)
        for one in watched:
            await one.look()
