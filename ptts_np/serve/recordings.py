"""Uploaded recordings that all workers of a server can use, whichever of them took one in.

A ring: the newest overwrites the oldest. An index at its start says where each one lies.
"""

import json
from mmap import mmap

from ptts_np.serve.shared import Area

INDEX_BYTES = 1 << 16
MOST = 500  # whose index fits

Index = list[tuple[str, int, int]]
"""Name, place and length, the oldest first."""


def place(index: Index, name: str, length: int, size: int) -> tuple[Index, int]:
    """The index with one more, and where its bytes go; what they overwrite is not in it."""
    start = index[-1][1] + index[-1][2] if index else INDEX_BYTES
    if start + length > size:
        start = INDEX_BYTES
    end = start + length
    kept = [one for one in index if one[0] != name and (one[1] >= end or one[1] + one[2] <= start)]
    return [*kept[1 - MOST :], (name, start, length)], start


class Recordings:
    """Bytes by name."""

    def __init__(self, size: int, descriptor: int) -> None:
        self._area = Area(size, descriptor)
        self._size = size

    def put(self, name: str, data: bytes) -> None:
        """Keep one, of at most the ring's size."""
        with self._area.locked() as memory:
            index = _read(memory)
            if any(one[0] == name for one in index):
                return
            index, start = place(index, name, len(data), self._size)
            # first what is overwritten is forgotten: whoever dies in between leaves no half of it
            _write(memory, index[:-1])
            memory[start : start + len(data)] = data
            _write(memory, index)

    def get(self, name: str) -> bytes | None:
        """None if it was never there, forgotten or overwritten."""
        with self._area.locked() as memory:
            for known, start, length in _read(memory):
                if known == name:
                    return memory[start : start + length]
        return None

    def forget(self, name: str) -> bool:
        """True if it was there."""
        with self._area.locked() as memory:
            index = _read(memory)
            kept = [one for one in index if one[0] != name]
            _write(memory, kept)
        return len(kept) < len(index)

    def names(self) -> list[str]:
        """Of all of them, the oldest first."""
        with self._area.locked() as memory:
            return [name for name, _, _ in _read(memory)]


def size_for(voice_bytes: int, upload_bytes: int) -> int:
    """Bytes of the ring for these limits."""
    return INDEX_BYTES + max(voice_bytes, upload_bytes)


def _read(memory: mmap) -> Index:
    length = int.from_bytes(memory[:4], "little")
    return [(name, start, size) for name, start, size in json.loads(memory[4 : 4 + length] or "[]")]


def _write(memory: mmap, index: Index) -> None:
    text = json.dumps(index).encode()
    memory[4 : 4 + len(text)] = text
    memory[:4] = len(text).to_bytes(4, "little")
