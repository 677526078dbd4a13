"""What a command tells the person at the terminal."""

import sys
from collections.abc import Iterator

import numpy as np

from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.ops import Backend


class Notes:
    """Words for the person at the terminal: on stderr, progress only where it is one."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.moving = not quiet and sys.stderr.isatty()
        self.seconds = 0.0

    def line(self, text: str) -> None:
        """One line."""
        if not self.quiet:
            print(text, file=sys.stderr)

    def counted(self, pieces: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """The same pieces of sound, telling how many seconds have passed by."""
        try:
            for piece in pieces:
                yield piece
                self.seconds += piece.size / SAMPLE_RATE
                if self.moving:
                    print(f"\r\x1b[K{self.seconds:.1f} s", end="", file=sys.stderr, flush=True)
        finally:
            if self.moving:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def first_compile(self, backend: Backend) -> None:
        """Say why the first run on a machine takes longer."""
        if backend.is_compiled and not backend.is_compiled():
            self.line("compiling kernels for this machine; this takes some seconds")
