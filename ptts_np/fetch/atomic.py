"""Files written whole or not at all, and what is said when that fails."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ptts_np.errors import OutputError


def write_bytes(path: Path, data: bytes) -> None:
    """Writes `data` to `path`, all or nothing. Raises OutputError."""
    with replacing(path) as file, explained(str(path)):
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` when the block ends well.

    Errors in opening and replacing are OutputErrors; those in the block are left as they are.
    """
    told = partial(explained, str(path))
    if is_device(path):
        with told():
            file: BinaryIO = path.open("wb")
        with _ended(file, told):
            yield file
        return
    # A link is followed: its target is replaced, not the link.
    with arriving(Path(os.path.realpath(path)), told) as file:
        yield file


@contextmanager
def arriving(
    target: Path, told: Callable[[], AbstractContextManager[None]] = nullcontext
) -> Iterator[BinaryIO]:
    """A new file beside `target` to write, which takes its place when the block ends well.

    `told` is entered where the file is opened, and where it takes its place: it may say more of
    their OSErrors.
    """
    temporary = target.with_name(f".{secrets.token_hex(8)}.part")
    with told():
        file: BinaryIO = temporary.open("xb")
    try:
        with _ended(file, told):
            yield file
        with told():
            temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _ended(file: BinaryIO, told: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Close the file after the block; where the block failed, its error is the one to be heard."""
    try:
        yield
    except BaseException:
        # The file may hold bytes it can't write: closing fails once more.
        with suppress(OSError):
            file.close()
        raise
    with told():
        file.close()


def is_device(path: Path) -> bool:
    """True for what exists and is not a file: devices, pipes (and folders, refused on opening)."""
    with explained(str(path)):
        return path.exists() and not path.is_file()


@contextmanager
def explained(name: str, *passing: type[OSError]) -> Iterator[None]:
    """Turns an OSError (but those `passing`) into an OutputError: what to do about `name`."""
    try:
        yield
    except OSError as error:
        if isinstance(error, (OutputError, *passing)):
            raise
        reason = {
            errno.ENOSPC: "the disk is full; free some space or write elsewhere",
            errno.ENOENT: "its folder does not exist; create it first",
            errno.ENOTDIR: "its folder is a file; write elsewhere",
            errno.EISDIR: "it is a folder; give the name of a file",
            errno.EACCES: "no permission; choose a folder you may write to",
            errno.EROFS: "the disk is read-only; choose another folder",
        }.get(error.errno or 0, error.strerror or str(error))
        raise OutputError(f"can't write {name}: {reason}") from error
