"""Many texts side by side."""

import functools
import queue
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import Any, Literal, TypedDict

import numpy as np
from typing_extensions import Unpack

from ptts_np.engine.delivery import Delivery, Event, Piece, shaped
from ptts_np.engine.speech import Speech
from ptts_np.errors import PttsError
from ptts_np.loading import Model
from ptts_np.passages import Manner, Pronunciations
from ptts_np.plans import VoiceLike, default_model, make_plans, state_of
from ptts_np.reading.policy import Policy
from ptts_np.sampling import Options
from ptts_np.synthesis import SIDE_BY_SIDE, Samples, joined
from ptts_np.times.words import SpokenWord
from ptts_np.voice import VoiceState

TEXTS_SIDE_BY_SIDE = 16


class Request(TypedDict, total=False):
    """One text of `generate_many` with a voice, a seed or options of its own."""

    text: str
    voice: VoiceLike
    seed: int
    options: Options


def generate_many(
    texts: Iterable[str | Request],
    *,
    model: Model | None = None,
    voice: VoiceLike = None,
    seed: int | None = None,
    errors: Literal["raise", "return"] = "raise",
    reading: str = "auto",
    markup: str = "auto",
    lexicon: Pronunciations = None,
    speed: float = 1.0,
    policy: Policy | None = None,
    voices: Mapping[str, VoiceLike] | None = None,
    **options: Unpack[Options],
) -> Generator[tuple[int, Samples | PttsError], None, None]:
    """Speak many texts side by side; yields `(index, samples)` as each gets ready.

    - `texts`: any number, read as they are needed. A dict has a `text` and may have a `voice`, a
      `seed` and `options` of its own.
    - `seed`: text i is spoken with `seed + i`, so that `generate(text, seed=seed + i)` gives the
      same samples.
    - `errors`: "return" gives the error of a text that can't be spoken in place of its samples, and
      goes on; "raise" ends with it.

    The rest is as for `stream`, but that the model's default voice is loaded when it is needed.
    Only the texts being spoken are held in memory.
    """
    model = model or default_model()
    manner = Manner(reading, markup, lexicon, speed, policy, voices)
    state = None if voice is None else state_of(model, voice)
    return _sounds(events_of_many(texts, model, state, seed, errors, manner, options))


def _sounds(
    spoken: Generator[tuple[int, list[Event] | PttsError], None, None],
) -> Generator[tuple[int, Samples | PttsError], None, None]:
    with closing(spoken):
        for index, events in spoken:
            yield index, events if isinstance(events, PttsError) else joined(events)


def events_of_many(
    texts: Iterable[str | Request],
    model: Model,
    voice: VoiceState | None,
    seed: int | None,
    errors: str,
    manner: Manner,
    options: Options,
    *,
    words: bool = False,
) -> Generator[tuple[int, list[Event] | PttsError], None, None]:
    """What `generate_many` speaks, each text with its words and their times if `words` are asked
    for."""
    common = functools.cache(lambda: state_of(model, voice))
    sounds: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    waiting, open_ = enumerate(texts), dict[int, tuple[Speech, list[Piece]]]()
    more = True
    try:
        while more or open_:
            while more and len(open_) < TEXTS_SIDE_BY_SIDE:
                index, request = next(waiting, (-1, ""))
                if index < 0:
                    more = False
                    break
                own: Request = {"text": request} if isinstance(request, str) else request
                number = own.get("seed", None if seed is None else seed + index)
                merged: Options = {**options, **own.get("options", {})}
                try:
                    state = own["voice"] if "voice" in own else common()
                    plans = make_plans(
                        model, state, own["text"], number, manner, merged, words=words
                    )
                except PttsError as error:
                    if errors == "raise":
                        raise
                    yield index, error
                    continue
                sink = functools.partial(_numbered, sounds, index)
                speech = Speech(model, plans, sink, 1 << 62, SIDE_BY_SIDE, False, threading.Event())
                open_[index] = speech, []
                model.engine.add(speech)
            if not open_:
                continue
            index, piece = sounds.get()
            speech, pieces = open_[index]
            if isinstance(piece, (np.ndarray, Delivery, SpokenWord)):
                pieces.append(piece)
                continue
            model.engine.remove(speech)
            del open_[index]
            if piece is None:
                yield index, list(shaped(pieces, model.sample_rate))
            elif errors == "return" and isinstance(piece, PttsError):
                yield index, piece
            else:
                raise piece
    finally:
        for speech, _ in open_.values():
            model.engine.remove(speech)


def _numbered(sounds: "queue.SimpleQueue[tuple[int, Any]]", index: int, piece: Any) -> None:
    sounds.put((index, piece))
