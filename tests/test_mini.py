"""The embedded voice: it speaks by default, without a network, the same on every backend."""

import socket
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import ptts_np
from ptts_np.cli import commands as cli
from ptts_np.weights.load import tensor_shapes
from tests.conftest import FAST_BACKENDS, assert_close

ASSETS = files("ptts_np") / "assets" / "mini"


@pytest.fixture
def no_network(monkeypatch) -> None:
    def refuse(*_, **__):
        raise AssertionError("the embedded voice must not use the network")

    monkeypatch.delenv("PTTS_MODEL", raising=False)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_it_is_the_default(no_network, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["say", "Hello."]) == 0
    assert "(model mini, voice " in capsys.readouterr().err
    assert (tmp_path / "speech.wav").stat().st_size > 10_000


def test_a_sentence_has_the_length_and_level_of_speech(no_network) -> None:
    audio = ptts_np.generate("This is a sentence of ten words, no more, no less.", seed=0)
    assert 1.5 < audio.size / 24000 < 8
    assert 0.05 < np.abs(audio).max() < 1.5
    assert np.isfinite(audio).all()


@pytest.mark.parametrize("text", ["Hi.", "No", "3.14", "Dr. Who?", "a", "NASA", "$5"])
def test_short_texts_are_spoken(text: str) -> None:
    audio = ptts_np.generate(text, seed=0)
    assert 0.3 < audio.size / 24000 < 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("日本", "knows none of the characters of the text '日本'"),
        ("", "the text is empty"),
        ("?!", "no letter or digit"),
        ("Hello\x00world", "U\\+0000: it looks like binary data"),
        ("Hello \udcff", "not decoded as UTF-8"),
    ],
)
def test_a_refusal_is_about_the_text_not_its_phonemes(text: str, message: str) -> None:
    with pytest.raises(ptts_np.errors.InputError, match=message):
        ptts_np.generate(text)


@pytest.mark.parametrize("backend", FAST_BACKENDS)
def test_a_seed_gives_the_same_speech_on_every_backend(backend: str) -> None:
    sounds = []
    for name in ("numpy", backend):
        model = ptts_np.load_model("mini", backend=name)
        sounds.append(ptts_np.generate("How are you today?", model=model, seed=3))
    assert_close(sounds[1], sounds[0], 1e-3)


def test_its_size() -> None:
    config = ptts_np.load_model("mini").config
    assert sum(int(np.prod(shape)) for shape in tensor_shapes(config).values()) <= 8e6
    assert sum(path.stat().st_size for path in Path(str(ASSETS)).rglob("*")) <= 12e6


def test_it_does_not_clone() -> None:
    model = ptts_np.load_model("mini")
    with pytest.raises(ptts_np.errors.VoiceError, match="english"):
        ptts_np.load_voice(model, np.sin(np.arange(48000) / 30).astype(np.float32))
