"""One listener's chunks, in order, and how far each has come. Used under the engine's lock."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from ptts_np.engine.decoding import Features, Half, Latent, Samples, group_size
from ptts_np.engine.delivery import Piece
from ptts_np.engine.plan import Plan
from ptts_np.engine.words import last_words
from ptts_np.engine.writing import Writing
from ptts_np.times.follow import Followed, Inputs
from ptts_np.times.words import SpokenWord

if TYPE_CHECKING:
    from ptts_np.loading import Model

LATENTS_AHEAD = 16
"""Frames FlowLM may be ahead of Mimi with one chunk."""
CHUNK_SECONDS = 3.0
"""At least what the sound of a chunk is taken to last, while nobody knows."""


@dataclass(eq=False)
class Chunk:
    """One chunk of a text on its way: written, half decoded, decoded. `busy` names what a thread
    is doing with it: "write", "features" or "samples", each at most once. Where its words are asked
    for, `seen` has what the heads look with in each frame."""

    plan: Plan
    features_half: Half
    samples_half: Half
    writing: Writing | None = None
    latents: deque[Latent] = field(default_factory=deque)
    features: deque[Features] = field(default_factory=deque)
    sound: list[Samples | SpokenWord] = field(default_factory=list)
    seen: list[Inputs | None] = field(default_factory=list)
    followed: Followed | None = None
    busy: set[str] = field(default_factory=set)
    announced: bool = False

    @property
    def written(self) -> bool:
        """Whether FlowLM has done all of it."""
        return self.writing is not None and self.writing.ended

    @property
    def group(self) -> int:
        """Frames of the next group to be decoded, 0 while they are not all there."""
        size = group_size(self.features_half.groups)
        if self.written:
            return min(size, len(self.latents))
        return size if len(self.latents) >= size else 0

    @property
    def finished(self) -> bool:
        """Whether all of it is sound."""
        return self.written and not (self.latents or self.features or self.busy)


@dataclass(eq=False)
class Speech:
    """What one caller hears: chunks one after the other, spoken side by side.

    `sink` takes each piece of sound in order, before a chunk its delivery if it has one, then None,
    or an error. `ahead` is how many samples may wait for the caller: `delivered` but not taken, or
    `held` until the chunks before are done. `planning` tells that the next chunk is being made
    ready. `listening` callers hear the sound while it is made; the others want all of it, as soon
    as may be.
    """

    model: "Model"
    plans: Iterator[Plan]
    sink: Callable[[Piece | BaseException | None], object]
    ahead: int
    side_by_side: int
    listening: bool
    stop: Event
    chunks: deque[Chunk] = field(default_factory=deque)
    delivered: int = 0
    held: int = 0
    sent: int = 0
    came: float = field(default_factory=time.monotonic)
    heard_from: float | None = None
    planning: bool = False
    all_planned: bool = False
    closed: bool = False

    def lead(self, now: float) -> float:
        """Seconds until the listener hears nothing; below 0, how long that has been so."""
        if not self.listening:
            return np.inf
        if self.heard_from is None:
            return self.came - now
        rate = self.model.sample_rate
        return max(self.heard_from + self.sent / rate - now, self.delivered / rate)

    def room(self, *, first: bool) -> bool:
        """Whether more sound may be made, for the chunk heard now or for a later one."""
        return self.delivered + (0 if first else self.held) < self.ahead

    def arrived(self, chunk: Chunk, samples: Samples, words: Sequence[SpokenWord]) -> None:
        """A piece of sound was made, and words are over: hand on what is next in order."""
        self.held += samples.size
        chunk.sound += [samples, *words]
        self.hand_on()

    def hand_on(self) -> None:
        """Send what is next in order, and let go of the chunks that are done."""
        while self.chunks:
            chunk = self.chunks[0]
            if not chunk.announced and (chunk.sound or chunk.finished):
                chunk.announced = True
                if chunk.plan.delivery is not None:
                    self.sink(chunk.plan.delivery)
            for piece in chunk.sound:
                self._send(piece)
            chunk.sound.clear()
            if not chunk.finished:
                return
            try:
                words = last_words(self.model, chunk)
            except Exception as error:  # noqa: BLE001 - handed over to the caller
                self.end(error)
                return
            for word in words:
                self._send(word)
            self.chunks.popleft()
        if self.all_planned:
            self.end(None)

    def _send(self, piece: Samples | SpokenWord) -> None:
        if not isinstance(piece, SpokenWord):
            if self.heard_from is None:
                self.heard_from = time.monotonic()
            self.held -= piece.size
            self.delivered += piece.size
            self.sent += piece.size
        self.sink(piece)

    def end(self, error: BaseException | None) -> None:
        """Nothing follows but the error, if there is one."""
        if not self.closed:
            self.closed = True
            self.sink(error)
