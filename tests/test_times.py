"""Word times: where heads look, the path through the text, the tokens of words, and events."""

import dataclasses
import functools
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ptts_np
from ptts_np import plans
from ptts_np.catalog import model_config, model_names
from ptts_np.errors import ConfigError, InputError
from ptts_np.loading import Model
from ptts_np.model import flow_lm
from ptts_np.model.config import parse_config
from ptts_np.model.transformer import all_layers, copy_state, transformer_rows
from ptts_np.ops import reference
from ptts_np.ops.quantized import dense
from ptts_np.ops.slots import Slots
from ptts_np.passages import Manner
from ptts_np.text.said import say_raw
from ptts_np.times import follow, heads, path
from ptts_np.times.places import tracks
from ptts_np.times.words import SpokenWord
from tests.conftest import FAST_BACKENDS, GOLDEN, load_golden, load_model

BACKENDS = ["numpy", *FAST_BACKENDS]
DEVELOPMENT = Path(__file__).parent.parent / "training" / "judge" / "development.txt"
TEXT = "It costs $5, and the old man walked slowly along the river bank. Nobody asked him why."


def with_heads(model: Model, *named: tuple[int, int]) -> Model:
    config = model.config.model_copy(update={"text_heads": named})
    return dataclasses.replace(model, config=config)


def random_model(name: str = "lsd_2026_10", backend: str = "numba") -> tuple[Model, dict]:
    model = with_heads(load_model(name, backend), (0, 1), (1, 0), (1, 3))
    return model, ptts_np.load_voice(model, GOLDEN / name / "voice.safetensors")


@functools.cache
def mini(backend: str | None = None, quantize: str | None = None) -> Model:
    return ptts_np.load_model("mini", backend=backend, quantize=quantize)


@functools.cache
def development() -> list[str]:
    return DEVELOPMENT.read_text(encoding="utf-8").splitlines()


# Where heads look


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("watched", [(0,), (1,), (0, 1)])
def test_watched_layers_change_nothing_and_show_their_inputs(backend: str, watched) -> None:
    model, voice = random_model(backend=backend)
    config, layers = model.config.flow_lm.transformer, model.params.flow_lm.layers
    x = np.random.default_rng(0).standard_normal((2, config.d_model)).astype(np.float32)

    def states() -> list:
        return [copy_state(voice, 4), copy_state(voice, 9)]

    plain, after = transformer_rows(model.ops, config, layers, states(), x)
    y, watching = transformer_rows(model.ops, config, layers, states(), x, watched)
    np.testing.assert_array_equal(y, plain)
    for row, (one, other) in enumerate(zip(after, watching, strict=True)):
        assert "seen" not in one
        np.testing.assert_array_equal(one["cache"], other["cache"])
        assert one["length"] == other["length"]
        for layer, seen in zip(watched, other["seen"], strict=True):
            state = states()[row]
            slots = Slots([state["cache"]], [state["length"]], [state["position"]])
            above = all_layers(
                model.ops, x[row : row + 1], layers[:layer], slots, config.num_heads, 1e4, None
            )
            np.testing.assert_allclose(seen, above[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["lsd_2026_10", "lsd_2026_10_bf16", "pointwise_gqa"])
@pytest.mark.parametrize("quantize", [None, "int8", "bf16"])
def test_looks_are_the_attention_to_the_text(name: str, quantize: str | None) -> None:
    folder = GOLDEN / name
    model = ptts_np.load_model(str(folder / "config.yaml"), backend="numpy", quantize=quantize)
    config = model.config.flow_lm.transformer
    named = ((0, 0), (0, config.num_heads - 1), (config.num_layers - 1, 1))
    found = heads.find_heads(name, with_heads(model, *named).config, model.params.flow_lm)
    rng = np.random.default_rng(1)
    row, tokens, frames, dim = 3, 7, 5, config.head_dim
    shape = (config.num_layers, 2, 20, config.num_kv_heads, dim)
    cache = rng.standard_normal(shape).astype(np.float32)
    inputs = rng.standard_normal((frames, len(found.groups), config.d_model)).astype(np.float32)
    looks = heads.looks(found, heads.text_keys(found, cache, row, tokens), inputs, 11)
    expected = np.zeros((frames, tokens))
    for layer, head in named:
        weights = model.params.flow_lm.layers[layer]
        x = inputs[:, found.layers.index(layer)]
        projected = reference.layer_norm(x, *weights.norm1, 1e-5) @ dense(weights.in_proj).T
        query = projected[:, : config.num_heads * dim].reshape(frames, config.num_heads, dim)
        query = reference.rope(query, 11, config.max_period)[:, head]
        kv_head = head * config.num_kv_heads // config.num_heads
        scores = query @ cache[layer, 0, row : row + tokens, kv_head].T / math.sqrt(dim)
        weight = np.exp(scores - scores.max(axis=1, keepdims=True))
        expected += weight / weight.sum(axis=1, keepdims=True) / len(named)
    np.testing.assert_allclose(looks, expected, rtol=2e-3, atol=1e-5)


def test_every_released_model_names_its_heads() -> None:
    for name in model_names():
        assert model_config(name).text_heads, name
    assert model_config("english").text_heads == ((3, 8), (2, 0))


def test_models_without_known_heads(monkeypatch) -> None:
    model = load_model("lsd_2026_10")
    voice = ptts_np.load_voice(model, GOLDEN / "lsd_2026_10" / "voice.safetensors")
    for call in (ptts_np.stream_events, ptts_np.generate_with_words):
        with pytest.raises(InputError, match=r"lsd_2026_10.*text_heads"):
            call("Hello.", model=model, voice=voice)


@pytest.mark.parametrize("named", [[[9, 0]], [[0, 99]], [[-1, 0]], [[0]], "all"])
def test_heads_that_are_not_there(named) -> None:
    data = load_golden("lsd_2026_10").config.model_dump(exclude_none=True)
    with pytest.raises(ConfigError, match="text_heads"):
        parse_config({**data, "text_heads": named}, "a file")


# The path


@st.composite
def planted(draw):
    """Frames of attention to positions that are held for some frames each, and where it is."""
    held = draw(st.lists(st.integers(0, 4), min_size=1, max_size=40))
    moments, skipped = [], 0
    for position, frames in enumerate(held):
        # no more than two in a row are passed over
        skipped = skipped + 1 if frames == 0 else 0
        moments += [position] * max(frames, skipped > 2)
        skipped = 0 if skipped > 2 else skipped
    moments = moments or [0]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    looks = rng.random((len(moments), len(held))).astype(np.float32) * 0.02
    looks[np.arange(len(moments)), moments] += 1
    return np.array(moments), looks / looks.sum(axis=1, keepdims=True)


@given(planted(), st.lists(st.integers(1, 9), max_size=9))
@settings(max_examples=60, deadline=None)
def test_a_planted_path_is_found_however_it_comes(plan, sizes: list[int]) -> None:
    moments, looks = plan
    way, done = path.new_path(looks.shape[1]), 0
    for size in [*sizes, len(looks)]:
        way = path.advance(way, looks[done : done + size])
        done = min(done + size, len(looks))
        assert len(way.places) == max(done - path.LAG, 0) or not len(looks[done - size : done])
    places = path.finished(way).places
    assert len(places) == len(moments)
    assert np.abs(places - moments).max() < 0.5


@given(st.integers(1, 30), st.integers(1, 60), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_a_path_never_goes_back(positions: int, frames: int, seed: int) -> None:
    looks = np.random.default_rng(seed).dirichlet(np.full(positions, 0.1), frames)
    way = path.advance(path.new_path(positions), looks.astype(np.float32))
    early, places = way.places, path.finished(way).places
    assert len(places) == frames
    assert (np.diff(places) >= 0).all()
    assert places.min() >= 0
    assert places.max() <= positions - 1 + 1e-6
    np.testing.assert_array_equal(places[: len(early)], early)


def test_a_glance_aside_does_not_lead_astray() -> None:
    looks = np.full((20, 20), 1e-3, np.float32)
    looks[np.arange(20), np.arange(20)] = 0.9
    looks[5] = 1e-3
    looks[5, 15] = 0.9
    places = path.finished(path.advance(path.new_path(20), looks)).places
    np.testing.assert_allclose(places, np.arange(20), atol=1.1)


# The tokens of words


@pytest.mark.parametrize("name", ["lsd_2026_10", "drifting"])
@pytest.mark.parametrize(
    "text", ["Hello, world.", "        Hi there.", "naïve ﬁrst 日本 ｆｕｌｌ", ""]
)
def test_spans_are_one_for_each_token(name: str, text: str) -> None:
    tokenizer = load_model(name).tokenizer
    spans = tokenizer.spans(text)
    assert len(spans) == len(tokenizer.encode(text))
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    if text == "Hello, world.":
        assert "".join(text[start:end] for start, end in spans).replace(" ", "") == "Hello,world."


def planned(model: Model, voice: object, text: str, **manner) -> list:
    return list(plans.make_plans(model, voice, text, 0, Manner(**manner), {}, words=True))


def test_each_word_has_its_own_tokens() -> None:
    model = mini()
    (plan,) = planned(model, None, "It costs $5.")
    track = plan.track
    assert [word.text for word in track.words] == ["It", "costs", "five", "dollars"]
    said = model.tokenizer.decode(plan.tokens.tolist())
    own = [said[math.ceil(low) : math.floor(high) + 1] for low, high in track.edges]
    assert " ".join(own) == said.rstrip(".")


@given(st.text(st.sampled_from("abc éß日ｆﬁ½'-.,!?;\"()—\n 12"), min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", ["mini", "lsd_2026_10", "drifting"])
@pytest.mark.parametrize("reading", ["auto", "raw", "en"])
def test_every_word_is_given_once_and_in_order(name: str, reading: str, text: str) -> None:
    model, voice = (mini(), None) if name == "mini" else random_model(name)
    try:
        found = planned(model, voice, text, reading=reading)
    except InputError:
        return
    for plan in found:
        edges = plan.track.edges
        assert plan.track.tokens == len(plan.tokens)
        assert len(edges) == len(plan.track.words)
        assert (np.diff(edges.ravel()) >= 0).all()
        assert edges.size == 0 or (edges[0, 0] >= -0.5 and edges[-1, 1] <= len(plan.tokens) - 0.5)
    words = [word for plan in found for word in plan.track.words]
    assert [w.start for w in words] == sorted(w.start for w in words)
    if reading == "raw":
        expected = [w for w in say_raw(text, None).words if any(map(str.isalnum, w.text))]
        assert [(w.start, w.end) for w in words] == [(w.start, w.end) for w in expected]


def test_long_texts_in_chunks_lose_no_word() -> None:
    model, voice = random_model()
    text = "One two three four. " * 40
    found = planned(model, voice, text)
    assert len(found) > 4
    assert [w.text for p in found for w in p.track.words] == text.replace(".", "").split()


def test_signs_a_model_lacks_move_no_other_word() -> None:
    said = say_raw("one 日本語日本語 two — three", None)
    read = "One ⁇ two, three."
    (track,) = tracks(said, [read], [[(i, i + 1) for i in range(len(read))]])
    assert [w.text for w in track.words] == ["one", "日本語日本語", "two", "three"]
    assert track.edges.tolist() == [[-0.5, 2.5], [2.5, 2.5], [5.5, 8.5], [10.5, 15.5]]


# What a listener gets


def listened(text, **arguments) -> tuple[np.ndarray, list[SpokenWord]]:
    sound: list[np.ndarray] = []
    words: list[SpokenWord] = []
    for event in ptts_np.stream_events(text, **arguments):
        if isinstance(event, SpokenWord):
            # its sound was there before
            assert event.end <= sum(map(len, sound)) / 24_000 + 1e-6
            words.append(event)
        else:
            sound.append(event)
    return np.concatenate(sound), words


def check_order(words: list[SpokenWord], seconds: float) -> None:
    assert all(0 <= word.start <= word.end <= seconds for word in words)
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(words))
    assert all(one.first <= other.first for one, other in pairwise(words))


def test_events_are_the_stream_with_its_words() -> None:
    model = mini()
    sound, words = listened(TEXT, model=model, seed=1)
    np.testing.assert_array_equal(sound, ptts_np.generate(TEXT, model=model, seed=1))
    check_order(words, sound.size / 24_000)
    assert [w.word for w in words[:5]] == ["It", "costs", "five", "dollars", "and"]
    assert TEXT[words[2].first : words[2].last] == "$5"
    assert " ".join(TEXT[w.first : w.last] for w in words[4:]) == TEXT[13:]
    again = ptts_np.generate_with_words(TEXT, model=model, seed=1)
    np.testing.assert_array_equal(again[0], sound)
    assert again[1] == words


@pytest.mark.parametrize("name", ["follow", "finish"])
def test_what_fails_in_finding_words_is_raised(name: str, monkeypatch) -> None:
    def broken(*_):
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(follow, name, broken)
    with pytest.raises(ZeroDivisionError, match="broken"):
        ptts_np.generate_with_words(TEXT, model=mini(), seed=0)


def test_words_come_while_the_stream_runs() -> None:
    text = (
        "The old man walked slowly along the river bank, and nobody asked him where he went. " * 4
    )
    events = ptts_np.stream_events(text, model=mini(), seed=0)
    heard = 0
    for event in events:
        if isinstance(event, SpokenWord):
            break
        heard += event.size
    events.close()
    assert heard < 5 * 24_000


@pytest.mark.parametrize("backend", ["numba", *FAST_BACKENDS[1:]])
@pytest.mark.parametrize("quantize", [None, "bf16", "int8"])
def test_times_do_not_depend_on_the_backend(backend: str, quantize: str | None) -> None:
    text = "The old man walked slowly along the river bank."
    _, expected = ptts_np.generate_with_words(text, model=mini("numpy", quantize), seed=2)
    _, words = ptts_np.generate_with_words(text, model=mini(backend, quantize), seed=2)
    assert [w.word for w in words] == [w.word for w in expected]
    off = [
        abs(a.start - b.start) + abs(a.end - b.end) for a, b in zip(words, expected, strict=True)
    ]
    # int8 products are rounded by each backend in its own way, and what is drawn next with them
    assert max(off) < (0.002 if quantize is None else 0.1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_rows_side_by_side_have_the_times_they_have_alone(backend: str) -> None:
    model, voice = random_model(backend=backend)
    texts = ["Hello there.", "One two three four five six.", "And so on, and on."] * 2
    options = {"model": model, "voice": voice, "frames_after_eos": 2}
    alone = [ptts_np.generate_with_words(text, seed=i, **options) for i, text in enumerate(texts)]
    streams: list[Iterator[Any]] = [
        ptts_np.stream_events(text, seed=i, **options) for i, text in enumerate(texts)
    ]
    together: list[list[Any]] = [[] for _ in texts]
    while streams:
        for i, stream in enumerate(list(streams)):
            event = next(stream, None)
            if event is None:
                streams[i] = iter(())
            elif isinstance(event, SpokenWord):
                together[i].append(event)
        if all(not hasattr(stream, "close") for stream in streams):
            break
    assert together == [words for _, words in alone]


def test_planted_attention_becomes_times(monkeypatch) -> None:
    """A model of random weights whose heads are made to look at a position every two frames."""
    model, voice = random_model()

    def looks(_, keys, inputs, position: int) -> np.ndarray:
        frame = position - first + np.arange(len(inputs))
        place = np.minimum(frame // 2, keys.shape[2] - 1)
        return np.eye(keys.shape[2], dtype=np.float32)[place]

    text = "Some words that are spoken at an even pace."
    (plan,) = planned(model, voice, text)
    first = voice["position"] + len(plan.tokens)
    monkeypatch.setattr(heads, "looks", looks)
    monkeypatch.setattr(follow, "QUIET", -1.0)
    sound, words = ptts_np.generate_with_words(
        text, model=model, voice=voice, seed=0, eos_threshold=1000.0
    )
    assert [w.word for w in words] == text.strip(".").split()
    assert sound.size / 1920 > 2 * len(plan.tokens)
    for word, (low, high) in zip(words, plan.track.edges, strict=True):
        # within the frame that is not looked at
        assert word.start == pytest.approx(0.16 * (low + 0.5), abs=0.09)
        assert word.end == pytest.approx(0.16 * (high + 0.5), abs=0.09)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_words_lie_outside_a_pause(speed: float) -> None:
    text = "[pause 0.3s] Stop here, please. [pause 0.7s] The gate is closed."
    sound, words = ptts_np.generate_with_words(text, model=mini(), seed=0, speed=speed)
    check_order(words, sound.size / 24_000)
    assert words[0].start >= 0.3
    before = next(word for word in words if word.word == "please")
    after = next(word for word in words if word.word == "The")
    assert after.start - before.end >= 0.7
    quiet = sound[round(24_000 * before.end) : round(24_000 * after.start)]
    assert np.count_nonzero(quiet == 0) >= 0.69 * 24_000
    # the words themselves are heard
    for word in words:
        assert np.abs(sound[round(24_000 * word.start) : round(24_000 * word.end)]).max() > 0.01


@pytest.mark.parametrize(
    "text",
    ["Stop! Wait. What? No way!", "Yes. No. Maybe.", "We met at noon. They left. She stayed."],
)
def test_short_sentences_do_not_run_together(text: str) -> None:
    _, words = ptts_np.generate_with_words(text, model=mini(), seed=0)
    ends = [i for i, word in enumerate(words[:-1]) if text[word.last - 1] in ".!?"]
    assert len(ends) == sum(text.count(mark) for mark in ".!?") - 1
    assert min(words[i + 1].start - words[i].end for i in ends) > 0.15


def test_times_are_those_of_the_changed_speed() -> None:
    _, plain = ptts_np.generate_with_words(TEXT, model=mini(), seed=3)
    _, fast = ptts_np.generate_with_words(TEXT, model=mini(), seed=3, speed=2.0)
    for one, other in zip(plain, fast, strict=True):
        assert other.start == pytest.approx(one.start / 2, abs=1e-3)


def test_a_text_that_comes_in_pieces_counts_on() -> None:
    text = "Mr. Hall was late. Nobody minded. The end came soon."
    pieces = [text[i : i + 5] for i in range(0, len(text), 5)]
    sound, words = listened(iter(pieces), model=mini(), seed=4)
    check_order(words, sound.size / 24_000)
    assert [w.word for w in words] == [
        "Mister",
        "Hall",
        "was",
        "late",
        "Nobody",
        "minded",
        "The",
        "end",
        "came",
        "soon",
    ]
    assert " ".join(text[w.first : w.last] for w in words) == text


def test_no_word_of_the_development_texts_is_skipped() -> None:
    model, short, count = mini(), 0, 0
    for seed, text in enumerate(development()[::3]):
        _, words = ptts_np.generate_with_words(text, model=model, seed=seed)
        read = [word for plan in planned(model, None, text) for word in plan.track.words]
        assert [(w.first, w.last) for w in words] == [(w.start, w.end) for w in read]
        count += len(words)
        short += sum(word.end - word.start < 0.01 for word in words)
    assert count > 100
    assert short <= 0.005 * count


def test_what_is_not_asked_for_is_not_watched(monkeypatch) -> None:
    step, seen = flow_lm.step, []

    def watching(*arguments):
        seen.append(arguments[7])
        return step(*arguments)

    monkeypatch.setattr(flow_lm, "step", watching)
    ptts_np.generate("Hello.", model=mini(), seed=0)
    assert set(seen) == {()}
    ptts_np.generate_with_words("Hello.", model=mini(), seed=0)
    assert set(seen) == {(), (3,)}
