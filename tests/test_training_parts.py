"""Parts of the training that need no PyTorch: alignment, settings, deadlines, odd texts."""

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from safetensors import safe_open

from training.data import align, pitch, shapes
from training.data.corpus import bare, held_out
from training.data.speech import LONE, in_a_row
from training.deadline import until
from training.settings import ASSETS, HERE, Settings, over, read


@effort(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_alignment_finds_the_path_that_was_heard(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 6, length)
    text = rng.permutation(60)[:length]  # no symbol twice, so there is one path only
    true = np.repeat(np.arange(length), lengths)
    heard = np.full((len(true), 60), np.log(0.2 / 59))
    heard[np.arange(len(true)), text[true]] = np.log(0.8)
    found = align.path(heard, text)
    np.testing.assert_array_equal(found, true)
    begins = align.starts(found, length, 10)
    np.testing.assert_array_equal(begins, 10 * (np.cumsum(lengths) - lengths))


@effort(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12))
def test_alignment_of_anything_goes_forward_to_the_end(seed: int, length: int, pieces: int) -> None:
    rng = np.random.default_rng(seed)
    heard, text = np.log(rng.random((pieces, 50)) + 1e-9), rng.integers(0, 50, length)
    if pieces * align.STEP < length:
        with pytest.raises(ValueError, match="cannot be spoken"):
            align.path(heard, text)
        return
    found = align.path(heard, text)
    assert found[-1] == length - 1
    assert found[0] < align.STEP
    steps = np.diff(found)
    assert ((steps >= 0) & (steps <= align.STEP)).all()


def test_settings_go_over_settings_by_name() -> None:
    values = over({"a": {"b": 1, "c": 2}, "shards": {"x": 1}}, {"a": {"c": 3}})
    assert values == {"a": {"b": 1, "c": 3}, "shards": {"x": 1}}
    replaced = over({"speech": {"shards": {"heart": 1}}}, {"speech": {"shards": {"me": 2}}})
    assert replaced == {"speech": {"shards": {"me": 2}}}
    with pytest.raises(ValueError, match="no setting named 'refin'"):
        over(read(), {"refin": {}})


def test_a_deadline_is_a_span_or_a_time_of_day() -> None:
    short = until("+90")
    assert short.left == pytest.approx(90, abs=1)
    assert 0 <= short.spent < 0.1
    assert short.up_to(0.5).left == pytest.approx(45, abs=1)
    assert 0 < until("00:00").left <= 86400
    assert until("00:00").end > time.time()
    for wrong in ("90", "25:00", "-3", "soon", "12:61"):
        with pytest.raises(ValueError, match="is no time"):
            until(wrong)


def test_odd_texts_are_what_they_say() -> None:
    sentences = [f"The old man number {i}, as I said, went slowly to the market." for i in range(9)]
    rng = random.Random(1)
    made = shapes.shapes(sentences, {"lone": 200, "unbroken": 20, "pieces": 20}, rng)
    assert len(made) > 150
    words = [len(t.split()) for t in made]
    assert sum(n <= 3 for n in words) > 100
    long = [t for t in made if len(t) > 120]
    assert len(long) >= 15
    assert not any(mark in t for t in long for mark in ",;:")
    assert shapes.unbroken(["Too long for it."], rng, 3) == "Too long for it."


TEXTS = st.lists(
    st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=9).map(" ".join),
    max_size=60,
)


@effort(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.35, 1.0]))
def test_texts_in_a_row_keep_their_order_and_lone_words_stay_alone(
    texts: list[str], lone_share: float, joined_share: float
) -> None:
    shares = {"text": {"lone_share": lone_share, "joined_share": joined_share}}
    settings = Settings(over(read(), shares), HERE)
    found = in_a_row(texts, settings)
    assert sorted(" ".join(found).split()) == sorted(" ".join(texts).split())
    assert all(len(t) <= settings["text"]["max_phonemes"] or t in texts for t in found)
    if joined_share == 0.0:
        assert sorted(found) == sorted(texts)
    if lone_share < 1.0:
        return
    longer = [t for t in texts if len(t.split()) > LONE]
    assert [t for t in found if len(t.split()) <= LONE] == [
        t for t in texts if len(t.split()) <= LONE
    ]
    rest = [t for t in found if len(t.split()) > LONE]
    assert " ".join(rest) == " ".join(longer)


def test_judged_texts_are_kept_out_of_training_whatever_their_marks() -> None:
    avoid = held_out()
    assert bare("HELP!") in avoid
    assert bare("Very late?") in avoid
    assert len(avoid) > 100


@pytest.mark.parametrize("names", [["gpu"], ["gpu", "large"]])
def test_the_settings_for_a_gpu_fit_the_recipe(names: list[str]) -> None:
    values = read(*(HERE / f"{name}.yaml" for name in names))
    assert values["refine"]["asked"] == 0, "a CUDA graph needs the same views in each step"
    assert values["refine"]["batch"] > read()["refine"]["batch"]
    assert pitch.size(values["model"]["motion"]) == 6


def test_the_package_is_made_by_the_settings_as_they_are() -> None:
    values = read()
    with safe_open(ASSETS / "model.safetensors", framework="np") as file:
        shape = file.get_slice("flow_lm.emb_mean").get_shape()
    assert shape == [values["model"]["heard"] + pitch.size(values["model"]["motion"])]
    assert values["text"]["lone_share"] == 0.0
