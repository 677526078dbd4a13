"""Text to speech, read from top to bottom: text, tokens, latents, samples.

    text -> chunks -> tokens -> FlowLM -> latents -> Mimi -> samples

FlowLM runs in a thread of its own, a bounded number of frames ahead of Mimi, which runs where the
samples are asked for; where FlowLM is small, its thread does Mimi's first half as well. All state
is in local variables: one model serves any number of streams.
"""

import functools
import logging
import math
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from os import PathLike
from threading import Event

import numpy as np
from jaxtyping import Float32
from typing_extensions import Unpack

from ptts_np.audio.samples import fade_in
from ptts_np.errors import InputError, VoiceError
from ptts_np.loading import Model, load_model
from ptts_np.model import flow_head, flow_lm, mimi
from ptts_np.pipeline import run_ahead
from ptts_np.sampling import Options, Settings, draw_noise, generator, resolve
from ptts_np.text import chunks as text_rules
from ptts_np.voice import VoiceState, load_voice

log = logging.getLogger("ptts_np")

Samples = Float32[np.ndarray, "samples"]
Latent = Float32[np.ndarray, "1 latent"]
Features = Float32[np.ndarray, "time dimension"]

FIRST_EOS_FRAME = 6
FRAMES_AHEAD = 16
GROUPS = (1, 1, 2, 4, 8)
"""Frames Mimi decodes at once: few at the start, for the first sound to come early, then more,
for speed. By the frame's number and not by what happens to wait, so that a seed fixes each bit."""


def generate(
    text: str,
    *,
    model: Model | None = None,
    voice: VoiceState | str | PathLike[str] | bytes | np.ndarray | None = None,
    seed: int | np.random.Generator | None = None,
    **options: Unpack[Options],
) -> Samples:
    """Speak `text`: float32 samples `[n]` at 24 kHz, within about [-1, 1]. See `stream`."""
    chunks = stream(text, model=model, voice=voice, seed=seed, **options)
    return np.concatenate([np.zeros(0, np.float32), *chunks])


def stream(
    text: str,
    *,
    model: Model | None = None,
    voice: VoiceState | str | PathLike[str] | bytes | np.ndarray | None = None,
    seed: int | np.random.Generator | None = None,
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
    if not isinstance(text, str):
        raise InputError(f"the text must be a str, not {type(text).__name__}")
    model = model or _default_model()
    settings = resolve(model.config, options)
    rng = generator(seed)
    state = voice if isinstance(voice, dict) else load_voice(model, voice)
    _check_voice(model, state)
    chunks = _chunks(model, text, settings)
    return _speak(model, state, chunks, settings, rng, stop or Event())


@functools.cache
def _default_model() -> Model:
    return load_model()


def _chunks(model: Model, text: str, settings: Settings) -> list[str]:
    """Text to chunks the model can speak in one breath."""
    if model.pronounce:
        text_rules.prepare(text, model.rules)  # what is wrong is told of the text, not of phonemes
        pronounced = model.pronounce(text)
        if not text_rules.has_speech(pronounced):
            raise text_rules.unknown(text)
        text = pronounced
    return text_rules.split(text, model.rules, model.tokenizer, settings.max_tokens)


def _speak(
    model: Model,
    voice: VoiceState,
    chunks: list[str],
    settings: Settings,
    rng: np.random.Generator,
    stop: Event,
) -> Generator[Samples, None, None]:
    """The two stages: what runs ahead in a thread, and what runs here."""
    closed = Event()
    frames = _frames(model, voice, chunks, settings, rng)
    if model.is_small:
        features = run_ahead(_features(model, _until((stop, closed), frames)), 1)
    else:
        frames = run_ahead(frames, FRAMES_AHEAD)
        features = _features(model, _until((stop, closed), frames))
    # closed here, not when it is collected: an error that is kept would keep the threads waiting
    with suppress(_Stopped), closing(features):
        try:
            yield from _samples(model, features)
        finally:
            closed.set()


class _Stopped(Exception):
    """Frames that wait to be decoded are not wanted any more."""


def _until(
    events: tuple[Event, ...], frames: Generator[Latent | None, None, None]
) -> Generator[Latent | None, None, None]:
    """The same frames until an event is set: at once, not only when a group is complete."""
    with closing(frames):
        for frame in frames:
            if any(event.is_set() for event in events):
                raise _Stopped
            yield frame


def _frames(
    model: Model,
    voice: VoiceState,
    chunks: list[str],
    settings: Settings,
    rng: np.random.Generator,
) -> Generator[Latent | None, None, None]:
    """The latents of all chunks, None after each."""
    for chunk in chunks:
        yield from _write_latents(model, voice, chunk, settings, rng)
        yield None


def _write_latents(
    model: Model, voice: VoiceState, chunk: str, settings: Settings, rng: np.random.Generator
) -> Iterator[Latent]:
    """FlowLM: one chunk of text to latents `[1, latent]`, one per 80 ms frame."""
    ops, config, params = model.ops, model.config.flow_lm, model.params.flow_lm
    tokens = np.array(model.tokenizer.encode(text_rules.prepare(chunk, model.rules)), np.int64)
    limit = math.ceil((len(tokens) / 3 + 2) * model.config.mimi.frame_rate)
    after_eos = settings.frames_after_eos
    if after_eos is None:
        after_eos = text_rules.frames_after_eos_guess(chunk, model.rules) + 2
    times = flow_head.time_embeddings(ops, config.flow, params.flow_net, settings.decode_steps)

    state = flow_lm.copy_state(voice, spare=len(tokens) + limit // 2)
    embedded = flow_lm.embed_text(ops, params, tokens)
    latent, eos = None, None
    for frame in range(limit):
        noise = draw_noise(rng, model.config.latent_dim, settings)
        if latent is None:
            latent, logit, state = flow_lm.begin(
                ops, model.prefill_ops, config, params, state, embedded, noise, times
            )
        else:
            latent, logits, (state,) = flow_lm.step(
                ops, config, params, [state], latent, noise, times
            )
            logit = float(logits[0])
        if eos is None and frame >= FIRST_EOS_FRAME and logit > settings.eos_threshold:
            eos = frame
        if eos is not None and frame >= eos + after_eos:
            return
        yield latent
    # not the text itself: a server's log is no place for what people say
    log.warning("no end of speech within %d frames for %d characters", limit, len(chunk))


def _features(
    model: Model, frames: Generator[Latent | None, None, None]
) -> Generator[Features | None, None, None]:
    """Mimi's first half: the latents of all chunks to features, None after each chunk."""
    ops, config, params = model.ops, model.config.mimi, model.params.mimi
    flow = model.params.flow_lm
    state = mimi.decoder_state(config, params)
    with closing(frames):
        for group in _groups(frames):
            if group is None:
                state = mimi.decoder_state(config, params)
                yield None
                continue
            latents = np.concatenate(group) * flow.emb_std + flow.emb_mean
            features, state = mimi.decode_features(ops, config, params, state, latents)
            yield features


def _samples(model: Model, pieces: Iterator[Features | None]) -> Iterator[Samples]:
    """Mimi's second half: features to samples, with a fade-in of 5 ms at the start of a chunk."""
    ops, config, params = model.ops, model.config.mimi, model.params.mimi
    state = None
    for features in pieces:
        if features is None:
            state = None
            continue
        begins = state is None
        state = state or mimi.decoder_state(config, params)
        samples, state = mimi.decode_samples(ops, config, params, state, features)
        yield fade_in(samples, config.sample_rate // 200) if begins else samples


def _groups(frames: Iterator[Latent | None]) -> Iterator[list[Latent] | None]:
    """Frames in groups of a growing size; None ends a chunk, and the next one's begin small."""
    sizes, group = iter(GROUPS), list[Latent]()
    size = next(sizes)
    for frame in frames:
        if frame is not None:
            group.append(frame)
        if group and (frame is None or len(group) == size):
            yield group
            group, size = [], next(sizes, size)
        if frame is None:
            yield None
            sizes = iter(GROUPS)
            size = next(sizes)


def _check_voice(model: Model, voice: VoiceState) -> None:
    if voice.get("model") != model.name:
        raise VoiceError(
            f"the voice belongs to the model {voice.get('model')!r}, not to {model.name!r}"
        )
