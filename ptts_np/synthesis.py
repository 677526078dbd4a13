"""Text to speech, read from top to bottom: text, tokens, latents, samples.

    text -> chunks -> tokens -> FlowLM -> latents -> Mimi -> samples

A text is cut into chunks of one breath. Each chunk is a row of the engine (`ptts_np.engine`), which
speaks the rows of all callers side by side, from one reading of the weights. A row's sound does not
depend on the others.
"""

import functools
import queue
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from os import PathLike
from threading import Event
from typing import Any, Literal, TypedDict

import numpy as np
from jaxtyping import Float32
from typing_extensions import Unpack

from ptts_np.audio.loudness import at_loudness, check_target
from ptts_np.engine.delivery import Delivery, delivered, shaped
from ptts_np.engine.plan import Plan, make_plan
from ptts_np.engine.speech import Speech
from ptts_np.errors import InputError, PttsError, VoiceError
from ptts_np.loading import Model, load_model
from ptts_np.passages import Manner, Passage, Pronunciations, language_of, passages
from ptts_np.reading.policy import Policy
from ptts_np.reading.sentences import whole_sentences
from ptts_np.sampling import Options, Settings, generator, resolve
from ptts_np.text import chunks as text_rules
from ptts_np.voice import VoiceState, load_voice, voice_names

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
    reading: str = "auto",
    markup: str = "auto",
    lexicon: Pronunciations = None,
    speed: float = 1.0,
    policy: Policy | None = None,
    voices: Mapping[str, VoiceLike] | None = None,
    loudness: float | None = None,
    **options: Unpack[Options],
) -> Samples:
    """Speak `text`: float32 samples `[n]` at 24 kHz, within about [-1, 1]. See `stream`.

    `loudness` is a target in LUFS (ITU-R BS.1770), from -50 to -5; without it the sound is as loud
    as the model makes it.
    """
    if loudness is not None:
        check_target(loudness)
    model = model or _default_model()
    manner = Manner(reading, markup, lexicon, speed, policy, voices)
    speech = _speak(text, model, voice, seed, manner, options, listening=False, stop=Event())
    sound = np.concatenate([np.zeros(0, np.float32), *speech])
    return sound if loudness is None else at_loudness(sound, loudness, model.sample_rate)


def stream(
    text: str | Iterable[str],
    *,
    model: Model | None = None,
    voice: VoiceLike = None,
    seed: Seed = None,
    stop: Event | None = None,
    reading: str = "auto",
    markup: str = "auto",
    lexicon: Pronunciations = None,
    speed: float = 1.0,
    policy: Policy | None = None,
    voices: Mapping[str, VoiceLike] | None = None,
    **options: Unpack[Options],
) -> Generator[Samples, None, None]:
    """Speak `text` in pieces, float32 samples at 24 kHz, each as soon as it is decoded.

    - `model`: from `load_model`; default that of `load_model()`, loaded once.
    - `voice`: a state from `load_voice`, or anything `load_voice` takes (loaded on each call).
    - `seed`: an int or a Generator. The same seed gives the same samples on the same backend.
    - `stop`: an event that ends the stream as soon as it is set, for those who wait for its next
      piece in another thread.
    - `text` may come in pieces, any iterable of strings: each sentence is spoken once it is whole.
    - `reading`: "auto" reads numbers, dates and abbreviations where the model speaks English; a
      language's code (en, fr, de, it, pt, es, nl) reads in that language, "raw" hands the text on
      as it is.
    - `markup`: plain, markdown, html, ssml, or auto; see `ptts_np.reading.read`.
    - `lexicon`: pronunciations of your own, a dictionary of words to respellings or to
      "/phonemes/", or a file of them.
    - `speed`: 0.5 to 2, at the same pitch.
    - `voices`: names for the lines of a script, `[anna] Good morning.`, and for SSML, each with
      whatever `voice` may be; the model's own voices have their names anyway.
    - `policy`: pauses, and what is done with code, tables, addresses and emoji.
    - `options`: temperature, decode_steps, noise_clamp, eos_threshold, frames_after_eos and
      max_tokens, with the ranges of `ptts_np.sampling.Options`; None or nothing is the model's own.
      Models of type drifting or pointwise take one step whatever `decode_steps` is.

    Everything is checked before the first piece is asked for: InputError, VoiceError, or what
    `load_voice` raises. Closing the iterator stops the work within a frame.
    """
    manner = Manner(reading, markup, lexicon, speed, policy, voices)
    stop = stop or Event()
    if not isinstance(text, str) and isinstance(text, Iterable):
        return _as_it_comes(text, model, voice, seed, manner, options, stop)
    return _speak(text, model, voice, seed, manner, options, listening=True, stop=stop)


def _as_it_comes(
    pieces: Iterable[str],
    model: Model | None,
    voice: VoiceLike,
    seed: Seed,
    manner: Manner,
    options: Options,
    stop: Event,
) -> Generator[Samples, None, None]:
    """Speak a text that arrives in pieces, a sentence at a time; one generator is for all noise."""
    model = model or _default_model()
    state = _state(model, voice)
    rng = generator(seed)
    for sentence in whole_sentences(pieces, language_of(model) or "en"):
        if text_rules.has_speech(sentence) and not stop.is_set():
            yield from _speak(
                sentence, model, state, rng, manner, options, listening=True, stop=stop
            )


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
    return _many(texts, model, _state(model, voice), seed, errors, options)


def _many(
    texts: Iterable[str | Request],
    model: Model,
    voice: VoiceLike,
    seed: int | None,
    errors: str,
    options: Options,
) -> Generator[tuple[int, Samples | PttsError], None, None]:
    sounds: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    waiting, open_ = enumerate(texts), dict[int, tuple[Speech, list[Samples | Delivery]]]()
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
                    plans = _plans(
                        model, own.get("voice", voice), own["text"], number, Manner(), merged
                    )
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
            if isinstance(piece, (np.ndarray, Delivery)):
                pieces.append(piece)
                continue
            model.engine.remove(speech)
            del open_[index]
            if piece is None:
                sound = shaped(pieces, model.sample_rate)
                yield index, np.concatenate([np.zeros(0, np.float32), *sound])
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
    manner: Manner,
    options: Options,
    *,
    listening: bool,
    stop: Event,
) -> Generator[Samples, None, None]:
    """Check everything, then speak when the first piece is asked for."""
    model = model or _default_model()
    pieces = model.engine.speak(
        model,
        _plans(model, voice, text, seed, manner, options),
        ahead=SECONDS_AHEAD * model.sample_rate if listening else 1 << 62,
        side_by_side=SIDE_BY_SIDE,
        listening=listening,
        stop=stop,
    )
    return delivered(pieces, model.sample_rate)


def _plans(
    model: Model, voice: VoiceLike, text: str, seed: Seed, manner: Manner, options: Options
) -> Iterator[Plan]:
    """A plan for each chunk of a text, made when it is needed. Raises what `stream` raises."""
    if not isinstance(text, str):
        raise InputError(f"the text must be a str, not {type(text).__name__}")
    settings = resolve(model.config, options)
    rng = generator(seed)
    state = _state(model, voice)
    _check_voice(model, state)
    given = dict(manner.voices or {})
    found = passages(model, text, manner, [*given, *voice_names(model.name, model.voices)])
    states = {
        name: _state(model, given.get(name, name)) for name in {p.voice for p in found} if name
    }
    for other in states.values():
        _check_voice(model, other)
    parts = [part for passage in found for part in _parts(model, passage, settings)]
    return (
        make_plan(model, states[name] if name else state, chunk, settings, own, delivery)
        for (chunk, delivery, name), own in zip(parts, _generators(rng), strict=False)
    )


def _state(model: Model, voice: VoiceLike) -> VoiceState:
    return voice if isinstance(voice, dict) else load_voice(model, voice)


def _parts(
    model: Model, passage: Passage, settings: Settings
) -> list[tuple[str, Delivery, str | None]]:
    """The chunks of a passage, each spoken in one breath; the pause is after the last."""
    chunks = text_rules.split(passage.text, model.rules, model.tokenizer, settings.max_tokens)
    inner = replace(passage.delivery, lead=0.0, pause=0.0)
    deliveries = [inner] * len(chunks)
    deliveries[-1] = replace(deliveries[-1], pause=passage.delivery.pause)
    deliveries[0] = replace(deliveries[0], lead=passage.delivery.lead)
    return [(chunk, how, passage.voice) for chunk, how in zip(chunks, deliveries, strict=True)]


def _generators(rng: np.random.Generator) -> Iterator[np.random.Generator]:
    """The noise of each chunk, the same whether chunks are spoken in turn or side by side."""
    yield rng
    while True:
        try:
            yield from rng.spawn(1)
        except TypeError as error:
            raise InputError("the seed's Generator can't spawn others: give a number") from error


def _check_voice(model: Model, voice: VoiceState) -> None:
    if voice.get("model") != model.name:
        raise VoiceError(
            f"the voice belongs to the model {voice.get('model')!r}, not to {model.name!r}"
        )
