"""Many texts spoken side by side, each with a voice and a seed of its own, under names."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from ptts_np.engine.delivery import Event
from ptts_np.errors import PttsError
from ptts_np.loading import Model
from ptts_np.many import Request, events_of_many
from ptts_np.passages import Manner
from ptts_np.sampling import Options
from ptts_np.synthesis import joined
from ptts_np.times.words import SpokenWord
from ptts_np.voice import VoiceState

Key = TypeVar("Key")


@dataclass(frozen=True)
class Task(Generic[Key]):
    """A text to say; `key` is the caller's own name of it."""

    key: Key
    text: str
    voice: VoiceState
    seed: int
    options: Options = field(default_factory=lambda: Options())


@dataclass(frozen=True, eq=False)
class Sound:
    """What was said, and its words with their times where they were asked for."""

    samples: Float32[np.ndarray, "samples"]
    words: tuple[SpokenWord, ...] = ()


Said = Sound | PttsError
"""A sound, or why there is none."""


def speak_many(
    model: Model, tasks: Iterable[Task[Key]], *, words: bool = False
) -> Iterator[tuple[Key, Said]]:
    """Say all tasks, as rows of the engine; each key comes back once, as soon as it is done.

    What a task gives depends on that task alone, not on its neighbours. Only those being spoken are
    taken ahead of what has been read here. `words` asks for the times of words, too.
    """
    keys: dict[int, Key] = {}

    def requests() -> Iterator[Request]:
        for index, task in enumerate(tasks):
            keys[index] = task.key
            yield Request(text=task.text, voice=task.voice, seed=task.seed, options=task.options)

    spoken = events_of_many(
        requests(), model, None, None, "return", Manner(), Options(), words=words
    )
    with closing(spoken):
        for index, said in spoken:
            yield keys.pop(index), said if isinstance(said, PttsError) else _sound(said)


def _sound(events: list[Event]) -> Sound:
    return Sound(joined(events), tuple(e for e in events if isinstance(e, SpokenWord)))
