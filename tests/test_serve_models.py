"""Several models in one server: loaded when they are asked for, forgotten beyond a bound."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi")

import ptts_np
from ptts_np import catalog
from ptts_np.errors import ConfigError, InputError
from ptts_np.loading import Model, load_model
from ptts_np.serve.models import model_bytes, offered_models
from tests.conftest import GOLDEN
from tests.serving import (
    TEXT,
    Live,
    get,
    live,
    options,
    pcm,
    post,
    recording,
    settings,
    speech,
    tiny_model,
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models of the operator's, each with a voice of its own."""
    folder = tmp_path_factory.mktemp("models")
    places = {}
    for name in ("drifting", "flow_matching", "lsd_2026_01"):
        shutil.copytree(GOLDEN / name, folder / name)
        (folder / name / "voices").mkdir()
        shutil.copy(
            folder / name / "voice.safetensors", folder / name / "voices" / "anna.safetensors"
        )
        places[name] = folder / name / "config.yaml"
    return places


class Loads:
    """`load_model`, counted, which waits for `go`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def __call__(self, name: str) -> Model:
        self.names.append(Path(name).parent.name)
        self.begun.set()
        assert self.go.wait(20)
        return load_model(name)


def offering(places: dict[str, Path], loads: Loads, *names: str, **more: Any) -> Any:
    return live(settings(models=[str(places[name]) for name in names], **more), load=loads)


def ask(server: Live, model: str | None, **more: Any) -> httpx.Response:
    return post(f"{server.url}/v1/audio/speech", json=server.ask(3, 5, model=model, **more))


def states(server: Live) -> dict[str, str]:
    models = get(f"{server.url}/v1/audio/models").json()["models"]
    return {model["id"]: model["state"] for model in models}


def expected(places: dict[str, Path], name: str) -> bytes:
    model = load_model(str(places[name]))
    return pcm(ptts_np.generate(TEXT, model=model, voice="anna", **options(3, 5)))


def test_by_request(places: dict[str, Path]) -> None:
    load, first = Loads(), tiny_model().name
    with offering(places, load, "drifting", "flow_matching") as server:
        assert states(server) == {
            first: "loaded",
            "drifting": "offered",
            "flow_matching": "offered",
        }
        ids = [model["id"] for model in get(f"{server.url}/v1/models").json()["data"]]
        assert ids == [first, "drifting", "flow_matching"]
        assert get(f"{server.url}/v1/models/Drifting").json()["id"] == "drifting"
        for _ in range(2):
            assert ask(server, "drifting").content == expected(places, "drifting")
            assert ask(server, "tts-1").content == pcm(speech(3, 5))
            assert ask(server, None).content == pcm(speech(3, 5))
        assert states(server)["drifting"] == "loaded"
        assert load.names == ["drifting"]
        loaded = get(f"{server.url}/v1/audio/models").json()["models"][1]
        assert loaded["voices"] == ["anna"]
        assert loaded["bytes"] == model_bytes(load_model(str(places["drifting"])))
        # by the other ways to ask
        query = {"input": TEXT, "response_format": "pcm", **options(3, 5)}
        for model in ("drifting", "tts-1"):
            answer = get(f"{server.url}/v1/audio/speech", params={**query, "model": model})
            assert answer.content == ask(server, model).content
        asked = {"text": TEXT, "model_id": "flow_matching"}
        assert post(f"{server.url}/v1/text-to-speech/anna", json=asked).status_code == 200
        assert load.names == ["drifting", "flow_matching"]


def test_a_name_comes_before_an_alias(places: dict[str, Path]) -> None:
    with offering(places, Loads(), "drifting", model_aliases=["drifting", "Voice"]) as server:
        assert ask(server, "drifting").content == expected(places, "drifting")
        assert ask(server, "voice").content == pcm(speech(3, 5))
        # the list is the operator's: OpenAI's names aren't on this one
        assert ask(server, "tts-1").status_code == 404


@pytest.mark.parametrize(
    "name", ["english", "../drifting", "https://127.0.0.1/x.yaml", "hf://a/b/c.yaml", "\0", "mini"]
)
def test_what_is_not_offered(places: dict[str, Path], name: str) -> None:
    load = Loads()
    with offering(places, load, "drifting") as server:
        for asked in (name, str(places["drifting"])):
            answer = ask(server, asked)
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "model_not_found"
    assert load.names == []


def test_others_speak_while_one_is_loaded_once(places: dict[str, Path]) -> None:
    load = Loads()
    load.go.clear()
    with offering(places, load, "drifting") as server, ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, server, "drifting") for _ in range(6)]
        assert load.begun.wait(10)
        assert ask(server, None).content == pcm(speech(3, 5))
        assert states(server)["drifting"] == "loading"
        assert not any(one.done() for one in waiting)
        load.go.set()
        assert {one.result().content for one in waiting} == {expected(places, "drifting")}
    assert load.names == ["drifting"]


def test_who_waits_too_long_is_told(places: dict[str, Path]) -> None:
    load = Loads()
    load.go.clear()
    with offering(places, load, "drifting", load={"queue_seconds": 0.2}) as server:
        answer = ask(server, "drifting")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        load.go.set()
        server.until(lambda _: states(server)["drifting"] == "loaded")
        assert ask(server, "drifting").status_code == 200
    assert load.names == ["drifting"]


def test_beyond_the_memory_the_oldest_is_forgotten(places: dict[str, Path]) -> None:
    load = Loads()
    names = ("drifting", "flow_matching", "lsd_2026_01")
    sizes = {name: model_bytes(load_model(str(places[name]))) for name in names}
    room = model_bytes(tiny_model()) + sizes["drifting"] + sizes["flow_matching"]
    # room for these two, and so for the last with the first of them at most
    with offering(places, load, *names, limits={"model_mb": room / (1 << 20)}) as server:
        for name in ("drifting", "flow_matching", "drifting", "lsd_2026_01"):
            assert ask(server, name).content == expected(places, name)
        held = states(server)
        assert (held["lsd_2026_01"], held["flow_matching"]) == ("loaded", "offered")
        fits = sizes["lsd_2026_01"] <= sizes["flow_matching"]
        assert held["drifting"] == ("loaded" if fits else "offered")
        assert ask(server, "flow_matching").content == expected(places, "flow_matching")


def test_a_forgotten_model_finishes_what_it_says(places: dict[str, Path]) -> None:
    load = Loads()
    with offering(places, load, "drifting", "flow_matching", limits={"model_mb": 0}) as server:
        asked = {**server.ask(3, 100, model="drifting")}
        with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=asked) as answer:
            sound = b""
            for part in answer.iter_raw():
                if not sound:
                    assert ask(server, "flow_matching").status_code == 200
                sound += part
        model = load_model(str(places["drifting"]))
        alone = ptts_np.generate(TEXT, model=model, voice="anna", **options(3, 100))
        assert sound == pcm(alone)


def test_a_model_that_cannot_be_loaded(places: dict[str, Path], caplog) -> None:
    def broken(name: str) -> Model:
        raise InputError(f"{name} is damaged")

    models = [str(places["drifting"])]
    with live(settings(models=models), load=broken) as server:
        for _ in range(2):
            answer = ask(server, "drifting")
            assert answer.status_code == 503
            assert "damaged" not in answer.text
        assert states(server)["drifting"] == "offered"
        assert ask(server, None).status_code == 200
    assert "is damaged" in caplog.text


def test_uploads_belong_to_a_model(places: dict[str, Path]) -> None:
    with offering(places, Loads(), "lsd_2026_01") as server:
        own = load_model(str(places["lsd_2026_01"])).can_clone
        files = {"file": recording()}
        made = post(f"{server.url}/v1/voices", files=files, data={"model": "lsd_2026_01"})
        assert made.status_code == (200 if own else 400)
        if own:
            voice = made.json()["id"]
            assert ask(server, "lsd_2026_01", voice=voice).status_code == 200
            refused = ask(server, None, voice=voice)
            assert refused.status_code == 400
            assert "upload it again" in refused.text
            assert httpx.delete(f"{server.url}/v1/voices/{voice}").status_code == 204


def test_offered_models(tmp_path: Path) -> None:
    assert offered_models(["english", "mini"]) == {"english": "english", "mini": "mini"}
    assert list(offered_models(["*"])) == ["mini", *catalog.model_names()]
    with pytest.raises(InputError, match="no model"):
        offered_models(["nothing"])
    (tmp_path / "lsd_2026_10").mkdir()
    shutil.copy(GOLDEN / "lsd_2026_10" / "config.yaml", tmp_path / "lsd_2026_10" / "config.yaml")
    two = [str(folder / "lsd_2026_10" / "config.yaml") for folder in (GOLDEN, tmp_path)]
    assert list(offered_models([two[0], two[0]])) == ["lsd_2026_10"]
    with pytest.raises(InputError, match="two models"):
        offered_models(two)
    (tmp_path / "bad.yaml").write_text("a: 1")
    with pytest.raises(ConfigError):
        offered_models([str(tmp_path / "bad.yaml")])
