"""Which piece of work is the next.

Whoever's listener would otherwise soonest hear nothing goes first (`Speech.lead`). Where nobody is
in need, what is written is decoded first, and FlowLM's step waits until most of the chunks want
one: a step costs nearly the same for one of them as for all.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ptts_np.engine.speech import CHUNK_SECONDS, LATENTS_AHEAD, Chunk, Speech

URGENT = 0.3
"""Seconds before a listener hears nothing, from which on others wait."""
MOST = 0.75
"""Part of the chunks being written that must want a frame for a step to be worth its cost."""

Kind = Literal["plan", "begin", "step", "features", "samples"]


@dataclass(frozen=True)
class Task:
    """A piece of work on some chunks; all but a step are on one. A plan is for a chunk to come."""

    kind: Kind
    speech: Speech
    chunks: tuple[tuple[Speech, Chunk], ...] = ()


@dataclass(frozen=True)
class Row:
    """A chunk that can be worked on, and how soon its sound is needed."""

    lead: float
    speech: Speech
    chunk: Chunk


def choose(speeches: Sequence[Speech], *, stepping: bool, rows: int, kept: bool) -> Task | None:
    """The most urgent piece of work that nobody does yet; None where there is none.

    `stepping` tells that a step is under way, `rows` how many chunks may be open at once besides
    those their listeners wait for. `kept` is true for a thread that has just made a step: it goes
    on with it, since its data is near.
    """
    now = time.monotonic()
    leads = {id(speech): speech.lead(now) for speech in speeches}
    opened = sum(len(speech.chunks) for speech in speeches)
    ordered = sorted(
        (
            Row(leads[id(speech)] + CHUNK_SECONDS * index, speech, chunk)
            for speech in speeches
            for index, chunk in enumerate(speech.chunks)
        ),
        key=lambda row: row.lead,
    )
    plan = _to_plan(speeches, leads, opened, rows)
    if plan is not None and leads[id(plan.speech)] < URGENT and not plan.speech.chunks:
        return plan
    step = None if stepping else _step(ordered)
    if kept and step is not None and ordered[0].lead >= 0 and _worth(step, ordered, LATENTS_AHEAD):
        return step
    for row in ordered:
        if (
            row.lead >= URGENT
            and step is not None
            and _worth(step, ordered, LATENTS_AHEAD // 2 + 1)
        ):
            return step
        task = _decode(row) or _begin(row)
        if task is None and step is not None and row.lead < URGENT and _wants(row):
            task = step
        if task is not None:
            return task
    return plan or step


def _decode(row: Row) -> Task | None:
    chunk = row.chunk
    if chunk.features and "samples" not in chunk.busy:
        return Task("samples", row.speech, ((row.speech, chunk),))
    # two groups at most wait between the halves
    if chunk.group and "features" not in chunk.busy and len(chunk.features) < 2:
        return Task("features", row.speech, ((row.speech, chunk),))
    return None


def _begin(row: Row) -> Task | None:
    if row.chunk.writing is None and not row.chunk.busy:
        return Task("begin", row.speech, ((row.speech, row.chunk),))
    return None


def _to_plan(
    speeches: Sequence[Speech],
    leads: dict[int, float],
    opened: int,
    rows: int,
) -> Task | None:
    """The next chunk of the listener who needs it most, while there is room."""
    for speech in sorted(speeches, key=lambda speech: leads[id(speech)]):
        if speech.all_planned or speech.planning:
            continue
        if not speech.chunks:
            return Task("plan", speech)
        comes_early = leads[id(speech)] < URGENT
        full = opened >= rows or len(speech.chunks) >= speech.side_by_side
        if not full and not comes_early and speech.room(first=False):
            return Task("plan", speech)
    return None


def _goes_on(row: Row) -> bool:
    """Whether a chunk is being written, and there is room for its sound."""
    chunk, speech = row.chunk, row.speech
    if chunk.writing is None or chunk.writing.ended:
        return False
    return speech.room(first=chunk is speech.chunks[0])


def _wants(row: Row) -> bool:
    """Whether FlowLM may write the next frame of a chunk."""
    chunk = row.chunk
    return _goes_on(row) and "write" not in chunk.busy and len(chunk.latents) < LATENTS_AHEAD


def _step(ordered: Sequence[Row]) -> Task | None:
    """One step of all that want a frame; of the urgent alone while somebody is in need."""
    rows = [row for row in ordered if _wants(row)]
    if not rows:
        return None
    first = rows[0]
    if first.lead < URGENT:
        rows = [row for row in rows if row.lead < URGENT]
    steps = first.chunk.plan.settings.decode_steps
    most = first.speech.model.backend.rows
    same = [row for row in rows if row.chunk.plan.settings.decode_steps == steps]
    return Task("step", first.speech, tuple((row.speech, row.chunk) for row in same[:most]))


def _worth(step: Task, ordered: Sequence[Row], below: int) -> bool:
    """Whether most of the chunks that are being written have fewer than so many frames ahead."""
    hungry = sum(len(chunk.latents) < below for _, chunk in step.chunks)
    return hungry >= MOST * sum(map(_goes_on, ordered))
