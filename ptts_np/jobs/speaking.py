"""Many texts spoken at once, in whatever order they get ready."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from ptts_np.errors import PttsError
from ptts_np.loading import Model
from ptts_np.sampling import Options
from ptts_np.synthesis import generate
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


def speak_many(
    model: Model, tasks: Iterable[Task[Key]], *, at_once: int
) -> Iterator[tuple[Key, Said]]:
    """Say all tasks, `at_once` at the same moment; each key comes back once, as soon as it is done.

    What a task gives depends on that task alone, neither on its neighbours nor on `at_once`. No
    more than twice `at_once` tasks are taken ahead of what has been read here.
    """
    with ThreadPoolExecutor(at_once, "ptts-speaking") as pool:
        running: dict[Future[Said], Key] = {}
        try:
            for task in tasks:
                running[pool.submit(_say, model, task)] = task.key
                while len(running) >= 2 * at_once:
                    yield from _finished(running)
            while running:
                yield from _finished(running)
        finally:
            for future in running:
                future.cancel()


def _finished(running: dict[Future[Said], Key]) -> Iterator[tuple[Key, Said]]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        yield running.pop(future), future.result()


def _say(model: Model, task: Task[Any]) -> Said:
    try:
        return generate(task.text, model=model, voice=task.voice, seed=task.seed, **task.options)
    except PttsError as error:
        return error
