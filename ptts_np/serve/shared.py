"""Memory that the workers of one server share, and that no file name leads to.

It is gone when the last of them is, however they end.
"""

import mmap
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def reserve(size: int) -> int:
    """A descriptor of so many bytes, all zero; memory is used as far as it is written."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("ptts-np")
    else:
        with tempfile.TemporaryFile() as file:  # has no name, on systems like Unix
            descriptor = os.dup(file.fileno())
    os.truncate(descriptor, size)
    return descriptor


class Area:
    """Bytes that one at a time reads or writes; without a descriptor, this process's own."""

    def __init__(self, size: int, descriptor: int = -1) -> None:
        self.bytes = mmap.mmap(descriptor, size)
        self._descriptor = descriptor
        self._threads = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[mmap.mmap]:
        """The bytes, while nobody else touches them; a process that dies lets go of them."""
        with self._threads:
            if self._descriptor < 0:
                yield self.bytes
                return
            import fcntl  # systems like Unix only, as several workers are

            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield self.bytes
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
