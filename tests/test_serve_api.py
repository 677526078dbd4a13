"""The ways to ask: OpenAI's client, pocket-tts's form, voices, keys, descriptions."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

pytest.importorskip("fastapi")
openai = pytest.importorskip("openai")

from ptts_np.audio.read import read_audio  # noqa: E402
from ptts_np.serve import encoders  # noqa: E402
from tests.serving import (  # noqa: E402
    FOLDER,
    TEXT,
    VOICE,
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
def server() -> Iterator[Live]:
    with live() as running:
        yield running


@pytest.fixture(scope="module")
def locked() -> Iterator[Live]:
    network = {"api_key": "a long secret", "cors_origins": ["https://friend.example"]}
    with live(settings(network=network)) as running:
        yield running


@pytest.fixture
def client(server: Live) -> Iterator[Any]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as client:
        yield client


class TestOpenAI:
    def test_pcm_is_what_the_library_makes(self, client) -> None:
        answer = client.audio.speech.create(
            model="tts-1",
            voice="alloy",
            input=TEXT,
            response_format="pcm",
            extra_body=options(3, 5),
        )
        assert answer.content == pcm(speech(3, 5))

    def test_streaming_begins_before_it_ends(self, client) -> None:
        with client.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts",
            voice="default",
            input=TEXT,
            response_format="pcm",
            extra_body=options(4, 40),
        ) as answer:
            pieces = list(answer.iter_bytes(1920))
        assert b"".join(pieces) == pcm(speech(4, 40))
        assert answer.headers["x-sample-rate"] == "24000"

    @pytest.mark.parametrize("name", ["wav", "flac", "mp3", "opus"])
    def test_formats(self, client, name: str) -> None:
        answer = client.audio.speech.create(
            model="tts-1", voice="echo", input=TEXT, response_format=name, extra_body=options(3, 5)
        )
        import soundfile

        assert answer.response.headers["content-type"].startswith("audio/")
        samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
        expected = speech(3, 5)
        assert rate == 24_000
        if name in ("wav", "flac"):
            assert samples.tobytes() == pcm(expected)
        else:
            assert abs(samples.size - expected.size) < 3000

    @pytest.mark.parametrize("name", ["aac", "m4a"])
    def test_aac(self, server: Live, name: str) -> None:
        pytest.importorskip("av")
        body = server.ask(3, 60, response_format=name)
        with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=body) as answer:
            pieces = list(answer.iter_raw())
            assert answer.headers["content-type"] == {"aac": "audio/aac", "m4a": "audio/mp4"}[name]
        assert len(pieces) > 2  # sent while it is made
        samples, rate = read_audio(b"".join(pieces))
        expected = speech(3, 60)
        assert rate == 24_000
        # an encoder begins with a frame of silence, and ends with a whole one
        assert 0 <= samples.size - 1024 - expected.size < 1024
        heard = samples[1024 : 1024 + expected.size]
        assert np.corrcoef(heard, expected)[0, 1] > 0.95

    def test_aac_without_pyav_names_the_extra(self, server: Live, monkeypatch) -> None:
        monkeypatch.setattr(encoders, "find_spec", lambda name: None)
        answer = post(f"{server.url}/v1/audio/speech", json=server.ask(response_format="aac"))
        assert answer.status_code == 400
        assert "ptts-np[formats]" in answer.json()["error"]["message"]

    def test_compressing_does_not_keep_others_waiting(self, client, monkeypatch) -> None:
        threads = set()
        feed = encoders._Coded.feed

        def watched(self, samples):
            threads.add(threading.current_thread().name.split("_")[0])
            return feed(self, samples)

        monkeypatch.setattr(encoders._Coded, "feed", watched)
        client.audio.speech.create(
            model="tts-1", voice="alloy", input=TEXT, extra_body=options(3, 5)
        )
        assert threads == {"ptts-serve"}

    def test_events(self, client) -> None:
        with client.audio.speech.with_streaming_response.create(
            model="tts-1",
            voice="alloy",
            input=TEXT,
            response_format="pcm",
            stream_format="sse",
            extra_body=options(5, 5),
        ) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = [line for line in answer.iter_lines() if line]
        events = [json.loads(line.removeprefix("data: ")) for line in lines]
        sound = b"".join(base64.b64decode(e["audio"]) for e in events[:-1])
        assert sound == pcm(speech(5, 5))
        assert events[-1]["type"] == "speech.audio.done"
        assert events[-1]["usage"]["output_tokens"] == len(sound) // 3840

    @pytest.mark.parametrize("speed", [0.25, 0.5, 1.5, 4.0])
    def test_speed(self, client, speed: float) -> None:
        answer = client.audio.speech.create(
            model="tts-1",
            voice="alloy",
            input=TEXT,
            response_format="pcm",
            speed=speed,
            extra_body=options(3, 20),
        )
        assert len(answer.content) // 2 == round(speech(3, 20).size / speed)

    def test_models(self, client) -> None:
        assert [model.id for model in client.models.list()] == [tiny_model().name]
        assert client.models.retrieve("tts-1").id == tiny_model().name
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("whisper-1")

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"input": ""}, None),
            ({"input": "?!"}, None),
            ({"voice": "nobody"}, "voice"),
            ({"response_format": "wma"}, "response_format"),
            ({"speed": 9}, "speed"),
            ({"input": "a" * 20_001}, "input"),
            ({"extra_body": {"temperature": -1}}, "temperature"),
            ({"extra_body": {"seed": 1.5}}, "seed"),
        ],
    )
    def test_refusals_say_what(self, client, change, param) -> None:
        request = {"model": "tts-1", "voice": "alloy", "input": TEXT, **change}
        with pytest.raises(openai.BadRequestError) as refused:
            client.audio.speech.create(**request)
        assert refused.value.param == param
        assert refused.value.body["message"]

    def test_unknown_model(self, client) -> None:
        with pytest.raises(openai.NotFoundError):
            client.audio.speech.create(model="other", voice="alloy", input=TEXT)


class TestPocket:
    def test_form(self, server: Live) -> None:
        answer = post(f"{server.url}/tts", data={"text": "Hi."})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.content[:4] == b"RIFF"
        assert len(answer.content) > 10_000

    def test_upload(self, server: Live) -> None:
        files = {"voice_wav": ("../../me.wav", recording())}
        answer = post(f"{server.url}/tts", data={"text": "Hi."}, files=files)
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("data", "files"),
        [
            ({}, None),
            ({"text": " "}, None),
            ({"text": "Hi.", "voice_url": "alba"}, {"voice_wav": recording()}),
            ({"text": "Hi."}, {"voice_wav": b""}),
            ({"text": "Hi."}, {"voice_wav": b"\0" * 100_000}),
            ({"text": "Hi."}, {"voice_wav": VOICE.read_bytes()}),
        ],
    )
    def test_refusals(self, server: Live, data, files) -> None:
        answer = post(f"{server.url}/tts", data=data, files=files)
        assert answer.status_code == 400
        assert answer.json()["detail"] == answer.json()["error"]["message"]


class TestVoices:
    def test_upload_speak_forget(self, server: Live) -> None:
        files = {"file": ("me.wav", recording())}
        first, second = (post(f"{server.url}/v1/voices", files=files).json() for _ in range(2))
        assert first == second
        ask = server.ask(voice={"id": first["id"]})
        assert post(f"{server.url}/v1/audio/speech", json=ask).status_code == 200
        assert first["id"] not in get(f"{server.url}/v1/voices").text
        import httpx

        assert httpx.delete(f"{server.url}/v1/voices/{first['id']}").status_code == 204
        assert httpx.delete(f"{server.url}/v1/voices/{first['id']}").status_code == 404
        answer = post(f"{server.url}/v1/audio/speech", json=ask)
        assert answer.status_code == 400
        assert "upload it again" in answer.text

    @pytest.mark.parametrize(
        "voice",
        [
            "file:///etc/passwd",
            "/etc/passwd",
            str(VOICE),
            "../lsd_2026_10/voice",
            "voice.safetensors",
            "http://127.0.0.1:1/x.wav",
            "https://127.0.0.1/x.wav",
            "https://[::1]/x.wav",
            "https://169.254.169.254/latest/meta-data",
            "https://user@huggingface.co/x.wav",
            "https://huggingface.co/x.wav",
            "hf://kyutai/tts-voices/x.wav",
            "https://[bad",
            "ftp://example.com/x",
            "\0",
            "upload-0000",
        ],
    )
    def test_no_paths_and_no_addresses(self, server: Live, voice: str) -> None:
        for answer in (
            post(f"{server.url}/v1/audio/speech", json=server.ask(voice=voice)),
            post(f"{server.url}/tts", data={"text": "Hi.", "voice_url": voice}),
        ):
            assert answer.status_code == 400
            assert "passwd" not in answer.text or "passwd" in voice

    def test_folder(self, tmp_path: Path) -> None:
        (tmp_path / "anna.wav").write_bytes(recording())
        (tmp_path / "ben.wav").write_bytes(b"not sound")
        (tmp_path / "ben.safetensors").write_bytes(VOICE.read_bytes())
        (tmp_path / "notes.txt").write_text("no voice")
        chosen = settings(voice="ben", voice_folder=str(tmp_path))
        with live(chosen) as running:
            listed = get(f"{running.url}/v1/voices").json()
            assert [(v["id"], v["source"]) for v in listed["data"]] == [
                ("anna", "folder"),
                ("ben", "folder"),
            ]
            assert listed["default"] == "ben"
            for voice in ("anna", "ben", "alloy"):
                ask = running.ask(voice=voice)
                assert post(f"{running.url}/v1/audio/speech", json=ask).status_code == 200


class TestKeys:
    def test_key(self, locked: Live) -> None:
        for path in ("/", "/health", "/ready"):
            assert get(locked.url + path).status_code == 200
        url = f"{locked.url}/v1/voices"
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "a long secret"}):
            answer = get(url, headers=header)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        assert get(url, headers={"Authorization": "Bearer a long secret"}).status_code == 200
        wrong = openai.OpenAI(base_url=f"{locked.url}/v1", api_key="nope", max_retries=0)
        with wrong, pytest.raises(openai.AuthenticationError):
            wrong.models.list()

    def test_key_that_is_not_ascii(self) -> None:
        with live(settings(network={"api_key": "Schlüsselwort"})) as running:
            key = {"Authorization": "Bearer Schlüsselwort".encode()}
            assert get(f"{running.url}/v1/voices", headers=key).status_code == 200

    def test_origins(self, locked: Live) -> None:
        url = f"{locked.url}/tts"
        key = {"Authorization": "Bearer a long secret"}
        for origin, status in (
            ("https://evil.example", 403),
            ("null", 403),
            ("http://[", 403),
            ("https://friend.example", 200),
            (locked.url, 200),
        ):
            answer = post(url, data={"text": "Hi."}, headers={**key, "Origin": origin})
            assert answer.status_code == status
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (origin if "friend" in origin else None)

    def test_no_cors_by_default(self, server: Live) -> None:
        answer = get(f"{server.url}/v1/voices", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_health_ready_metrics(server: Live) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    assert get(f"{server.url}/health").json()["status"] == "healthy"
    assert get(f"{server.url}/ready").json()["model"] == tiny_model().name
    post(f"{server.url}/v1/audio/speech", json=server.ask())
    text = get(f"{server.url}/metrics").text
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"ptts_requests", "ptts_streams_computing", "ptts_first_audio_seconds"} <= names


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", {"docs", "manifest.webmanifest"}), ("/docs", {".", "openapi.json"})],
)
def test_pages_are_self_contained(server: Live, path: str, expected: set[str]) -> None:
    import re

    page = get(server.url + path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    addresses = set(
        re.findall(r"""(?:src|href)=["'](?!data:)([^"']+)|url\("(?!data:)""", page.text)
    )
    assert addresses == expected
    assert "/* script */" not in page.text
    assert "//" not in re.sub(r"https?://www\.w3\.org/2000/svg|\s//.*", "", page.text)


def test_description_is_true(server: Live) -> None:
    """schemathesis finds no answer that the description does not foresee."""
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given
    from hypothesis import settings as effort
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    seen = []
    for found in schema.get_all_operations():
        operation = found.ok()
        seen.append(operation.label)

        @effort(
            max_examples=15,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def run(case) -> None:
            case.call_and_validate(checks=checks, timeout=30)

        run()
    assert len(seen) >= 10


def test_golden_folder_is_not_served(server: Live) -> None:
    assert get(f"{server.url}/{FOLDER.name}/config.yaml").status_code == 404


class TestNames:
    """What other clients call things."""

    @pytest.mark.parametrize("model", ["tts-1-1106", "TTS-1", "kokoro", None])
    @pytest.mark.parametrize("voice", ["Alloy", "alloy", None])
    def test_models_and_voices(self, server: Live, model: str | None, voice: str | None) -> None:
        asked = {"model": model, "voice": voice, "input": TEXT, "response_format": "pcm"}
        answer = post(f"{server.url}/v1/audio/speech", json={**asked, **options(1)})
        assert answer.status_code == 200
        assert answer.content == pcm(speech(1))

    def test_null_is_absent(self, server: Live) -> None:
        nothing = ("model", "voice", "speed", "response_format", "stream_format", "instructions")
        asked = {"input": TEXT, **dict.fromkeys(nothing), **options(1)}
        answer = post(f"{server.url}/v1/audio/speech", json=asked)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "audio/mpeg"

    def test_an_unknown_model(self, server: Live) -> None:
        asked = {"input": TEXT, "model": "tts-9"}
        assert post(f"{server.url}/v1/audio/speech", json=asked).status_code == 404


@pytest.mark.parametrize(
    ("path", "kind", "body", "hint"),
    [
        ("/v1/audio/speech", None, '{"input": "Hi."}', "Content-Type: application/json"),
        ("/v1/audio/speech", "text/plain", '{"input": "Hi."}', "as text/plain: send JSON"),
        ("/v1/audio/speech", "multipart/form-data", '{"input": "Hi."}', "send JSON"),
        ("/v1/audio/speech", "application/x-www-form-urlencoded", "", "send JSON"),
        ("/v1/audio/speech", "application/json", '{"input": "Hi."', "not JSON, from character 15"),
        ("/v1/audio/speech", "application/json", '{"inptu": "Hi."}', "input: Field required"),
        ("/tts", None, '{"text": "Hi."}', "send a form"),
        ("/tts", "application/json", '{"text": "Hi."}', "as application/json: send a form"),
        ("/tts", "application/x-www-form-urlencoded", "tetx=Hi.", "text: Field required"),
        ("/v1/voices", "audio/wav", "RIFF", "as audio/wav: send a form"),
    ],
)
def test_a_body_of_another_kind(
    server: Live, path: str, kind: str | None, body: str, hint: str
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = post(f"{server.url}{path}", content=body.encode(), headers=headers)
    assert answer.status_code == 400
    assert hint in answer.json()["error"]["message"]


def test_heads(server: Live) -> None:
    """Whatever can be had can be asked for its head."""
    described = get(f"{server.url}/openapi.json").json()["paths"]
    gets = [path for path, methods in described.items() if "get" in methods and "{" not in path]
    assert "/metrics" in gets
    pages = ["/", "/docs", "/icon.svg", "/manifest.webmanifest", "/openapi.json"]
    for path in [*gets, *pages]:
        asked = "?input=Hi." if path.endswith("speech") else ""
        answer = httpx.head(f"{server.url}{path}{asked}")
        assert (path, answer.status_code, answer.content) == (path, 200, b"")
        if path in pages:
            assert int(answer.headers["content-length"]) == len(get(server.url + path).content)


def test_page_can_be_installed(server: Live) -> None:
    manifest = get(f"{server.url}/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    # relative to the manifest, for the server may live under a path
    assert (manifest.json()["start_url"], manifest.json()["scope"]) == (".", ".")
    for icon in manifest.json()["icons"]:
        answer = get(f"{server.url}/{icon['src']}")
        assert answer.headers["content-type"].startswith(icon["type"])
        assert answer.text.startswith("<svg")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("speech.localhost", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8080", 200),
        ("192.168.1.9", 200),
        ("rebound.example", 403),
        ("127.0.0.1.example", 403),
        ("localhost.example", 403),
        ("@:[", 200),
    ],
)
def test_names_the_server_may_be_called_by(server: Live, host: str, status: int) -> None:
    answer = get(f"{server.url}/health", headers={"Host": host})
    assert answer.status_code == status
    if status == 403:
        assert "--hosts" in answer.text


def test_a_name_the_operator_knows() -> None:
    with live(settings(network={"hosts": ["Speech.Example."]})) as server:
        named = {"Host": "speech.example:8080"}
        assert get(f"{server.url}/health", headers=named).status_code == 200
        assert get(f"{server.url}/health", headers={"Host": "other.example"}).status_code == 403


def test_headers_of_browsers_clients_are_allowed() -> None:
    with live(settings(network={"cors_origins": ["https://page.example"]})) as server:
        asked = {
            "Origin": "https://page.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
        }
        answer = httpx.options(f"{server.url}/v1/audio/speech", headers=asked)
        assert answer.status_code == 200
        assert "x-stainless-lang" in answer.headers["access-control-allow-headers"]
