"""Voices: files in both layouts, cloning, and the refusals."""

import dataclasses
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import ptts_np
from ptts_np.errors import AudioError, FetchError, OutputError, VoiceError
from ptts_np.loading import Model
from ptts_np.voice import clone_voice, default_voice, load_voice, save_voice
from tests.conftest import GOLDEN, VARIANTS, assert_close, load_model

FOLDER = GOLDEN / "lsd_2026_10"
FILE = FOLDER / "voice.safetensors"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("lsd_2026_10")


@pytest.fixture
def tensors() -> dict[str, np.ndarray]:
    return load_file(FILE)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_cloned_voice_equals_the_recorded_file(name: str) -> None:
    model = load_model(name)
    expected = load_file(GOLDEN / name / "expected.safetensors")
    cloned = load_voice(model, expected["voice.audio"])
    recorded = load_voice(model, GOLDEN / name / "voice.safetensors")
    assert cloned["length"] == recorded["length"]
    assert_close(cloned["cache"][:, :, : cloned["length"]], recorded["cache"], 2e-5)


def test_a_written_file_has_the_reference_layout(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "me.safetensors"
    save_voice(load_voice(model, FILE), path)
    written, recorded = load_file(path), load_file(FILE)
    assert written.keys() == recorded.keys()
    for name, tensor in recorded.items():
        assert written[name].dtype == tensor.dtype
        np.testing.assert_array_equal(written[name], tensor)
    again = load_voice(model, path)
    np.testing.assert_array_equal(again["cache"], load_voice(model, FILE)["cache"])


def test_the_older_layout(model: Model, tensors, tmp_path: Path) -> None:
    """`current_end` in place of `offset`, and a cache that is longer than what is used."""
    old = {}
    for name, tensor in tensors.items():
        if name.endswith("cache"):
            unused = np.full_like(tensor, np.nan)
            old[name] = np.concatenate([tensor, unused], axis=2)
        elif name.endswith("offset"):
            old[name.replace("offset", "current_end")] = np.zeros(int(tensor[0]), np.float32)
    path = tmp_path / "old.safetensors"
    save_file(old, path)
    np.testing.assert_array_equal(
        load_voice(model, path)["cache"], load_voice(model, FILE)["cache"]
    )


LAYER = "transformer.layers.0.self_attn/"


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("cache", None, "no usable cache"),
        ("cache", np.zeros((2, 1, 17, 4, 16), np.float64), "no usable cache"),
        ("cache", np.zeros((2, 17, 4, 16), np.float32), "no usable cache"),
        ("cache", np.zeros((2, 1, 17, 2, 16), np.float32), "another model"),
        ("cache", np.full((2, 1, 17, 4, 16), np.nan, np.float32), "not finite"),
        ("offset", np.array([10**12]), "length of"),
        ("offset", np.array([-1]), "length of"),
        ("offset", np.array([0]), "length of"),
        ("offset", np.array([5]), "different lengths"),
        ("offset", np.array([1, 2]), "not one whole number"),
        ("offset", np.array([np.nan]), "not one whole number"),
        ("offset", np.array([17.0]), "not one whole number"),
        ("offset", None, "how long"),
        ("pad", np.array([3]), "padding"),
        ("extra", np.zeros(1), "not a voice file"),
    ],
)
def test_damaged_files(model: Model, tensors, tmp_path: Path, name, tensor, message) -> None:
    tensors.pop(LAYER + name, None)
    if tensor is not None:
        tensors[LAYER + name] = tensor
    path = tmp_path / "bad.safetensors"
    save_file(tensors, path)
    with pytest.raises(VoiceError, match=message):
        load_voice(model, path)


def test_not_a_safetensors_file(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    for content in (b"", b"x" * 100, FILE.read_bytes()[:-10]):
        path.write_bytes(content)
        with pytest.raises(VoiceError, match="not a usable voice file"):
            load_voice(model, path)


def test_foreign_names_are_told_before_anything_is_read(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    for name in (f"transformer.layers.{'9' * 5000}.self_attn/cache", "x" * 5000):
        save_file({name: np.zeros(1, np.float32)}, path)
        with pytest.raises(VoiceError, match="not a voice file") as refused:
            load_voice(model, path)
        assert len(str(refused.value)) < 400


def test_a_huge_header_is_not_read(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(struct.pack("<Q", 50 << 20) + b" " * 100)
    with pytest.raises(VoiceError, match="header is too large"):
        load_voice(model, path)


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 600), flip=st.integers(1, 255), cut=st.none() | st.integers(0, 60000))
def test_a_damaged_file_is_an_error_or_loads(model: Model, tmp_path_factory, place, flip, cut):
    original = bytearray(FILE.read_bytes())
    original[place] ^= flip
    path = tmp_path_factory.mktemp("damaged") / "voice.safetensors"
    path.write_bytes(original[:cut])
    try:
        state = load_voice(model, path)
    except VoiceError:
        return
    assert np.isfinite(state["cache"]).all()


def test_a_voice_of_another_model(model: Model, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=r"layers|another model"):
        load_voice(model, GOLDEN / "pointwise_gqa" / "voice.safetensors")
    twin = dataclasses.replace(model, name="twin")
    path = tmp_path / "me.safetensors"
    save_voice(load_voice(model, FILE), path)
    with pytest.raises(VoiceError, match="a voice of the model lsd_2026_10, not of twin"):
        load_voice(twin, path)
    with pytest.raises(VoiceError, match="belongs to the model"):
        ptts_np.stream("Hello.", model=twin, voice=load_voice(model, FILE))


def test_names(model: Model, tmp_path: Path) -> None:
    for name in ("nobody", "nobody.wav", "x" * 5000, str(tmp_path), "~nobody-of-this-name/a.wav"):
        with pytest.raises(VoiceError, match="no voice or file"):
            load_voice(model, name)
    with pytest.raises(VoiceError, match="name is empty"):
        ptts_np.load_voice(model, "")
    with pytest.raises(VoiceError, match="no voice of its own"):
        default_voice(model)
    (tmp_path / "anna.safetensors").write_bytes(FILE.read_bytes())
    named = dataclasses.replace(model, voices=tmp_path)
    assert default_voice(named) == "anna"
    assert load_voice(named)["length"] == load_voice(named, "anna")["length"]


@pytest.mark.parametrize(
    ("name", "voice"), [("english", "alba"), ("german_24l", "juergen"), ("english_2026-04", "alba")]
)
def test_default_voices_of_released_models(model: Model, name: str, voice: str) -> None:
    assert default_voice(dataclasses.replace(model, name=name)) == voice


def test_cloning_is_refused_without_the_encoder(model: Model) -> None:
    closed = dataclasses.replace(model, can_clone=False)
    with pytest.raises(VoiceError, match="hf auth login"):
        clone_voice(closed, np.ones(24000, np.float32))


@pytest.mark.parametrize(
    ("samples", "error"),
    [
        (np.zeros(24000, np.float32), AudioError),
        (np.zeros(0, np.float32), AudioError),
        (np.full(24000, np.nan, np.float32), AudioError),
        (np.full(24000, 1e300), AudioError),
        (np.ones(1900, np.float32), AudioError),
        (np.ones((2, 24000), np.float32), AudioError),
        (np.ones(24000, np.int16), AudioError),
    ],
)
def test_unusable_prompts(model: Model, samples: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error):
        load_voice(model, samples)


def test_a_file_that_is_no_sound(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(b"not a sound" * 100)
    with pytest.raises(AudioError, match=r"song\.wav"):
        load_voice(model, path)
    with pytest.raises((VoiceError, FetchError)):
        load_voice(model, tmp_path / "none.wav")


def test_saving_where_nothing_can_be_written(model: Model, tmp_path: Path) -> None:
    voice = load_voice(model, FILE)
    with pytest.raises(OutputError):
        save_voice(voice, tmp_path / "no" / "folder.safetensors")
    with pytest.raises(OutputError, match="safetensors"):
        save_voice(voice, tmp_path / "voice.wav")
    assert list(tmp_path.iterdir()) == []
