"""The voices a client may ask for, and their states, kept in memory up to a bound."""

import asyncio
import functools
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

from ptts_np.errors import AudioError, VoiceError
from ptts_np.loading import Model
from ptts_np.serve import remote
from ptts_np.serve.caller import owner, require, upload_limit
from ptts_np.serve.errors import ApiError
from ptts_np.serve.recordings import Recordings
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.watch import stamp
from ptts_np.voice import VoiceState, default_voice, load_voice, voice_names

log = logging.getLogger("ptts_np.serve")

SUFFIXES = (".safetensors", ".wav", ".flac", ".mp3", ".ogg", ".opus")
UPLOAD = "upload-"
DEFAULT = "default"
# Names OpenAI's clients may be limited to: all of them mean the default voice.
OPENAI_NAMES = frozenset(
    [
        "alloy",
        "ash",
        "ballad",
        "cedar",
        "coral",
        "echo",
        "fable",
        "marin",
        "nova",
        "onyx",
        "sage",
        "shimmer",
        "verse",
    ]
)

Run = Callable[[Callable[[], VoiceState]], Awaitable[VoiceState]]
"""Carries a blocking function out in a thread."""


@dataclass(frozen=True)
class Voice:
    """A voice that was asked for: `key` names its state, `load` makes it (in a thread)."""

    key: str
    load: Callable[[], VoiceState]
    remote: bool = False  # `load` may wait for the network


class Voices:
    """Names, the operator's folder, uploads and allowed addresses."""

    def __init__(
        self, model: Model, settings: ServeSettings, recordings: Recordings | None = None
    ) -> None:
        """`recordings` is where several workers find each other's uploads."""
        self.model = model
        self._recordings = recordings
        self._settings = settings
        self._folder = _folder_voices(settings.voice_folder)
        self._stamps = {name: stamp(path) for name, path in self._folder.items()}
        self._own = voice_names(model.name, model.voices)
        chosen = self._first() if settings.voice is None else settings.voice
        self._default_location = self._folder.get(chosen, chosen)
        known = chosen in self._folder or chosen in self._own
        # the operator may choose a path or an address: those are nobody else's business
        self.default = chosen if known else DEFAULT
        self.cache = StateCache(settings.limits.voice_bytes)
        # at once: who starts the server is told what is wrong with it
        self.cache.put(self.default, self._default_voice().load())

    def _first(self) -> str:
        if self._folder and not self._own:
            return next(iter(self._folder))
        return default_voice(self.model)

    def rescan(self) -> None:
        """Take in what came, went or changed in the operator's folder."""
        found = _folder_voices(self._settings.voice_folder)
        stamps = {name: stamp(path) for name, path in found.items()}
        for name, before in self._stamps.items():
            # the default voice stays until there is another of its name
            if stamps.get(name) != before and (name in found or name != self.default):
                self.cache.forget(name)
        if self.default in found:
            self._default_location = found[self.default]
        self._folder, self._stamps = found, stamps

    def names(self) -> list[tuple[str, Literal["model", "folder"]]]:
        """What a client may ask for by name; uploads are their owners' and not listed."""
        own = [name for name in self._own if name not in self._folder]
        return [(name, "folder") for name in self._folder] + [(name, "model") for name in own]

    def find(self, name: str | None) -> Voice:
        """The voice called so. Raises VoiceError; a client never names a path of this computer."""
        name = name and self._spelled(name)
        if name in (None, "", DEFAULT, self.default) or self._is_alias(str(name)):
            return self._default_voice()
        assert name is not None
        if "://" in name:
            hosts, limit = self._settings.network.allow_hosts, self._settings.limits.upload_bytes
            url = remote.check_address(name, hosts)
            fetch = functools.partial(remote.fetch, url, hosts, limit)
            return Voice(url, lambda: load_voice(self.model, fetch()), remote=True)
        if path := self._folder.get(name):
            return Voice(name, lambda: self._load_own(name, path))
        if name in self._own:
            released = self.model.voices is None  # its voices are on the hub
            return Voice(name, lambda: self._load_own(name, name), remote=released)
        if name.startswith(UPLOAD):
            # another client's is none, even for one who knows its id
            return self._upload(name if name.endswith(owner()) else UPLOAD)
        known = ", ".join(listed for listed, _ in self.names()[:40])
        raise VoiceError(f"there is no voice {name[:100]!r}; there are: {known}")

    def _default_voice(self) -> Voice:
        return Voice(self.default, lambda: load_voice(self.model, self._default_location))

    def _load_own(self, name: str, location: Path | str) -> VoiceState:
        try:
            return load_voice(self.model, location)
        except (VoiceError, AudioError) as error:
            # names this computer's folders
            log.error("the voice %s can't be used: %s", name, error)
            raise VoiceError(
                f"the voice {name!r} can't be used; the server's log says why"
            ) from error

    def _forgotten(self) -> VoiceState:
        raise VoiceError(
            f"the uploaded voice is not in memory for the model {self.model.name}: upload it again"
        )

    def _is_alias(self, name: str) -> bool:
        return name in OPENAI_NAMES and name not in self._folder and name not in self._own

    def _spelled(self, name: str) -> str:
        """The name as it is listed, where only its capitals differ."""
        if "://" in name or name in self._folder or name in self._own:
            return name
        listed = {known.casefold(): known for known in (*OPENAI_NAMES, *self._own, *self._folder)}
        return listed.get(name.casefold(), name)

    def uploaded(self, data: bytes) -> Voice:
        """The voice of a recording, named by its content and its owner.

        Raises VoiceError, AudioError, and ApiError where the caller may not upload or has
        uploaded all it may.
        """
        require("voices")
        if not self.model.can_clone:
            raise VoiceError(f"the model {self.model.name} can't clone voices: choose one by name")
        if not data:
            raise AudioError("the uploaded file is empty")
        mark = owner()
        name = UPLOAD + hashlib.sha256(data).hexdigest()[: 32 - len(mark)] + mark
        limit = upload_limit()
        known = self.cache.keys() if self._recordings is None else self._recordings.names()
        if limit is not None and name not in known and _ending(known, mark) >= limit:
            raise ApiError(
                429, f"{limit} voices of yours are in memory: forget one first", code="quota"
            )
        if self._recordings is not None:
            self._recordings.put(name, data)
        return Voice(name, lambda: load_voice(self.model, data))

    def _upload(self, name: str) -> Voice:
        """An upload that may be in memory."""
        recordings = self._recordings
        if recordings is None:
            return Voice(name, self._forgotten)
        if name not in recordings.names():
            self.cache.forget(name)  # as another worker was told to

        def load() -> VoiceState:
            data = recordings.get(name)
            return self._forgotten() if data is None else load_voice(self.model, data)

        return Voice(name, load)

    def forget(self, name: str) -> bool:
        """Forget an upload of the caller's at once; True if it was there."""
        if not name.endswith(owner()):
            return False
        here = self.cache.forget(name)
        return here if self._recordings is None else self._recordings.forget(name)

    async def state(self, voice: Voice, run: Run) -> VoiceState:
        """The state of `voice`, from memory or loaded now."""
        return await self.cache.get(voice.key, lambda: run(voice.load))


def _ending(names: list[str], mark: str) -> int:
    return sum(name.startswith(UPLOAD) and name.endswith(mark) for name in names)


def _folder_voices(folder: Path | None) -> dict[str, Path]:
    """Voices by name; a voice file before a recording of the same name."""
    if folder is None:
        return {}
    files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    files.sort(key=lambda path: (path.stem, path.suffix.lower() != ".safetensors", path.name))
    found: dict[str, Path] = {}
    for path in files:
        if path.is_file() and not path.name.startswith("."):
            found.setdefault(path.stem, path)
    return found


class StateCache:
    """Voice states by key, the least recently used forgotten first."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._states: OrderedDict[str, VoiceState] = OrderedDict()
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, key: str) -> bool:
        return key in self._states

    def keys(self) -> list[str]:
        """Of all states, the least recently used first."""
        return list(self._states)

    async def get(self, key: str, load: Callable[[], Awaitable[VoiceState]]) -> VoiceState:
        """The state, loaded once however many ask for it at the same time."""
        lock = self._loading.setdefault(key, asyncio.Lock())
        async with lock:
            if key not in self._states:
                self.put(key, await load())
            self._states.move_to_end(key)
            return self._states[key]

    def forget(self, key: str) -> bool:
        """True if it was there."""
        state = self._states.pop(key, None)
        if state is not None:
            self.bytes -= _size(state)
        return state is not None

    def put(self, key: str, state: VoiceState) -> None:
        """Keep a state, and forget the oldest beyond the bound."""
        self._states[key] = state
        self.bytes += _size(state)
        # the newest stays even if it is larger than the bound: it is about to be used
        while self.bytes > self.max_bytes and len(self._states) > 1:
            _, oldest = self._states.popitem(last=False)
            self.bytes -= _size(oldest)


def _size(state: VoiceState) -> int:
    return int(state["cache"].nbytes)
