"""A text, a voice and options to plans: everything is checked here, before anything is spoken."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from os import PathLike

import numpy as np

from ptts_np.engine.delivery import Delivery
from ptts_np.engine.plan import Plan, make_plan
from ptts_np.errors import InputError, VoiceError
from ptts_np.loading import Model, load_model
from ptts_np.passages import Manner, Passage, passages
from ptts_np.sampling import Options, Settings, generator, resolve
from ptts_np.text import chunks as text_rules
from ptts_np.times.places import Track, tracks
from ptts_np.voice import VoiceState, load_voice, voice_names

VoiceLike = VoiceState | str | PathLike[str] | bytes | np.ndarray | None
Seed = int | np.random.Generator | None


@functools.cache
def default_model() -> Model:
    """The model of those who name none, loaded once."""
    return load_model()


def make_plans(
    model: Model,
    voice: VoiceLike,
    text: str,
    seed: Seed,
    manner: Manner,
    options: Options,
    *,
    words: bool = False,
) -> Iterator[Plan]:
    """A plan for each chunk of a text, made when it is needed. Raises what `stream` raises."""
    if not isinstance(text, str):
        raise InputError(f"the text must be a str, not {type(text).__name__}")
    settings = resolve(model.config, options)
    rng = generator(seed)
    state = state_of(model, voice)
    _check_voice(model, state)
    given = dict(manner.voices or {})
    found = passages(model, text, manner, [*given, *voice_names(model.name, model.voices)])
    states = {
        name: state_of(model, given.get(name, name)) for name in {p.voice for p in found} if name
    }
    for other in states.values():
        _check_voice(model, other)
    if words:
        _ = model.text_heads  # a model that has none is told of now
    parts = [part for passage in found for part in _parts(model, passage, settings, words)]
    return (
        make_plan(model, states[name] if name else state, chunk, settings, own, delivery, track)
        for (chunk, delivery, name, track), own in zip(parts, _generators(rng), strict=False)
    )


def state_of(model: Model, voice: VoiceLike) -> VoiceState:
    """The voice's state; raises what `load_voice` raises."""
    return voice if isinstance(voice, dict) else load_voice(model, voice)


def _parts(
    model: Model, passage: Passage, settings: Settings, words: bool
) -> list[tuple[str, Delivery, str | None, Track | None]]:
    """The chunks of a passage, each spoken in one breath; the pause is after the last."""
    said, tokenizer = passage.said, model.tokenizer
    chunks = text_rules.split(said.text, model.rules, tokenizer, settings.max_tokens)
    inner = replace(passage.delivery, lead=0.0, pause=0.0)
    deliveries = [inner] * len(chunks)
    deliveries[-1] = replace(deliveries[-1], pause=passage.delivery.pause)
    deliveries[0] = replace(deliveries[0], lead=passage.delivery.lead)
    found: Iterable[Track | None] = [None] * len(chunks)
    if words:
        read = [text_rules.prepare(chunk, model.rules) for chunk in chunks]
        found = tracks(said, read, [tokenizer.spans(text) for text in read])
    return [
        (chunk, how, passage.voice, track)
        for chunk, how, track in zip(chunks, deliveries, found, strict=True)
    ]


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
