"""A folder to keep files in: on this machine, or wherever fsspec reaches (s3://, gs://, ...).

A file is there whole or not at all: by renaming on a disk, and since object stores are made so.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from ptts_np.errors import InputError, OutputError
from ptts_np.fetch.atomic import explained, replacing


def library(name: str) -> Any:
    """Import a module of the extra `corpus`. Raises InputError that says how to install it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f'this needs {name.partition(".")[0]}: pip install "ptts-np[corpus]"'
        ) from error


class Store:
    """Files by name below one address. Raises OutputError where one can't be read or written."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._files, self._root = library("fsspec.core").url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise InputError(f"can't use {address}: {error}") from error
        self.folder = Path(self._root) if "file" in _protocols(self._files) else None

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A file to write, there once the block ends well."""
        if self.folder is not None:
            path = self.folder / name
            with explained(str(path.parent)):
                path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                yield file
            return
        file = self._files.open(f"{self._root}/{name}", "wb")
        try:
            yield file
        except BaseException:
            file.discard()
            raise
        with self._explained(name):
            file.close()

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole."""
        if self.folder is not None:
            with self.writing(name) as file, explained(f"{self.folder / name}"):
                file.write(data)
            return
        with self._explained(name):
            self._files.pipe_file(f"{self._root}/{name}", data)

    def read(self, name: str, start: int | None = None, end: int | None = None) -> bytes | None:
        """The bytes of a file, or those from `start` to `end`; None if there is no such file."""
        with self._explained(name, "read"):
            try:
                return self._files.cat_file(f"{self._root}/{name}", start=start, end=end)
            except FileNotFoundError:
                return None

    def size(self, name: str) -> int | None:
        """How many bytes a file has; None if there is none."""
        with self._explained(name, "read"):
            try:
                return int(self._files.size(f"{self._root}/{name}"))
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        """Remove a file that is there."""
        with self._explained(name):
            self._files.rm_file(f"{self._root}/{name}")

    @contextmanager
    def _explained(self, name: str, done: str = "write") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"can't {done} {self.address}/{name}: {error}") from error


def open_text(address: str) -> Any:
    """A file anywhere fsspec reaches, in binary. Raises InputError."""
    fsspec = library("fsspec")
    try:
        return fsspec.open(address, "rb").open()
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"can't read {address}: {error}") from error


def sha256(data: bytes) -> str:
    """As hex digits."""
    return hashlib.sha256(data).hexdigest()


def _protocols(files: Any) -> tuple[str, ...]:
    return files.protocol if isinstance(files.protocol, tuple) else (files.protocol,)
