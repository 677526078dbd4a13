"""Zip archives of strangers: read by name and within bounds; nothing is unpacked to disk."""

import posixpath
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from ptts_np.errors import InputError

MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 16 << 20
MAX_BYTES = 128 << 20


class Archive:
    """An archive to read members from; all that is read from it stays below `MAX_BYTES`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = MAX_BYTES
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise InputError(f"{path} is damaged: it is not a zip archive") from error
        self._names = set(self._zip.namelist())
        if len(self._zip.infolist()) > MAX_MEMBERS:
            self._zip.close()
            raise InputError(f"{path} holds more than {MAX_MEMBERS} files")

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """The bytes of one member. Raises InputError where there is none, or too much of it."""
        if name not in self._names:
            raise InputError(f"{self.path} is damaged: it has no {name}")
        size = self._zip.getinfo(name).file_size
        self._left -= size
        if size > MAX_MEMBER_BYTES or self._left < 0:
            raise InputError(
                f"{self.path} unpacks to far more than a book ({name}: {size >> 20} MB): refused"
            )
        try:
            with self._zip.open(name) as member:
                # a number, since without one zipfile first unpacks all there is, and looks
                # only then at the size that the archive states
                return member.read(size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise InputError(f"{self.path} is damaged: can't unpack {name}") from error
        except RuntimeError as error:  # what zipfile raises for a password
            raise InputError(f"{self.path} is encrypted: {name} can't be read") from error

    def check_all(self) -> None:
        """Unpack each member once, for readers that do so without bounds of their own."""
        for name in sorted(self._names):
            self.read(name)


def inside(base: str, link: str, path: Path) -> tuple[str, str]:
    """The member and fragment that `link`, written in the member `base`, points at.

    Raises InputError for one that leads out of the archive.
    """
    parts = urlsplit(link)
    name = unquote(parts.path)
    if not name:
        return base, unquote(parts.fragment)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(base), name))
    if parts.scheme or parts.netloc or target.startswith(("/", "..")) or "\\" in target:
        raise InputError(f"{path} points out of itself, at {link[:80]!r}: refused")
    return target, unquote(parts.fragment)
