"""The pipeline: seeds, streams side by side, ends, limits, and what it refuses."""

import dataclasses
import logging
import math
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ptts_np
from ptts_np import sampling, synthesis
from ptts_np.engine.speech import LATENTS_AHEAD
from ptts_np.engine.writing import FIRST_EOS_FRAME
from ptts_np.errors import InputError
from ptts_np.loading import Model
from ptts_np.model import flow_lm, mimi
from tests.conftest import FAST_BACKENDS, GOLDEN, assert_close, load_golden, load_model

NEVER = 1000.0
TEXT = "Hello world, this is a test. And one more sentence, to make it two chunks or three."


def voice_of(model: Model, name: str = "lsd_2026_10"):
    return ptts_np.load_voice(model, GOLDEN / name / "voice.safetensors")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("lsd_2026_10")


@pytest.fixture(scope="module")
def voice(model: Model):
    return voice_of(model)


def test_a_seed_fixes_the_samples(model: Model, voice) -> None:
    one, two, other = (
        ptts_np.generate(TEXT, model=model, voice=voice, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert one.dtype == np.float32
    assert one.size != other.size or not np.array_equal(one, other)
    unseeded = [ptts_np.generate("Hello.", model=model, voice=voice) for _ in range(2)]
    assert unseeded[0].size != unseeded[1].size or not np.array_equal(*unseeded)


def test_a_stream_is_what_generate_gives(model: Model, voice) -> None:
    pieces = list(ptts_np.stream(TEXT, model=model, voice=voice, seed=3))
    assert len(pieces) > 4
    assert all(piece.size % 1920 == 0 for piece in pieces)
    whole = ptts_np.generate(TEXT, model=model, voice=voice, seed=3)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize("backend", FAST_BACKENDS)
def test_backends_agree(backend: str) -> None:
    """For some frames: free running amplifies rounding in a model of random weights."""
    pieces = []
    for name in ("numpy", backend):
        model = load_model("lsd_2026_10", name)
        stream = ptts_np.stream("Hello.", model=model, voice=voice_of(model), seed=0)
        pieces.append(next(stream))
        stream.close()
    assert_close(pieces[1], pieces[0], 1e-4)


@pytest.mark.parametrize("backend", ["numpy", *FAST_BACKENDS])
def test_eight_streams_at_once_equal_one_after_another(backend: str) -> None:
    model = load_model("lsd_2026_10", backend)
    voice = voice_of(model)
    before = voice["cache"].copy()

    def speak(seed: int) -> np.ndarray:
        return ptts_np.generate(TEXT, model=model, voice=voice, seed=seed)

    alone = [speak(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(speak, range(8)))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(voice["cache"], before)


def test_an_unread_stream_pauses_and_a_closed_one_stops(model: Model, voice, monkeypatch) -> None:
    steps = 0
    step = flow_lm.step

    def counted(*arguments):
        nonlocal steps
        steps += 1
        return step(*arguments)

    monkeypatch.setattr(flow_lm, "step", counted)
    threads = threading.active_count()
    stream = ptts_np.stream(TEXT, model=model, voice=voice, eos_threshold=NEVER)
    assert steps == 0
    next(stream)
    time.sleep(0.3)
    paused = steps
    # at most what may wait, and what is under way: FlowLM's lead, two groups, and the other chunks
    assert paused <= synthesis.SECONDS_AHEAD * 12.5 + 3 * (LATENTS_AHEAD + 16)
    stream.close()
    assert steps <= paused + 1
    assert threading.active_count() == threads


def test_a_stream_is_stopped_while_its_next_piece_is_made(model: Model, voice, monkeypatch) -> None:
    stop, steps = threading.Event(), 0
    step = flow_lm.step

    def stopping(*arguments):
        nonlocal steps
        steps += 1
        if steps == 3:
            stop.set()
        return step(*arguments)

    monkeypatch.setattr(flow_lm, "step", stopping)
    threads = threading.active_count()
    pieces = list(ptts_np.stream(TEXT, model=model, voice=voice, eos_threshold=NEVER, stop=stop))
    assert len(pieces) <= 2
    assert steps <= LATENTS_AHEAD + 3
    assert threading.active_count() == threads


def test_a_stream_that_is_dropped_leaves_no_thread(model: Model, voice) -> None:
    threads = threading.active_count()
    stream = ptts_np.stream(TEXT, model=model, voice=voice, eos_threshold=NEVER)
    next(stream)
    del stream
    assert threading.active_count() == threads


def test_a_stream_left_open_does_not_hold_up_the_end_of_the_process() -> None:
    code = f"""
import ptts_np
model = ptts_np.load_model({str(GOLDEN / "lsd_2026_10" / "config.yaml")!r})
voice = {str(GOLDEN / "lsd_2026_10" / "voice.safetensors")!r}
stream = ptts_np.stream("Hello. " * 99, model=model, voice=voice, eos_threshold={NEVER})
next(stream)
class Cycle: pass
held = Cycle()
held.stream, held.itself = stream, held
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_fails_in_the_first_stage_is_raised_where_it_is_read(
    model, voice, monkeypatch
) -> None:
    def broken(*_):
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(flow_lm, "step", broken)
    with pytest.raises(ZeroDivisionError, match="broken"):
        ptts_np.generate("Hello.", model=model, voice=voice)


def test_the_end_of_speech(model: Model, voice) -> None:
    """EOS counts from frame 6 on; frames_after_eos more are spoken, the last is not."""
    for after in (0, 1, 5):
        audio = ptts_np.generate(
            "Hello.", model=model, voice=voice, eos_threshold=-NEVER, frames_after_eos=after
        )
        assert audio.size == (FIRST_EOS_FRAME + after) * 1920
    # by default two more than the guess, which is 3 for a short text and 1 for a longer one
    for text, after in (("Hello.", 5), ("Hello you five words here.", 3)):
        audio = ptts_np.generate(text, model=model, voice=voice, eos_threshold=-NEVER)
        assert audio.size == (FIRST_EOS_FRAME + after) * 1920
    recommended = model.config.model_copy(update={"model_recommended_frames_after_eos": 2})
    changed = dataclasses.replace(model, config=recommended)
    audio = ptts_np.generate("Hello.", model=changed, voice=voice, eos_threshold=-NEVER)
    assert audio.size == (FIRST_EOS_FRAME + 2) * 1920


def test_the_limit_of_frames(model: Model, voice, caplog) -> None:
    tokens = len(model.tokenizer.encode("Hello."))
    with caplog.at_level(logging.WARNING, "ptts_np"):
        audio = ptts_np.generate("Hello.", model=model, voice=voice, eos_threshold=NEVER)
    assert audio.size == math.ceil((tokens / 3 + 2) * 12.5) * 1920
    assert "no end of speech" in caplog.text


def test_each_chunk_fades_in(model: Model, voice) -> None:
    audio = ptts_np.generate("Hello.", model=model, voice=voice)
    assert audio[0] == 0
    assert np.abs(audio[:120]).max() > 0


def test_long_texts_stream_chunk_by_chunk(model: Model, voice) -> None:
    text = "This is a sentence of a very long text. " * 2500
    assert len(text) == 100_000
    start = time.perf_counter()
    stream = ptts_np.stream(text, model=model, voice=voice, seed=0)
    first = next(stream)
    assert time.perf_counter() - start < 10
    assert first.size == 1920
    for _ in range(50):
        next(stream)
    stream.close()


@settings(max_examples=20, deadline=None)
@given(counts=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_any_grouping_of_frames_decodes_to_the_same(counts: list[int]) -> None:
    golden = load_golden("lsd_2026_10")
    model = load_model("lsd_2026_10")
    config, params = golden.config.mimi, golden.params.mimi
    latents = golden.expected["steps.latents"]
    whole, _ = mimi.decode(model.ops, config, params, mimi.decoder_state(config, params), latents)
    state, pieces, start = mimi.decoder_state(config, params), [], 0
    for count in [*counts, len(latents)]:
        if start < len(latents):
            group = latents[start : start + count]
            piece, state = mimi.decode(model.ops, config, params, state, group)
            pieces.append(piece)
            start += count
    assert_close(np.concatenate(pieces), whole, 2e-5)


def test_noise_has_the_asked_variance_and_bound(model: Model) -> None:
    rng = np.random.default_rng(0)
    base = sampling.resolve(model.config, {"temperature": 0.25})
    noise = np.concatenate([sampling.draw_noise(rng, 32, base) for _ in range(500)])
    assert noise.std() == pytest.approx(0.5, rel=0.03)
    clamped = dataclasses.replace(base, noise_clamp=0.4)
    noise = np.concatenate([sampling.draw_noise(rng, 32, clamped) for _ in range(200)])
    assert np.abs(noise).max() <= 0.4
    assert np.abs(noise).max() > 0.38
    assert noise.std() > 0.2
    silent = dataclasses.replace(clamped, temperature=0.0)
    assert not sampling.draw_noise(rng, 32, silent).any()


def test_more_decode_steps_change_a_flow(voice, model: Model) -> None:
    pieces = [
        next(ptts_np.stream("Hello.", model=model, voice=voice, seed=0, decode_steps=steps))
        for steps in (1, 4)
    ]
    assert not np.array_equal(*pieces)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": 5}, "temperature"),
        ({"decode_steps": 0}, "decode_steps"),
        ({"decode_steps": 10**9}, "decode_steps"),
        ({"noise_clamp": 0.0}, "noise_clamp"),
        ({"eos_threshold": float("inf")}, "eos_threshold"),
        ({"frames_after_eos": -1}, "frames_after_eos"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_out_of_range(model: Model, voice, wrong, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ptts_np.stream("Hello.", model=model, voice=voice, **wrong)


@pytest.mark.parametrize("text", ["", "   ", "\n", "...", "\x00\x01", "a\ud800b"])
def test_texts_with_nothing_to_say(model: Model, voice, text: str) -> None:
    with pytest.raises(InputError):
        ptts_np.stream(text, model=model, voice=voice)
