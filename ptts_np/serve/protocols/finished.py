"""Finished sounds in memory, up to a bound: players ask for the same sound again and in parts."""

from collections import OrderedDict


class FinishedSounds:
    """The bytes of sounds by key; the least recently used are forgotten first.

    Those being recorded count, too, so that all together are never more than the bound.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.finished = 0
        self.recording = 0
        self._sounds: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        if key in self._sounds:
            self._sounds.move_to_end(key)
        return self._sounds.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Keep a sound, if there is room once others are forgotten."""
        self.finished += len(data) - len(self._sounds.pop(key, b""))
        self._sounds[key] = data
        self.make_room()

    def make_room(self) -> bool:
        """Forget sounds beyond the bound; False if what is being recorded alone is more."""
        while self._sounds and self.finished + self.recording > self.max_bytes:
            self.finished -= len(self._sounds.popitem(last=False)[1])
        return self.recording <= self.max_bytes

    def record(self, key: str) -> "Recorder":
        """What keeps the sound called `key` as it is made; `close` it in any case."""
        return Recorder(self, key)


class Recorder:
    """Collects one sound; where there is no room for it, it is let go at once."""

    def __init__(self, sounds: FinishedSounds, key: str) -> None:
        self.full = False
        self._sounds = sounds
        self._key = key
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> None:
        if self.full:
            return
        self._parts.append(data)
        self._sounds.recording += len(data)
        if not self._sounds.make_room():
            self.full = True
            self.close()

    def complete(self) -> None:
        """The sound is whole: from now on it can be had."""
        data = b"".join(self._parts)
        self.close()
        if not self.full:
            self._sounds.put(self._key, data)

    def close(self) -> None:
        """Let go of what was collected."""
        self._sounds.recording -= sum(map(len, self._parts))
        self._parts.clear()
