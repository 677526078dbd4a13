"""One run at a time in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ptts_np.errors import InputError
from ptts_np.fetch.atomic import explained


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Make `folder` and hold it. Raises InputError while another process does.

    The system lets go of a lock when its process ends, however that ends.
    """
    with explained(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        with explained(str(folder), Timeout):
            lock.acquire()
    except Timeout as error:
        raise InputError(f"another run is at work in {folder}: wait for it, or end it") from error
    try:
        yield
    finally:
        lock.release()
