"""The engine: what each caller hears does not depend on who else is speaking."""

import gc
import itertools
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ptts_np
from ptts_np import many, synthesis
from ptts_np.engine.speech import Chunk
from ptts_np.errors import InputError, PttsError
from ptts_np.loading import Model
from ptts_np.model import flow_lm
from ptts_np.passages import Manner
from ptts_np.plans import make_plans
from tests.conftest import FAST_BACKENDS, GOLDEN, load_model

BACKENDS = ["numpy", *FAST_BACKENDS]
NEVER = 1000.0
SENTENCE = "This is a sentence of some length, and there are more. "
TEXTS = ["Hello.", "One, two.", SENTENCE, SENTENCE * 3]


def voices_of(model: Model) -> list:
    """Two voices, the second with fewer rows."""
    voice = ptts_np.load_voice(model, GOLDEN / "lsd_2026_10" / "voice.safetensors")
    half = voice["length"] // 2
    cache = voice["cache"][:, :, :half].copy()
    return [voice, {**voice, "cache": cache, "length": half, "position": half}]


SPEAKERS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.sampled_from(TEXTS),
            "voice": st.integers(0, 1),
            "seed": st.integers(0, 99),
            "decode_steps": st.sampled_from([1, 1, 2]),
            "frames_after_eos": st.sampled_from([0, 3]),
            "max_tokens": st.sampled_from([8, 50]),
            "leaves_after": st.none() | st.integers(0, 4),
        }
    ),
    min_size=2,
    max_size=9,
)


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=12, deadline=None)
@given(speakers=SPEAKERS)
def test_among_others_as_alone(backend: str, speakers: list[dict]) -> None:
    model = load_model("lsd_2026_10", backend)
    voices = voices_of(model)

    def listen(speaker: dict) -> np.ndarray:
        chosen = dict(speaker)
        leaves = chosen.pop("leaves_after")
        voice = voices[chosen.pop("voice")]
        stream = ptts_np.stream(model=model, voice=voice, **chosen)
        pieces = [np.zeros(0, np.float32), *itertools.islice(stream, leaves)]
        stream.close()
        return np.concatenate(pieces)

    alone = [listen(speaker) for speaker in speakers]
    with ThreadPoolExecutor(len(speakers)) as pool:
        together = list(pool.map(listen, speakers))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(other, one)


@pytest.mark.parametrize("backend", BACKENDS)
def test_chunks_side_by_side_are_chunks_in_turn(backend: str, monkeypatch) -> None:
    model = load_model("lsd_2026_10", backend)
    voice = voices_of(model)[0]
    sounds = []
    for count in (1, 8):
        monkeypatch.setattr(synthesis, "SIDE_BY_SIDE", count)
        text = SENTENCE * 12
        sounds.append(ptts_np.generate(text, model=model, voice=voice, seed=5, max_tokens=20))
    np.testing.assert_array_equal(*sounds)
    streamed = np.concatenate(
        list(ptts_np.stream(text, model=model, voice=voice, seed=5, max_tokens=20))
    )
    np.testing.assert_array_equal(streamed, sounds[0])


def test_many_texts_are_read_as_one_is(model: Model, voice) -> None:
    texts = ["Nginx costs $5.", "Wait. [pause 0.2s] It is 5 p.m."]
    manner = {"reading": "en", "lexicon": {"Nginx": "engine ex"}, "speed": 1.5}
    options = {"model": model, "voice": voice, "frames_after_eos": 2, **manner}
    for index, sound in ptts_np.generate_many(texts, seed=3, **options):
        alone = ptts_np.generate(texts[index], seed=3 + index, **options)
        np.testing.assert_array_equal(sound, alone)


@pytest.mark.parametrize("backend", BACKENDS)
def test_many_texts_are_each_as_alone(backend: str) -> None:
    model = load_model("lsd_2026_10", backend)
    one, other = voices_of(model)
    requests = [
        "Hello.",
        {"text": "One, two.", "voice": other},
        {"text": SENTENCE * 3, "seed": 77},
        {"text": "Hello.", "options": {"decode_steps": 2}},
    ]
    heard = dict(ptts_np.generate_many(requests, model=model, voice=one, seed=10, temperature=0.5))
    expected = [
        ptts_np.generate("Hello.", model=model, voice=one, seed=10, temperature=0.5),
        ptts_np.generate("One, two.", model=model, voice=other, seed=11, temperature=0.5),
        ptts_np.generate(SENTENCE * 3, model=model, voice=one, seed=77, temperature=0.5),
        ptts_np.generate(
            "Hello.", model=model, voice=one, seed=13, temperature=0.5, decode_steps=2
        ),
    ]
    assert sorted(heard) == [0, 1, 2, 3]
    for index, samples in enumerate(expected):
        np.testing.assert_array_equal(heard[index], samples)


def test_texts_with_voices_need_no_default_voice() -> None:
    """This model has none: only a text without a voice can't be spoken."""
    model = load_model("lsd_2026_10", "numpy")
    texts = [{"text": "Hello.", "voice": voices_of(model)[0]}, "Hello."]
    heard = dict(ptts_np.generate_many(texts, model=model, seed=0, errors="return"))
    assert heard[0].size
    assert isinstance(heard[1], PttsError)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("lsd_2026_10", "numpy")


@pytest.fixture(scope="module")
def voice(model: Model):
    return voices_of(model)[0]


def test_many_texts_are_read_as_they_are_needed(model: Model, voice) -> None:
    read = 0

    def texts() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield "Hello."

    threads = threading.active_count()
    spoken = ptts_np.generate_many(texts(), model=model, voice=voice, seed=0)
    assert read == 0
    for _ in range(5):
        next(spoken)
    assert read <= 5 + many.TEXTS_SIDE_BY_SIDE + 1
    spoken.close()
    assert threading.active_count() == threads


def test_a_text_that_cannot_be_spoken_is_told_and_passed_over(model: Model, voice) -> None:
    texts = ["Hello.", "", {"text": "Hi.", "options": {"temperature": 9.0}}, "Hello."]
    spoken = ptts_np.generate_many(texts, model=model, voice=voice, seed=0, errors="return")
    heard = dict(spoken)
    assert sorted(heard) == [0, 1, 2, 3]
    assert isinstance(heard[1], InputError)
    assert "temperature" in str(heard[2])
    assert heard[0].size
    assert heard[3].size
    with pytest.raises(InputError, match="empty"):
        dict(ptts_np.generate_many(texts, model=model, voice=voice, seed=0))


def test_an_error_in_one_row_is_its_own(model: Model, voice, monkeypatch) -> None:
    step, bad = flow_lm.step, 3

    def breaking(ops, config, params, states, *rest):
        # a mark on the state tells whose it is
        if any(state["length"] % 1000 == bad for state in states):
            raise ZeroDivisionError("a row of its own")
        return step(ops, config, params, states, *rest)

    broken = {**voice, "cache": voice["cache"][:, :, :2].copy(), "length": 2, "position": 2}
    tokens = len(model.tokenizer.encode("Hello."))
    bad = broken["length"] + tokens + 1
    expected = [ptts_np.generate("Hello.", model=model, voice=voice, seed=i) for i in range(4)]
    monkeypatch.setattr(flow_lm, "step", breaking)
    with ThreadPoolExecutor(5) as pool:
        failing = pool.submit(ptts_np.generate, "Hello.", model=model, voice=broken, seed=0)
        others = [
            pool.submit(ptts_np.generate, "Hello.", model=model, voice=voice, seed=i)
            for i in range(4)
        ]
        with pytest.raises(ZeroDivisionError):
            failing.result()
        for other, samples in zip(others, expected, strict=True):
            np.testing.assert_array_equal(other.result(), samples)


def test_nothing_is_left_of_those_who_have_gone(model: Model, voice) -> None:
    def count() -> int:
        gc.collect()
        return sum(type(thing) is Chunk for thing in gc.get_objects())

    before = count()  # what a failure of another test may hold
    for seed in range(10):
        ptts_np.generate("Hello.", model=model, voice=voice, seed=seed)
        stream = ptts_np.stream(SENTENCE, model=model, voice=voice, eos_threshold=NEVER)
        next(stream)
        stream.close()
    assert count() <= before
    assert not model.engine._speeches


def test_seeds_of_the_chunks_do_not_depend_on_their_lengths(model: Model, voice) -> None:
    """The second chunk's noise is its own, however long the first was."""
    texts = [f"{first} {SENTENCE}" for first in ("Hello there you.", "Hello.")]
    plans = [list(make_plans(model, voice, text, 3, Manner(), {"max_tokens": 4})) for text in texts]
    draws = [[plan.rng.standard_normal() for plan in chunk] for chunk in plans]
    assert draws[0][1] == draws[1][1]
    assert len(set(draws[0])) == len(draws[0])


def test_a_generator_that_cannot_spawn(model: Model, voice) -> None:
    class Fixed(np.random.bit_generator.ISeedSequence):
        def generate_state(self, n_words, dtype=np.uint32):
            return np.arange(n_words, dtype=dtype)

    rng = np.random.Generator(np.random.PCG64(Fixed()))
    assert ptts_np.generate("Hello.", model=model, voice=voice, seed=rng).size
    with pytest.raises(InputError, match="give a number"):
        ptts_np.generate(SENTENCE * 3, model=model, voice=voice, seed=rng, max_tokens=8)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_speaks(model: Model, voice) -> None:
    stream = ptts_np.stream(SENTENCE, model=model, voice=voice, eos_threshold=NEVER)
    next(stream)
    child = os.fork()
    if child == 0:
        ptts_np.generate("Hello.", model=model, voice=voice, seed=0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    stream.close()
    assert status == 0
