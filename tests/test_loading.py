"""Names and places of models, what they may refer to, and which weights are taken."""

import hashlib
import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import ptts_np
from ptts_np import loading
from ptts_np.errors import AccessError, BackendError, ConfigError, FetchError, InputError
from ptts_np.model.config import load_config
from ptts_np.ops.quantized import Bf16Weight
from tests.conftest import FAST_BACKENDS, GOLDEN, assert_close, load_model

FOLDER = GOLDEN / "lsd_2026_10"
FILES = ("config.yaml", "model.safetensors", "tokenizer.json", "voice.safetensors")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and its address on loopback."""
    folder = tmp_path / "web"
    folder.mkdir()
    for name in FILES:
        shutil.copy(FOLDER / name, folder)
    handler = partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_model_from_an_address(web, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PTTS_CACHE", str(tmp_path / "cache"))
    folder, address = web
    checksum = hashlib.sha256((folder / "config.yaml").read_bytes()).hexdigest()
    model = ptts_np.load_model(f"{address}/config.yaml#sha256={checksum}", backend="numba")
    voice = ptts_np.load_voice(model, f"{address}/voice.safetensors")
    local = load_model("lsd_2026_10")
    expected = ptts_np.generate(
        "Hi.", model=local, voice=ptts_np.load_voice(local, FOLDER / "voice.safetensors"), seed=0
    )
    voice["model"] = model.name
    np.testing.assert_array_equal(
        ptts_np.generate("Hi.", model=model, voice=voice, seed=0), expected
    )
    # once here, it needs the network no more
    for name in FILES:
        (folder / name).unlink()
    ptts_np.load_model(f"{address}/config.yaml#sha256={checksum}")


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "a/../../b"])
def test_a_configuration_from_the_network_names_no_file_here(path: str) -> None:
    with pytest.raises(ConfigError, match="outside its own folder"):
        loading.resolve(path, "https://example.org/models/config.yaml")


def test_relative_files_lie_beside_the_configuration() -> None:
    assert loading.resolve("t.json", "/m/config.yaml") == str(Path("/m/t.json"))
    assert loading.resolve("../t.json", "/m/config.yaml") == str(Path("/m/../t.json"))
    assert loading.resolve("hf://a/b/c.json", "/m/config.yaml") == "hf://a/b/c.json"
    assert loading.resolve("t.json", "hf://a/b/m/c.yaml@v1.0") == "hf://a/b/m/t.json@v1.0"
    assert loading.resolve("t.json", None) == "t.json"


def test_unknown_names_are_told_what_there_is() -> None:
    with pytest.raises(InputError, match="name is empty"):
        ptts_np.load_model("")
    with pytest.raises(InputError, match=r"no model 'klingon'.*english_2m_2026-10"):
        ptts_np.load_model("klingon")
    with pytest.raises(InputError, match="quantize must be"):
        ptts_np.load_model(str(FOLDER / "config.yaml"), quantize="int3")
    with pytest.raises(BackendError, match="no backend 'cuda'"):
        ptts_np.load_model(str(FOLDER / "config.yaml"), backend="cuda")
    with pytest.raises(InputError, match="threads"):
        ptts_np.load_model(str(FOLDER / "config.yaml"), threads=0)
    with pytest.raises(FetchError):
        ptts_np.load_model("/nowhere/config.yaml")


def closed_config():
    config = load_config(FOLDER / "config.yaml")
    return config.model_copy(
        update={"weights_path": "full", "weights_path_without_voice_cloning": "open"}
    )


@pytest.mark.parametrize(
    ("here", "granted", "taken", "can_clone"),
    [
        ({"full", "open"}, False, "full", True),
        ({"open"}, True, "open", False),
        (set(), True, "full", True),
        (set(), False, "open", False),
    ],
)
def test_which_weights_are_taken(monkeypatch, here, granted, taken, can_clone) -> None:
    """What is here; else the ones that clone where access is granted; else the open ones."""

    def fetch(location: str) -> Path:
        if location == "full" and not granted and location not in here:
            raise AccessError("gated")
        return Path(location)

    monkeypatch.setattr(loading, "fetch", fetch)
    monkeypatch.setattr(loading, "cached", lambda place: Path(place) if place in here else None)
    assert loading._fetch_weights(closed_config(), None) == (Path(taken), can_clone)


def test_an_unreachable_hub_is_told_at_once(monkeypatch) -> None:
    def fetch(location: str) -> Path:
        raise FetchError("unreachable")

    monkeypatch.setattr(loading, "fetch", fetch)
    monkeypatch.setattr(loading, "cached", lambda _: None)
    with pytest.raises(FetchError, match="unreachable"):
        loading._fetch_weights(closed_config(), None)


@pytest.mark.parametrize("backend", ["numpy", *FAST_BACKENDS])
def test_weights_stored_in_bf16_speak_as_their_float32(tmp_path: Path, backend: str) -> None:
    folder = shutil.copytree(GOLDEN / "lsd_2026_10_bf16", tmp_path / "model")
    stored = ptts_np.load_model(str(folder / "config.yaml"), backend=backend)
    speech = []
    for model in (stored, replace(stored, params=all_dense(stored.params))):
        voice = ptts_np.load_voice(model, folder / "voice.safetensors")
        speech.append(ptts_np.generate("Hello there.", model=model, voice=voice, seed=0))
    if backend == "numba":  # its products of rows and of matrices sum in other orders
        assert_close(*(samples[:1920] for samples in speech))
    else:
        np.testing.assert_array_equal(*speech)


def all_dense(node):
    if isinstance(node, Bf16Weight):
        values = node.dense()
        values.flags.writeable = False
        return values
    if isinstance(node, list):
        return [all_dense(item) for item in node]
    return {key: all_dense(item) for key, item in node.items()} if isinstance(node, dict) else node


def test_quantised_models_speak() -> None:
    exact = load_model("lsd_2026_10")
    for kind, close in (("bf16", 0.2), ("int8", 0.2)):
        model = ptts_np.load_model(str(FOLDER / "config.yaml"), quantize=kind)
        voice = ptts_np.load_voice(model, FOLDER / "voice.safetensors")
        first = [
            next(ptts_np.stream("Hello.", model=each, voice=voice, seed=0))
            for each in (exact, model)
        ]
        assert not np.array_equal(*first)
        assert np.abs(first[0] - first[1]).max() < close * np.abs(first[0]).max()
