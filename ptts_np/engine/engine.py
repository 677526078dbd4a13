"""The threads that speak: as many as there are cores, each doing the most urgent piece of work.

They begin with the first speech and end with the last. An error in a chunk is its speech's alone.
"""

import atexit
import os
import queue
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from threading import Event
from typing import TYPE_CHECKING, Any

from ptts_np.engine import decoding, words, writing
from ptts_np.engine.delivery import Delivery, Piece
from ptts_np.engine.plan import Plan
from ptts_np.engine.schedule import Task, choose
from ptts_np.engine.speech import Chunk, Speech
from ptts_np.machine import cores
from ptts_np.model.flow_head import Times
from ptts_np.times.words import SpokenWord

if TYPE_CHECKING:
    from ptts_np.loading import Model

_ENGINES: "weakref.WeakSet[Engine]" = weakref.WeakSet()

MAX_WORKERS = 8
ROWS = 16
"""Chunks open at once, besides those that listeners wait for: each has a KV cache of its own."""

# at the end of the process threads stand still, and nothing may wait for one
_EXITING = Event()
atexit.register(_EXITING.set)


class Engine:
    """Speaks for any number of callers at once; one engine belongs to one model."""

    def __init__(self) -> None:
        _ENGINES.add(self)
        self.forget()

    def forget(self) -> None:
        """Let go of all speeches and threads, as a process must that was forked off another."""
        self._changed = threading.Condition()
        self._speeches: list[Speech] = []
        self._workers: set[threading.Thread] = set()
        self._idle = 0
        self._stepping = False
        self._times: dict[int, Times] = {}

    def speak(
        self,
        model: "Model",
        plans: Iterator[Plan],
        *,
        ahead: int,
        side_by_side: int,
        listening: bool,
        stop: Event,
    ) -> Generator[Piece, None, None]:
        """The sound of all plans, one after the other, each piece as soon as it is there.

        Before that of a plan with a delivery comes this. Words come after their sound.

        Closing the iterator, or setting `stop`, ends the work within a frame.
        """
        sound: queue.SimpleQueue[Any] = queue.SimpleQueue()
        speech = Speech(model, plans, sound.put, ahead, side_by_side, listening, stop)
        self.add(speech)
        try:
            while (piece := sound.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                if not isinstance(piece, (Delivery, SpokenWord)):
                    self.taken(speech, piece.size)
                yield piece
        finally:
            self.remove(speech)

    def add(self, speech: Speech) -> None:
        """Begin to speak; what is made goes to the speech's `sink`."""
        with self._changed:
            self._speeches.append(speech)
            self._wake()

    def taken(self, speech: Speech, samples: int) -> None:
        """The caller has taken so many samples: there is room for more."""
        with self._changed:
            full = not speech.room(first=False)
            speech.delivered -= samples
            if full:
                self._wake()

    def remove(self, speech: Speech) -> None:
        """Nothing more is made for this speech; its rows are free after the step under way."""
        if _EXITING.is_set():
            return  # a thread that stands still may hold the lock
        with self._changed:
            speech.closed = True
            if speech in self._speeches:
                self._speeches.remove(speech)
            workers = [] if self._speeches else list(self._workers)
            self._changed.notify_all()
        # without a speech they end; a caller leaves none behind
        for worker in workers:
            while worker.is_alive() and worker is not threading.current_thread():
                if self._speeches or _EXITING.is_set():
                    return
                worker.join(timeout=0.05)

    def _wake(self) -> None:
        """Let one more thread look for work, under the lock."""
        if self._idle:
            self._changed.notify()
        elif len(self._workers) < _worker_count():
            worker = threading.Thread(target=self._work, name="ptts-engine", daemon=True)
            self._workers.add(worker)
            worker.start()

    def _work(self) -> None:
        kept = False
        while (task := self._next(kept)) is not None:
            done, failed = self._carry_out(task)
            with self._changed:
                self._finish(task, done, failed)
            kept = task.kind == "step"

    def _next(self, kept: bool) -> Task | None:
        """Wait for work and take it; None when there is nobody to speak for."""
        with self._changed:
            while True:
                self._end_stopped()
                if not self._speeches:
                    self._workers.discard(threading.current_thread())
                    self._changed.notify_all()
                    return None
                if (task := self._choose(kept)) is not None:
                    break
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            self._start(task)
            if self._choose(False) is not None:
                self._wake()
            return task

    def _choose(self, kept: bool) -> Task | None:
        return choose(
            self._speeches,
            stepping=self._stepping,
            rows=ROWS,
            kept=kept,
        )

    def _end_stopped(self) -> None:
        for speech in [speech for speech in self._speeches if speech.stop.is_set()]:
            speech.end(None)
            self._speeches.remove(speech)

    def _start(self, task: Task) -> None:
        if task.kind == "plan":
            task.speech.planning = True
        busy = "write" if task.kind in ("begin", "step") else task.kind
        self._stepping |= task.kind == "step"
        for _, chunk in task.chunks:
            chunk.busy.add(busy)

    def _carry_out(self, task: Task) -> tuple[list[Any], list[BaseException | None]]:
        """Do the work, without the lock: a result for each chunk, or an error."""
        model = task.speech.model
        if task.kind == "step":
            return self._step(model, [chunk for _, chunk in task.chunks])
        done, failed = _caught(self._one, task, model)
        return [done], [failed]

    def _one(self, task: Task, model: "Model") -> Any:
        if task.kind == "plan":
            plan = next(task.speech.plans, None)
            half = decoding.new_half
            return None if plan is None else Chunk(plan, half(model), half(model))
        chunk = task.chunks[0][1]
        if task.kind == "begin":
            return writing.begin(model, chunk.plan, self._times_of(model, chunk))
        if task.kind == "features":
            latents = [chunk.latents[i] for i in range(chunk.group)]
            return len(latents), decoding.to_features(model, chunk.features_half, latents)
        samples, after = decoding.to_samples(model, chunk.samples_half, chunk.features[0])
        return samples, after, *words.words_over(model, chunk, samples)

    def _step(
        self, model: "Model", chunks: list[Chunk]
    ) -> tuple[list[Any], list[BaseException | None]]:
        rows = [chunk.writing for chunk in chunks if chunk.writing is not None]
        try:
            times = self._times_of(model, chunks[0])
            noise = writing.draw(model, rows)
            try:
                return writing.step(model, rows, noise, times), [None] * len(rows)
            except Exception:
                if len(rows) == 1:
                    raise
            # One row's fault is not the others'.
            alone = [
                _caught(writing.step, model, [row], noise[i : i + 1], times)
                for i, row in enumerate(rows)
            ]
            return [done and done[0] for done, _ in alone], [failed for _, failed in alone]
        except BaseException as error:  # noqa: BLE001 - handed over to the callers
            return [None] * len(rows), [error] * len(rows)

    def _times_of(self, model: "Model", chunk: Chunk) -> Times:
        steps = chunk.plan.settings.decode_steps
        if steps not in self._times:
            self._times[steps] = writing.sampling_times(model, steps)
        return self._times[steps]

    def _finish(self, task: Task, done: list[Any], failed: list[BaseException | None]) -> None:
        """Write down what was done, under the lock."""
        if task.kind == "step":
            self._stepping = False
        if task.kind == "plan":
            task.speech.planning = False
            targets: list[tuple[Speech, Chunk | None]] = [(task.speech, None)]
        else:
            targets = list(task.chunks)
        for (speech, chunk), result, error in zip(targets, done, failed, strict=True):
            if error is not None:
                speech.end(error)
            if speech.closed:
                if speech in self._speeches:
                    self._speeches.remove(speech)
                continue
            _RECORD[task.kind](speech, chunk, result)


def _caught(function: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    try:
        return function(*arguments), None
    except BaseException as error:  # noqa: BLE001 - handed over to the caller
        return None, error


def _record_plan(speech: Speech, _: Any, chunk: Chunk | None) -> None:
    if chunk is None:
        speech.all_planned = True
        speech.hand_on()
    else:
        speech.chunks.append(chunk)


def _record_writing(speech: Speech, chunk: Chunk, result: writing.Writing) -> None:
    chunk.busy.discard("write")
    chunk.writing = result
    if result.latent is not None:
        chunk.latents.append(result.latent)
        if chunk.plan.track:
            chunk.seen.append(result.state.get("seen"))
    speech.hand_on()


def _record_features(speech: Speech, chunk: Chunk, result: Any) -> None:
    frames, (features, chunk.features_half) = result
    chunk.busy.discard("features")
    for _ in range(frames):
        chunk.latents.popleft()
    chunk.features.append(features)


def _record_samples(speech: Speech, chunk: Chunk, result: Any) -> None:
    samples, chunk.samples_half, over, chunk.followed = result
    chunk.busy.discard("samples")
    chunk.features.popleft()
    speech.arrived(chunk, samples, over)


_RECORD: dict[str, Callable[..., None]] = {
    "plan": _record_plan,
    "begin": _record_writing,
    "step": _record_writing,
    "features": _record_features,
    "samples": _record_samples,
}


def _forked() -> None:
    for engine in _ENGINES:
        engine.forget()


if hasattr(os, "register_at_fork"):
    # threads are not copied, and whoever held a lock will never give it back
    os.register_at_fork(after_in_child=_forked)


def _worker_count() -> int:
    """The cores this process may use, at least two: a thread may wait for memory."""
    return max(2, min(MAX_WORKERS, cores()))
