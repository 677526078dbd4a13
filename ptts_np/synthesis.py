"""Text to speech, read from top to bottom: text, tokens, latents, samples.

    text -> chunks -> tokens -> FlowLM -> latents -> Mimi -> samples

A text is cut into chunks of one breath. Each chunk is a row of the engine (`ptts_np.engine`), which
speaks the rows of all callers side by side, from one reading of the weights. A row's sound does not
depend on the others.
"""

import threading
from collections.abc import Generator, Iterable, Mapping

import numpy as np
from jaxtyping import Float32
from typing_extensions import Unpack

from ptts_np.audio.loudness import at_loudness, check_target
from ptts_np.engine.delivery import Event, delivered
from ptts_np.loading import Model
from ptts_np.passages import Manner, Pronunciations, language_of
from ptts_np.plans import Seed, VoiceLike, default_model, make_plans, state_of
from ptts_np.reading.policy import Policy
from ptts_np.reading.sentences import whole_sentences
from ptts_np.sampling import Options, generator
from ptts_np.text.chunks import has_speech
from ptts_np.times.words import SpokenWord, sound_alone

Samples = Float32[np.ndarray, "samples"]

SECONDS_AHEAD = 20
"""Of sound that may wait for whoever reads a stream."""
SIDE_BY_SIDE = 8
"""Chunks of one text that are spoken at the same time."""


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
    model = model or default_model()
    manner = Manner(reading, markup, lexicon, speed, policy, voices)
    sound = joined(_speak(text, model, voice, seed, manner, options))
    return sound if loudness is None else at_loudness(sound, loudness, model.sample_rate)


def generate_with_words(
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
    **options: Unpack[Options],
) -> tuple[Samples, list[SpokenWord]]:
    """Speak `text`: the samples `generate` gives, and all words with their times.

    Raises what `stream_events` raises.
    """
    manner = Manner(reading, markup, lexicon, speed, policy, voices)
    events = list(_speak(text, model, voice, seed, manner, options, words=True))
    return joined(events), [event for event in events if isinstance(event, SpokenWord)]


def joined(events: Iterable[Event]) -> Samples:
    """The sound of what a listener gets, in one piece."""
    sound = [event for event in events if not isinstance(event, SpokenWord)]
    return np.concatenate([np.zeros(0, np.float32), *sound])


def stream(
    text: str | Iterable[str],
    *,
    model: Model | None = None,
    voice: VoiceLike = None,
    seed: Seed = None,
    stop: threading.Event | None = None,
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
    events = _listened(text, model, voice, seed, manner, options, stop, words=False)
    return sound_alone(events, _ignored)


def stream_events(
    text: str | Iterable[str],
    *,
    model: Model | None = None,
    voice: VoiceLike = None,
    seed: Seed = None,
    stop: threading.Event | None = None,
    reading: str = "auto",
    markup: str = "auto",
    lexicon: Pronunciations = None,
    speed: float = 1.0,
    policy: Policy | None = None,
    voices: Mapping[str, VoiceLike] | None = None,
    **options: Unpack[Options],
) -> Generator[Samples | SpokenWord, None, None]:
    """Speak `text` as `stream` does, with its words: pieces of sound, and a `SpokenWord` for each
    word, in order, once it is over and its sound was given.

    The times are seconds of the sound that is given, pauses and `speed` included; the characters
    are those of `text` as written, all its pieces in a row. Raises InputError for a model whose
    heads that follow the text nobody knows (`text_heads` in its configuration), and what `stream`
    raises.
    """
    manner = Manner(reading, markup, lexicon, speed, policy, voices)
    return _listened(text, model, voice, seed, manner, options, stop, words=True)


def _ignored(_: SpokenWord) -> None:
    """For who did not ask for words."""


def _listened(
    text: str | Iterable[str],
    model: Model | None,
    voice: VoiceLike,
    seed: Seed,
    manner: Manner,
    options: Options,
    stop: threading.Event | None,
    *,
    words: bool,
) -> Generator[Event, None, None]:
    stop = stop or threading.Event()
    if not isinstance(text, str) and isinstance(text, Iterable):
        return _as_it_comes(text, model, voice, seed, manner, options, stop, words=words)
    return _speak(text, model, voice, seed, manner, options, listening=True, stop=stop, words=words)


def _as_it_comes(
    pieces: Iterable[str],
    model: Model | None,
    voice: VoiceLike,
    seed: Seed,
    manner: Manner,
    options: Options,
    stop: threading.Event,
    *,
    words: bool,
) -> Generator[Event, None, None]:
    """Speak a text that arrives in pieces, a sentence at a time; one generator is for all noise."""
    model = model or default_model()
    state = state_of(model, voice)
    rng = generator(seed)
    characters = samples = 0
    for sentence in whole_sentences(pieces, language_of(model) or "en"):
        if has_speech(sentence) and not stop.is_set():
            spoken, begun = 0, samples / model.sample_rate
            for event in _speak(
                sentence, model, state, rng, manner, options, listening=True, stop=stop, words=words
            ):
                if isinstance(event, SpokenWord):
                    yield event.moved(begun, characters)
                else:
                    spoken += event.size
                    yield event
            samples += spoken
        characters += len(sentence)


def _speak(
    text: str,
    model: Model | None,
    voice: VoiceLike,
    seed: Seed,
    manner: Manner,
    options: Options,
    *,
    listening: bool = False,
    stop: threading.Event | None = None,
    words: bool = False,
) -> Generator[Event, None, None]:
    """Check everything, then speak when the first piece is asked for."""
    model = model or default_model()
    pieces = model.engine.speak(
        model,
        make_plans(model, voice, text, seed, manner, options, words=words),
        ahead=SECONDS_AHEAD * model.sample_rate if listening else 1 << 62,
        side_by_side=SIDE_BY_SIDE,
        listening=listening,
        stop=stop or threading.Event(),
    )
    return delivered(pieces, model.sample_rate)
