"""Keys, scopes, quotas and certificates, and their change while the server speaks."""

import hashlib
import json
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")

import websockets
from websockets.sync.client import connect

from ptts_np.errors import InputError
from ptts_np.serve import keys, tls, watch
from ptts_np.serve.access import needed
from ptts_np.serve.quotas import Bucket, Quotas, take
from tests.serving import VOICE, Live, live, recording, settings

SPEAK, VOICES, METRICS, ADMIN = "speak-secret", "voices-secret", "metrics-secret", "admin-secret"
SCOPES = {SPEAK: ["speak"], VOICES: ["speak", "voices"], METRICS: ["metrics"], ADMIN: ["admin"]}


def write_keys(path: Path, **more: dict) -> Path:
    entries = [
        {"name": secret, "key": secret, "scopes": scopes, **more.get(secret.split("-")[0], {})}
        for secret, scopes in SCOPES.items()
    ]
    path.write_text(yaml.safe_dump({"keys": entries}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    path = write_keys(tmp_path_factory.mktemp("keys") / "keys.yaml", voices={"uploads": 1})
    with live(settings(network={"keys": str(path)})) as running:
        yield running


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("secret", SCOPES)
def test_each_key_opens_what_it_is_for(server: Live, secret: str) -> None:
    scopes = set(SCOPES[secret])
    asked = {
        "speak": ("POST", "/v1/audio/speech", {"json": server.ask()}),
        "voices": ("POST", "/v1/voices", {"files": {"file": ("a.wav", recording())}}),
        "metrics": ("GET", "/metrics", {}),
    }
    with httpx.Client(base_url=server.url, headers=bearer(secret), timeout=30) as client:
        assert client.get("/v1/voices").status_code == 200  # any key may read lists
        for scope, (method, path, more) in asked.items():
            answer = client.request(method, path, **more)
            may = scope in scopes or "admin" in scopes
            assert answer.status_code == (200 if may else 403), (scope, answer.text)
            if scope == "voices" and may:  # the place is for other tests
                assert client.delete(f"/v1/voices/{answer.json()['id']}").status_code == 204
            if not may:
                assert answer.json()["error"]["code"] == "insufficient_scope"


def test_a_recording_with_a_request_is_an_upload(server: Live) -> None:
    form = {"data": {"text": "Hi."}, "files": {"voice_wav": ("a.wav", recording(0.7))}}
    refused = httpx.post(f"{server.url}/tts", headers=bearer(SPEAK), timeout=30, **form)
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["/v1/voices", "/metrics", "/openapi.json", "/v1/models"])
@pytest.mark.parametrize(
    "headers", [{}, bearer("wrong"), {"xi-api-key": ""}, {"Authorization": "Bearer"}]
)
def test_without_a_key(server: Live, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(server.url + path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_ways_to_give_a_key(server: Live) -> None:
    url = f"{server.url}/v1/models"
    assert httpx.get(url, headers={"xi-api-key": SPEAK}).status_code == 200
    assert httpx.get(f"{url}?api_key={SPEAK}").status_code == 200
    assert httpx.get(f"{url}?api_key=").status_code == 401
    posted = httpx.post(f"{server.url}/v1/audio/speech?api_key={SPEAK}", json=server.ask())
    assert posted.status_code == 401  # only what can't send headers may


@pytest.mark.parametrize("way", ["header", "xi", "query", "subprotocol"])
def test_ways_to_give_a_key_with_a_websocket(server: Live, way: str) -> None:
    url = server.url.replace("http", "ws") + "/v1/stream"
    ways: dict[str, dict[str, Any]] = {
        "header": {"additional_headers": bearer(SPEAK)},
        "xi": {"additional_headers": {"xi-api-key": SPEAK}},
        "query": {},
        "subprotocol": {"subprotocols": ["realtime", f"openai-insecure-api-key.{SPEAK}"]},
    }
    with connect(url + (f"?api_key={SPEAK}" if way == "query" else ""), **ways[way]) as socket:
        assert socket.subprotocol == ("realtime" if way == "subprotocol" else None)
        socket.send(json.dumps({"type": "end"}))
        assert json.loads(socket.recv(10))["type"] == "ready"


def test_a_refused_websocket_is_told_why(server: Live) -> None:
    url = server.url.replace("http", "ws") + "/v1/stream"
    for key, status in (({}, 401), (bearer(METRICS), 403)):
        with pytest.raises(websockets.InvalidStatus) as refused:
            connect(url, additional_headers=key)
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body)["error"]["message"]


def test_uploads_are_their_owners(server: Live) -> None:
    own = {"base_url": server.url, "timeout": 30}
    with (
        httpx.Client(headers=bearer(VOICES), **own) as one,
        httpx.Client(headers=bearer(ADMIN), **own) as other,
    ):
        upload = {"file": ("a.wav", recording(0.6))}
        voice = one.post("/v1/voices", files=upload).json()["id"]
        body = server.ask(voice=voice)
        assert one.post("/v1/audio/speech", json=body).status_code == 200
        stranger = other.post("/v1/audio/speech", json=body)
        assert stranger.status_code == 400
        assert "not in memory" in stranger.json()["detail"]
        assert other.delete(f"/v1/voices/{voice}").status_code == 404
        full = one.post("/v1/voices", files={"file": ("b.wav", recording(0.8))})
        assert full.status_code == 429
        assert full.json()["error"]["code"] == "quota"
        assert one.post("/v1/voices", files=upload).json()["id"] == voice
        assert one.delete(f"/v1/voices/{voice}").status_code == 204


def test_quotas(tmp_path: Path) -> None:
    path = write_keys(tmp_path / "keys.yaml", speak={"requests": 3}, voices={"characters": 30})
    with live(settings(network={"keys": str(path)})) as server:
        url = f"{server.url}/v1/audio/speech"

        def ask(secret: str, **more: object) -> httpx.Response:
            return httpx.post(url, json=server.ask(**more), headers=bearer(secret), timeout=30)

        assert [ask(SPEAK).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert 1 <= int(ask(SPEAK).headers["retry-after"]) <= 20
        assert ask(VOICES).status_code == 200
        assert ask(VOICES).status_code == 429  # 19 characters more than 11
        assert ask(ADMIN).status_code == 200  # nobody else is touched
        health = [httpx.get(f"{server.url}/health").status_code for _ in range(5)]
        assert set(health) == {200}


def test_limits_of_addresses() -> None:
    limits = {"client_requests": 2, "client_streams": 1}
    with live(settings(limits=limits)) as server:
        body = {"input": "word " * 2000, "response_format": "pcm", "eos_threshold": 1000.0}
        with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=body, timeout=30) as answer:
            pieces = answer.iter_raw()  # kept: httpx hangs up without it
            next(pieces)
            second = httpx.post(f"{server.url}/v1/audio/speech", json=server.ask())
            assert second.status_code == 429
            assert "are being answered" in second.text
            assert httpx.get(f"{server.url}/v1/voices").status_code == 200
        server.idle()
        third = httpx.post(f"{server.url}/v1/audio/speech", json=server.ask())
        assert third.status_code == 429
        assert "too many requests" in third.text


@given(
    st.floats(0.1, 1000),
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 3000)), max_size=50),
)
def test_buckets(per_minute: float, asked: list[tuple[float, float]]) -> None:
    """Nobody gets more than the quota's rate, and who waits as told is served."""
    bucket, now, taken, largest = Bucket(per_minute, 0.0), 0.0, 0.0, 0.0
    for pause, amount in asked:
        now += pause
        bucket, wait = take(bucket, per_minute, now, amount)
        if wait == 0:
            taken, largest = taken + amount, max(largest, amount)
        else:
            _, again = take(bucket, per_minute, now + wait * 1.001, amount)
            assert again == pytest.approx(0, abs=1e-6)
        assert bucket.level <= per_minute
    assert taken <= per_minute * (1 + now / 60) + largest + 1e-6 * taken


def test_many_clients() -> None:
    """However many come, memory is what it was; one who asks all the time is not forgotten."""
    now = [0.0]
    quotas = Quotas(lambda: now[0])
    for number in range(50_000):
        now[0] += 1e-6
        assert quotas.wait(str(number), "requests", 5, 1) == 0
        if number % 10 == 0:
            waits = quotas.wait("busy", "requests", 5, 1)
    assert waits > 0


BAD = [
    ("", "at least one key"),
    ("keys: []", "at least one key"),
    ("keyz: [a]", "at least one key"),
    ("keys: [just-a-secret]", "key 1"),
    ("keys: [{name: a}]", "key or sha256"),
    ("keys: [{name: a, key: short}]", "key 1: key"),
    ("keys: [{name: a, sha256: zz}]", "key 1: sha256"),
    ("keys: [{name: a b, key: long-secret}]", "key 1: name"),
    ("keys: [{name: a, key: long-secret, scopes: [root]}]", "key 1: scopes"),
    ("keys: [{name: a, key: long-secret, request: 1}]", "key 1: request"),
    ("keys: [{name: a, key: long-secret, requests: -1}]", "key 1: requests"),
    ("keys: [{name: a, key: long-secret}, {name: a, key: other-secret}]", "two keys are called a"),
    ("keys: [{name: a, key: long-secret}, {name: b, key: long-secret}]", "the same key"),
]


@pytest.mark.parametrize(("text", "told"), BAD)
def test_files_of_keys_that_are_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told) as refused:
        keys.read_keys(path)
    assert "secret" not in str(refused.value)


def test_digests_in_place_of_keys(tmp_path: Path) -> None:
    kept = hashlib.sha256(b"long-secret").hexdigest()
    path = tmp_path / "keys.yaml"
    path.write_text(f"keys: [{{name: a, sha256: {kept}}}]", encoding="utf-8")
    (key,) = keys.read_keys(path)
    assert keys.find([key], b"long-secret") == key
    assert keys.find([key], b"long-secreT") is None
    assert key.may("speak")
    assert not key.may("voices")


@pytest.mark.parametrize(
    ("kind", "method", "path", "scope"),
    [
        ("http", "GET", "/v1/voices", None),
        ("http", "GET", "/docs", None),
        ("http", "GET", "/metrics", "metrics"),
        ("http", "HEAD", "/metrics", "metrics"),
        ("http", "POST", "/v1/audio/speech", "speak"),
        ("http", "GET", "/v1/audio/speech", "speak"),
        ("http", "POST", "/v1/text-to-speech/clara/stream", "speak"),
        ("http", "POST", "/v1/voices", "voices"),
        ("http", "DELETE", "/v1/voices/upload-1", "voices"),
        ("http", "POST", "/v1/voices/add", "voices"),
        ("http", "POST", "/v1/admin/models", "admin"),
        ("websocket", "GET", "/v1/stream", "speak"),
        ("websocket", "GET", "/v1/text-to-speech/a/stream-input", "speak"),
    ],
)
def test_scopes(kind: str, method: str, path: str, scope: str | None) -> None:
    assert needed(kind, method, path) == scope


def test_keys_change_while_the_server_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SECONDS", 0.05)
    path = write_keys(tmp_path / "keys.yaml")
    with live(settings(network={"keys": str(path)})) as server:

        def status(secret: str) -> int:
            return httpx.get(f"{server.url}/v1/models", headers=bearer(secret)).status_code

        assert (status(SPEAK), status("a-new-secret")) == (200, 401)
        path.write_text("keys: [{name: a, key: a-new-secret}]", encoding="utf-8")
        until(lambda: status("a-new-secret") == 200)
        assert status(SPEAK) == 401
        path.write_text("keys: [", encoding="utf-8")
        time.sleep(0.3)
        assert status("a-new-secret") == 200  # what can't be read changes nothing
        path.unlink()
        time.sleep(0.3)
        assert status("a-new-secret") == 200


def test_voices_change_while_the_server_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SECONDS", 0.05)
    shutil.copy(VOICE, tmp_path / "first.safetensors")
    with live(settings(voice="first", voice_folder=str(tmp_path))) as server:

        def names() -> set[str]:
            data = httpx.get(f"{server.url}/v1/voices").json()["data"]
            return {voice["id"] for voice in data if voice["source"] == "folder"}

        def speaks(voice: str) -> bytes:
            body = server.ask(voice=voice)
            answer = httpx.post(f"{server.url}/v1/audio/speech", json=body, timeout=30)
            return answer.content if answer.status_code == 200 else b""

        assert names() == {"first"}
        (tmp_path / "second.wav").write_bytes(recording())
        until(lambda: names() == {"first", "second"})
        before = speaks("second")
        assert before
        (tmp_path / "second.wav").write_bytes(recording(0.5))
        until(lambda: speaks("second") not in (before, b""))
        (tmp_path / "first.safetensors").unlink()
        until(lambda: names() == {"second"})
        assert speaks("first")  # it stays the default
        (tmp_path / "second.wav").unlink()
        until(lambda: names() == set())
        assert not speaks("second")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs, `a` and `b`."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make certificates")
    folder = tmp_path_factory.mktemp("certificates")
    for name in "ab":
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
        command = [openssl, "req", "-x509", "-nodes", *curve, *subject, *files]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def test_https_and_a_renewed_certificate(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SECONDS", 0.05)
    for kind in ("key", "pem"):
        shutil.copy(certificates / f"a.{kind}", tmp_path / f"now.{kind}")
    files = {"certfile": str(tmp_path / "now.pem"), "keyfile": str(tmp_path / "now.key")}
    with live(settings(network=files)) as server:
        assert server.url.startswith("https://")

        def trusts(name: str) -> bool:
            context = ssl.create_default_context(cafile=certificates / f"{name}.pem")
            try:
                return httpx.get(f"{server.url}/ready", verify=context).status_code == 200
            except httpx.ConnectError:
                return False

        assert trusts("a")
        assert not trusts("b")
        context = ssl.create_default_context(cafile=certificates / "a.pem")
        with connect(server.url.replace("http", "ws") + "/v1/stream", ssl=context) as socket:
            socket.send(json.dumps({"type": "end"}))
            assert json.loads(socket.recv(10))["type"] == "ready"
        shutil.copy(certificates / "b.pem", tmp_path / "now.pem")  # half of a renewal
        time.sleep(0.3)
        assert trusts("a")
        shutil.copy(certificates / "b.key", tmp_path / "now.key")
        until(lambda: trusts("b"))


def test_certificates_that_are_refused(certificates: Path, tmp_path: Path) -> None:
    pem, key = certificates / "a.pem", certificates / "a.key"
    (tmp_path / "no.pem").write_text("hello", encoding="utf-8")
    for pair in ((pem, certificates / "b.key"), (tmp_path / "no.pem", key), (pem, tmp_path)):
        with pytest.raises(InputError):
            tls.check_certificate(*pair)
    with pytest.raises(InputError, match="come together"):
        settings(network={"certfile": str(pem)})


def test_the_documents_keys_can_be_used(tmp_path: Path) -> None:
    text = Path(__file__).parent.parent.joinpath("docs", "serve.md").read_text(encoding="utf-8")
    path = tmp_path / "keys.yaml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    kitchen, studio = keys.read_keys(path)
    assert keys.find([kitchen, studio], b"3f6c1d0e-a-long-random-secret") == kitchen
    assert studio.may("voices")
    assert studio.uploads == 5
