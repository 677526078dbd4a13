"""Rows to utterances: their speech as the bytes of a file, and the facts about it."""

import functools
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ptts_np.audio.encode import Coding, encode
from ptts_np.audio.loudness import SILENT, loudness
from ptts_np.corpora.manifest import Failure, Row
from ptts_np.corpora.store import sha256
from ptts_np.errors import FetchError, InputError, PttsError
from ptts_np.jobs.identity import voice_print
from ptts_np.jobs.seeds import seed_of
from ptts_np.jobs.speaking import Said, Task, speak_many
from ptts_np.loading import Model, load_model
from ptts_np.sampling import Options, resolve
from ptts_np.times.words import SpokenWord
from ptts_np.voice import VoiceState, default_voice, load_voice

Place = tuple[int, int]
"""A row's shard, and its line in the manifest."""

MODELS_KEPT = 2
VOICES_KEPT = 64


@dataclass(frozen=True)
class Manner:
    """How rows are spoken that don't say so themselves; all of it decides bytes."""

    model: str | None = None
    voice: str | None = None
    backend: str | None = None
    quantize: str | None = None
    seed: int = 0
    coding: Coding = "flac"
    words: bool = False
    options: Options = field(default_factory=lambda: Options())


@dataclass(frozen=True)
class Utterance:
    """A row's speech as a file, and what is known about it, ready for JSON."""

    audio: bytes
    facts: dict[str, Any]


class Speaker:
    """Models and voices that stay loaded, the least used ones making room."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.model = functools.lru_cache(MODELS_KEPT)(self._load_model)
        self.voice = functools.lru_cache(VOICES_KEPT)(self._load_voice)

    def _load_model(self, name: str | None) -> Model:
        return load_model(name, backend=self.manner.backend, quantize=self.manner.quantize)

    def _load_voice(self, model: str | None, name: str) -> tuple[VoiceState, str]:
        """A voice and its fingerprint."""
        voice = load_voice(self.model(model), name)
        return voice, voice_print(voice)

    def speak(
        self, rows: Iterable[tuple[Place, Row]], *, tries: int
    ) -> Iterator[tuple[Place, Utterance | Failure]]:
        """Speak rows, each given back once with its place, in the order they get ready.

        A row is tried again after what may pass, such as a network that is away; a row that can't
        be spoken is a Failure at once. A run of rows of the same model is spoken side by side.
        """
        for model, run in _runs(rows, self.manner.model):
            yield from self._speak_run(model, run, tries)

    def _speak_run(
        self, name: str | None, rows: Iterable[tuple[Place, Row]], tries: int
    ) -> Iterator[tuple[Place, Utterance | Failure]]:
        refused: list[tuple[Place, Failure]] = []
        spoken: dict[Place, Row] = {}

        def tasks() -> Iterator[Task[Place]]:
            for place, row in rows:
                task = self._task(name, place, row, tries)
                if isinstance(task, Failure):
                    refused.append((place, task))
                else:
                    spoken[place] = row
                    yield task

        try:
            model = self._patiently(tries, self.model, name)
        except PttsError as error:
            yield from ((place, _failure(row, place, error)) for place, row in rows)
            return
        for place, said in speak_many(model, tasks(), words=self.manner.words):
            yield place, self._utterance(model, name, spoken.pop(place), place, said)
            yield from refused
            refused.clear()
        yield from refused

    def _task(self, name: str | None, place: Place, row: Row, tries: int) -> Task[Place] | Failure:
        try:
            model = self.model(name)
            voice, _ = self._patiently(tries, self.voice, name, self._voice_name(model, row))
            options = Options(**{**self.manner.options, **row.options()})
            resolve(model.config, options)
            return Task(place, row.text, voice, self._seed(row), options)
        except PttsError as error:
            return _failure(row, place, error)

    def _patiently(self, tries: int, load: Any, *arguments: Any) -> Any:
        """Load, up to `tries` times where it fails for reasons outside of this machine."""
        for left in reversed(range(tries)):
            try:
                return load(*arguments)
            except FetchError:
                if not left:
                    raise
        raise InputError(f"tries must be 1 or more, not {tries}")

    def _voice_name(self, model: Model, row: Row) -> str:
        return row.voice or self.manner.voice or default_voice(model)

    def _seed(self, row: Row) -> int:
        return seed_of(self.manner.seed, row.id) if row.seed is None else row.seed

    def _utterance(
        self, model: Model, name: str | None, row: Row, place: Place, said: Said
    ) -> Utterance | Failure:
        if isinstance(said, PttsError):
            return _failure(row, place, said)
        rate, samples = model.sample_rate, said.samples
        try:
            audio = encode(samples, rate, self.manner.coding)
        except PttsError as error:
            return _failure(row, place, error)
        voice = self._voice_name(model, row)
        level = loudness(samples, rate)
        facts = {
            "id": row.id,
            "text": row.text,
            "voice": voice,
            "voice_fingerprint": self.voice(name, voice)[1],
            "model": model.name,
            "seed": self._seed(row),
            **asdict(resolve(model.config, {**self.manner.options, **row.options()})),
            "sample_rate": rate,
            "samples": int(samples.size),
            "duration": round(samples.size / rate, 6),
            "loudness": None if level == SILENT else round(level, 2),
            "peak": round(float(np.abs(samples).max(initial=0)), 4),
            "sha256": sha256(audio),
            "words": [_rounded(word) for word in said.words],
            "columns": row.model_extra or {},
        }
        return Utterance(audio, facts)


def _rounded(word: SpokenWord) -> dict[str, Any]:
    """A word, its times to the millisecond."""
    return {**asdict(word), "start": round(word.start, 3), "end": round(word.end, 3)}


def _failure(row: Row, place: Place, error: PttsError) -> Failure:
    return Failure(row.id, place[1], str(error), tries=1)


def _runs(
    rows: Iterable[tuple[Place, Row]], default: str | None
) -> Iterator[tuple[str | None, Iterator[tuple[Place, Row]]]]:
    """Neighbours of the same model together."""
    groups = itertools.groupby(rows, key=lambda placed: placed[1].model or default)
    yield from groups
