"""Text to speech, read from top to bottom: text, tokens, latents, samples.

    text -> chunks -> tokens -> FlowLM -> latents -> Mimi -> samples

A text is cut into chunks of one breath. Each chunk is a row of the engine (`ptts_np.engine`), which
speaks the rows of all callers side by side, from one reading of the weights. A row's sound does not
depend on the others.
"""

import functools
import queue
from collections.abc import Generator, Iterable, Iterator
from os import PathLike
from threading import Event
from typing import Any, Literal, TypedDict

import numpy as np
from jaxtyping import Float32
from typing_extensions import Unpack

from ptts_np.engine.plan import Plan, make_plan
from ptts_np.engine.speech import Speech
from ptts_np.errors import InputError, PttsError, VoiceError
from ptts_np.loading import Model, load_model
from ptts_np.sampling import Options, Settings, generator, resolve
from ptts_np.text import chunks as text_rules
from ptts_np.voice import VoiceState, load_voice

Samples = Float32[np.ndarray, "samples"]
VoiceLike = VoiceState | str | PathLike[str] | bytes | np.ndarray | None
Seed = int | np.random.Generator | None

SECONDS_AHEAD = 20
"""Of sound that may wait for whoever reads a stream."""
SIDE_BY_SIDE = 8
"""Chunks of one text that are spoken at the same time."""
TEXTS_SIDE_BY_SIDE = 16


def generate(
    text: str,
    *,
    model: Model | None = None,
    voice: VoiceLike = None,
    seed: Seed = None,
    **options: Unpack[Options],
) -> Samples:
    """Speak `text`: float32 samples `[n]` at 24 kHz, within about [-1, 1]. See `stream`."""
    speech = _speak(text, model, voice, seed, options, listening=False, stop=Event())
    return np.concatenate([np.zeros(0, np.float32), *speech])


def stream(
    text: str,
    *,
    model: Model | None = None,
    voice: VoiceLike = None,
    seed: Seed = None,
    stop: Event | None = None,
    **options: Unpack[Options],
) -> Generator[Samples, None, None]:
    """Speak `text` in pieces, float32 samples at 24 kHz, each as soon as it is decoded.

    - `model`: from `load_model`; default that of `load_model()`, loaded once.
    - `voice`: a state from `load_voice`, or anything `load_voice` takes (loaded on each call).
    - `seed`: an int or a Generator. The same seed gives the same samples on the same backend.
    - `stop`: an event that ends the stream as soon as it is set, for those who wait for its next
      piece in another thread.
    - `options`: temperature, decode_steps, noise_clamp, eos_threshold, frames_after_eos and
      max_tokens, with the ranges of `ptts_np.sampling.Options`; None or nothing is the model's own.
      Models of type drifting or pointwise take one step whatever `decode_steps` is.

    Everything is checked before the first piece is asked for: InputError, VoiceError, or what
    `load_voice` raises. Closing the iterator stops the work within a frame.
    """
    return _speak(text, model, voice, seed, options, listening=True, stop=stop or Event())


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
    **options: Unpack[Options],
) -> Generator[tuple[int, Samples | PttsError], None, None]:
    """Speak many texts side by side; yields `(index, samples)` as each gets ready.

    - `texts`: any number, read as they are needed. A dict has a `text` and may have a `voice`, a
      `seed` and `options` of its own.
    - `seed`: text i is spoken with `seed + i`, so that `generate(text, seed=seed + i)` gives the
      same samples.
    - `errors`: "return" gives the error of a text that can't be spoken in place of its samples, and
      goes on; "raise" ends with it.

    The rest is as for `stream`. Only the texts being spoken are held in memory.
    """
    model = model or _default_model()
    default = None if isinstance(voice, dict) else load_voice(model, voice)
    common = voice if isinstance(voice, dict) else default
    return _many(texts, model, common, seed, errors, options)


def _many(
    texts: Iterable[str | Request],
    model: Model,
    voice: VoiceLike,
    seed: int | None,
    errors: str,
    options: Options,
) -> Generator[tuple[int, Samples | PttsError], None, None]:
    sounds: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    waiting, open_ = enumerate(texts), dict[int, tuple[Speech, list[Samples]]]()
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
                    plans = _plans(model, own.get("voice", voice), own["text"], number, merged)
                except PttsError as error:
                    if errors == "raise":
                        raise
                    yield index, error
                    continue
                sink = functools.partial(_numbered, sounds, index)
                speech = Speech(model, plans, sink, 1 << 62, SIDE_BY_SIDE, False, Event())
                open_[index] = speech, []
                model.engine.add(speech)
            if not open_:
                continue
            index, piece = sounds.get()
            speech, pieces = open_[index]
            if isinstance(piece, np.ndarray):
                pieces.append(piece)
                continue
            model.engine.remove(speech)
            del open_[index]
            if piece is None:
                yield index, np.concatenate([np.zeros(0, np.float32), *pieces])
            elif errors == "return" and isinstance(piece, PttsError):
                yield index, piece
            else:
                raise piece
    finally:
        for speech, _ in open_.values():
            model.engine.remove(speech)


def _numbered(sounds: "queue.SimpleQueue[tuple[int, Any]]", index: int, piece: Any) -> None:
    sounds.put((index, piece))


@functools.cache
def _default_model() -> Model:
    return load_model()


def _speak(
    text: str,
    model: Model | None,
    voice: VoiceLike,
    seed: Seed,
    options: Options,
    *,
    listening: bool,
    stop: Event,
) -> Generator[Samples, None, None]:
    """Check everything, then speak when the first piece is asked for."""
    model = model or _default_model()
    return model.engine.speak(
        model,
        _plans(model, voice, text, seed, options),
        ahead=SECONDS_AHEAD * model.sample_rate if listening else 1 << 62,
        side_by_side=SIDE_BY_SIDE,
        listening=listening,
        stop=stop,
    )


def _plans(
    model: Model, voice: VoiceLike, text: str, seed: Seed, options: Options
) -> Iterator[Plan]:
    """A plan for each chunk of a text, made when it is needed. Raises what `stream` raises."""
    if not isinstance(text, str):
        raise InputError(f"the text must be a str, not {type(text).__name__}")
    settings = resolve(model.config, options)
    rng = generator(seed)
    state = voice if isinstance(voice, dict) else load_voice(model, voice)
    _check_voice(model, state)
    chunks = _chunks(model, text, settings)
    return (
        make_plan(model, state, chunk, settings, own)
        for chunk, own in zip(chunks, _generators(rng), strict=False)
    )


def _generators(rng: np.random.Generator) -> Iterator[np.random.Generator]:
    """The noise of each chunk, the same whether chunks are spoken in turn or side by side."""
    yield rng
    while True:
        try:
            yield from rng.spawn(1)
        except TypeError as error:
            raise InputError("the seed's Generator can't spawn others: give a number") from error


def _chunks(model: Model, text: str, settings: Settings) -> list[str]:
    """Text to chunks the model can speak in one breath."""
    if model.pronounce:
        text_rules.prepare(text, model.rules)  # what is wrong is told of the text, not of phonemes
        pronounced = model.pronounce(text)
        if not text_rules.has_speech(pronounced):
            raise text_rules.unknown(text)
        text = pronounced
    return text_rules.split(text, model.rules, model.tokenizer, settings.max_tokens)


def _check_voice(model: Model, voice: VoiceState) -> None:
    if voice.get("model") != model.name:
        raise VoiceError(
            f"the voice belongs to the model {voice.get('model')!r}, not to {model.name!r}"
        )
