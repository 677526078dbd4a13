"""Text arriving in pieces, sound going out."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("websockets")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

import ptts_np
from ptts_np.serve import admission
from tests.serving import VOICE, Live, live, options, pcm, post, settings, tiny_model

FIRST = "The first sentence is long enough to stand alone. "
SECOND = "And so is the second sentence of this little text."


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(settings(load={"concurrency": 2})) as running:
        yield running


def talk(server: Live, **more: Any) -> ClientConnection:
    return connect(server.url.replace("http", "ws") + "/v1/stream", **more)


def send(socket: ClientConnection, kind: str, **more: Any) -> None:
    socket.send(json.dumps({"type": kind, **more}))


def hear(socket: ClientConnection) -> tuple[bytes, list[dict[str, Any]]]:
    """All sound and all messages until the server closes."""
    sound, messages = b"", []
    try:
        while True:
            message = socket.recv(timeout=20)
            if isinstance(message, bytes):
                sound += message
            else:
                messages.append(json.loads(message))
    except ConnectionClosed:
        return sound, messages


def sentences(*texts: str, seed: int, frames: int = 0) -> bytes:
    voice = ptts_np.load_voice(tiny_model(), VOICE)
    sampling = {**options(seed, frames), "seed": np.random.default_rng(seed)}
    return b"".join(
        pcm(ptts_np.generate(text, model=tiny_model(), voice=voice, **sampling)) for text in texts
    )


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_however_the_text_is_cut(server: Live, size: int) -> None:
    text = FIRST + SECOND
    with talk(server) as socket:
        send(socket, "start", **options(5, 3))
        for start in range(0, len(text), size):
            send(socket, "text", text=text[start : start + size])
        send(socket, "end")
        sound, messages = hear(socket)
    assert sound == sentences(FIRST, SECOND, seed=5, frames=3)
    ready, done = messages
    assert (ready["type"], ready["sample_rate"], ready["format"]) == ("ready", 24_000, "pcm16")
    assert done["type"] == "done"
    assert done["cancelled"] is False
    assert done["audio_seconds"] == pytest.approx(len(sound) / 48_000, abs=1e-3)
    assert done["first_audio_ms"] > 0


def test_speaks_before_the_end_of_the_text(server: Live) -> None:
    with talk(server) as socket:
        send(socket, "start", **options(1))
        send(socket, "text", text=FIRST + "And now")
        assert json.loads(socket.recv(timeout=10))["type"] == "ready"
        assert isinstance(socket.recv(timeout=10), bytes)
        # while it waits for text, it holds neither slot nor place
        server.until(lambda speaker: speaker.admission.active == 0)
        line = server.speaker.admission
        assert (line.begun, line.lent, line.open) == (0, 1, 1)
        send(socket, "text", text=" the rest of it.")
        send(socket, "end")
        assert hear(socket)[1][-1]["type"] == "done"


def test_what_can_not_be_used_ends_the_talk_at_once(server: Live) -> None:
    """Even where it comes in the same moment as a text that can."""
    for _ in range(5):
        with talk(server) as socket:
            send(socket, "text", text=FIRST + "And now")
            socket.send("no command")
            assert hear(socket)[1][-1]["error"]["code"] == "invalid_value"
        server.idle(2)


def test_cancel(server: Live) -> None:
    with talk(server) as socket:
        send(socket, "start", seed=1, eos_threshold=1000)
        send(socket, "text", text="word " * 300)
        send(socket, "end")
        socket.recv(timeout=10)
        socket.recv(timeout=10)
        send(socket, "cancel")
        _, messages = hear(socket)
    assert messages[-1]["cancelled"] is True
    server.idle(2)


@pytest.mark.parametrize("begins", [False, True])
def test_who_says_nothing_for_long_loses_the_place(begins: bool) -> None:
    with live(settings(load={"silent_seconds": 0.3})) as server, talk(server) as socket:
        if begins:
            send(socket, "start", seed=1)
        assert hear(socket)[1][-1]["error"]["code"] == "slow"
        server.idle(2)


def test_ready_comes_before_anything_is_said(server: Live) -> None:
    with talk(server) as socket:
        ready = json.loads(socket.recv(timeout=10))
        assert (ready["type"], ready["voice"]) == ("ready", server.speaker.voices.find(None).key)
        send(socket, "text", text=FIRST)
        send(socket, "end")
        assert hear(socket)[1][-1]["type"] == "done"


def test_blanks_are_no_sign_of_life() -> None:
    with live(settings(load={"silent_seconds": 0.5})) as server, talk(server) as socket:
        send(socket, "start", seed=1)
        began = time.monotonic()
        with contextlib.suppress(ConnectionClosed):
            while time.monotonic() < began + 5:
                send(socket, "text", text=" ")
                time.sleep(0.1)
        assert time.monotonic() < began + 3
        server.idle(2)


def test_idle_sockets_keep_nobody_waiting() -> None:
    load = {"concurrency": 2, "streams": 2, "queue": 1, "queue_seconds": 5}
    with live(settings(load=load)) as server, contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(talk(server)) for _ in range(12)]
        for number, socket in enumerate(sockets):
            send(socket, "start", seed=1)
            send(socket, "text", text=FIRST + "And" if number < 2 else "And")
        for socket in sockets[:2]:  # two have spoken and wait for more
            assert json.loads(socket.recv(timeout=10))["type"] == "ready"
            assert isinstance(socket.recv(timeout=10), bytes)
        server.until(lambda speaker: speaker.admission.lent == 2)
        body = {"input": "Hello.", "response_format": "pcm", "seed": 1}
        assert post(f"{server.url}/v1/audio/speech", json=body).status_code == 200
        for socket in sockets[:2]:
            send(socket, "end")
            assert hear(socket)[1][-1]["type"] == "done"


def test_slow_reader(server: Live) -> None:
    """What is not taken is not made: the slot serves others meanwhile."""
    with talk(server, max_queue=1) as socket:
        send(socket, "start", seed=1, eos_threshold=1000)
        send(socket, "text", text="word " * 3000)
        send(socket, "end")
        socket.recv(timeout=10)
        socket.recv(timeout=10)
        server.until(lambda speaker: speaker.admission.active == 0, 30)
        assert server.speaker.admission.begun == 1
        socket.socket.shutdown(2)
    server.idle(2)


def test_listener_leaves(server: Live) -> None:
    with talk(server) as socket:
        send(socket, "start", seed=1, eos_threshold=1000)
        send(socket, "text", text="word " * 300)
        send(socket, "end")
        socket.recv(timeout=10)
        socket.socket.shutdown(2)
        server.idle(2)


def test_nothing_to_say(server: Live) -> None:
    with talk(server) as socket:
        send(socket, "end")
        assert hear(socket)[1][-1]["audio_seconds"] == 0


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        '{"type": "sing"}',
        '{"type": "text"}',
        '{"type": "start", "seed": -1}',
        '{"type": "start", "voice": "file:///etc/passwd"}',
        '{"type": "start", "temperature": 1e400}',
        b"\x00\xff",
        json.dumps({"type": "text", "text": "a" * 20_001}),
    ],
)
def test_hostile_commands(server: Live, message: str | bytes) -> None:
    with talk(server) as socket:
        socket.send(message)
        assert hear(socket)[1][-1]["type"] == "error"
        assert socket.close_code == 1008
    server.idle(2)


def test_huge_message(server: Live) -> None:
    with talk(server) as socket:
        socket.send("a" * 3_000_000)
        assert [message["type"] for message in hear(socket)[1]] == ["ready"]
        assert socket.close_code == 1009
    server.idle(2)


def test_full_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "AHEAD", 1e9)
    with (
        live(settings(load={"concurrency": 1, "streams": 1, "queue": 0})) as server,
        talk(server) as first,
    ):
        send(first, "start", seed=1, eos_threshold=1000)
        send(first, "text", text="word " * 300)
        send(first, "end")
        server.until(lambda speaker: speaker.admission.begun == 1)
        with talk(server) as second:
            send(second, "text", text=FIRST + "And")
            assert hear(second)[1][-1]["error"]["code"] == "busy"
            assert second.close_code == 1013


def test_other_sites_and_keys() -> None:
    network = {"api_key": "a long secret"}
    with live(settings(network=network)) as server:
        key = {"Authorization": "Bearer a long secret"}
        with pytest.raises(InvalidStatus):
            talk(server)
        with pytest.raises(InvalidStatus):
            talk(server, additional_headers=key, origin="https://evil.example")
        with talk(server, additional_headers=key) as socket:
            send(socket, "end")
            assert hear(socket)[1][-1]["type"] == "done"
