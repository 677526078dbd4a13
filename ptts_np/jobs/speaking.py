"""Many texts spoken side by side, each with a voice and a seed of its own, under names."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from ptts_np.errors import PttsError
from ptts_np.loading import Model
from ptts_np.many import Request, generate_many
from ptts_np.sampling import Options
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


Said = Float32[np.ndarray, "samples"] | PttsError
"""Samples, or why there are none."""


def speak_many(model: Model, tasks: Iterable[Task[Key]]) -> Iterator[tuple[Key, Said]]:
    """Say all tasks, as rows of the engine; each key comes back once, as soon as it is done.

    What a task gives depends on that task alone, not on its neighbours. Only
    those being spoken are taken ahead of what has been read here.
    """
    keys: dict[int, Key] = {}

    def requests() -> Iterator[Request]:
        for index, task in enumerate(tasks):
            keys[index] = task.key
            yield Request(text=task.text, voice=task.voice, seed=task.seed, options=task.options)

    with closing(generate_many(requests(), model=model, errors="return")) as spoken:
        for index, said in spoken:
            yield keys.pop(index), said
