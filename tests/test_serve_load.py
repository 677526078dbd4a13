"""Many at once, slow ones, hostile ones, and those who leave."""

import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

pytest.importorskip("fastapi")

from ptts_np.serve import admission, remote
from tests.serving import (
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
)

FOREVER = {"input": "word " * 2000, "response_format": "pcm", "eos_threshold": 1000.0}

END = b"\r\n0\r\n\r\n"  # of a complete answer


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(settings(load={"concurrency": 4, "queue": 40})) as running:
        yield running


def raw(server: Live, data: bytes = b"", room: int | None = None) -> socket.socket:
    """A connection, with something sent."""
    parts = urlsplit(server.url)
    connection = socket.socket()
    if room is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    connection.settimeout(20)
    connection.connect((parts.hostname, parts.port))
    connection.sendall(data)
    return connection


def request(body: dict) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n"
    return head.encode() + b"Content-Type: application/json\r\n\r\n" + data


def everything(connection: socket.socket) -> bytes:
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
    except ConnectionError:
        pass
    return data


def test_32_clients_200_requests(server: Live) -> None:
    """All answered or told to come again, each as if it were alone."""
    expected = {seed: pcm(speech(seed, seed % 5)) for seed in range(20)}

    def ask(number: int) -> str:
        seed = number % 20
        answer = post(f"{server.url}/v1/audio/speech", json=server.ask(seed, seed % 5))
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            return "busy"
        assert answer.status_code == 200
        return "right" if answer.content == expected[seed] else "wrong"

    with ThreadPoolExecutor(32) as clients:
        outcomes = list(clients.map(ask, range(200)))
    assert set(outcomes) <= {"right", "busy"}
    assert outcomes.count("right") >= 100
    server.idle()


def test_beyond_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    # this model is soon so far ahead of its listener that it would lend its place
    monkeypatch.setattr(admission, "AHEAD", 1e9)
    with live(
        settings(load={"concurrency": 1, "streams": 1, "queue": 1, "queue_seconds": 0.5})
    ) as server:
        with raw(server, request(FOREVER)), ThreadPoolExecutor(2) as clients:
            server.until(lambda speaker: speaker.admission.active == 1)
            waiting = clients.submit(post, f"{server.url}/v1/audio/speech", json=server.ask())
            server.until(lambda speaker: speaker.admission.waiting == 1)
            refused = post(f"{server.url}/tts", data={"text": "Hi."})
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) >= 1
            assert waiting.result().status_code == 429  # it has waited long enough
        server.idle(2)
        assert post(f"{server.url}/v1/audio/speech", json=server.ask()).status_code == 200


def test_who_leaves_the_queue_is_gone() -> None:
    with live(settings(load={"concurrency": 1, "streams": 1, "queue": 5})) as server:
        with raw(server, request(FOREVER)):
            server.until(lambda speaker: speaker.admission.active == 1)
            waiting = [raw(server, request(FOREVER)) for _ in range(5)]
            server.until(lambda speaker: speaker.admission.waiting == 5)
            for connection in waiting:
                connection.close()
            server.until(lambda speaker: speaker.admission.waiting == 0)
        server.idle(2)


def long_speech(server: Live) -> bytes:
    """A request for more sound than the buffers between here and there hold."""
    text = " ".join([TEXT] * 60)
    body = server.ask(7, 100, input=text, max_tokens=20, speed=0.25)
    return request(body)


def test_slow_reader_slows_only_itself() -> None:
    """Its slot serves others, and it goes on where it was."""
    with live(settings(load={"concurrency": 1, "queue": 4})) as server:
        with raw(server, long_speech(server), room=4096):
            server.until(lambda speaker: speaker.admission.begun == 1)
            server.until(lambda speaker: speaker.admission.active == 0, 30)
            began = time.perf_counter()
            answer = post(f"{server.url}/v1/audio/speech", json=server.ask(1, 3))
            assert answer.content == pcm(speech(1, 3))
            assert time.perf_counter() - began < 5
            assert server.speaker.admission.begun == 1
        server.idle(2)


def test_who_takes_nothing_is_dropped() -> None:
    load = {"concurrency": 1, "queue": 4, "stall_seconds": 0.7}
    with live(settings(load=load)) as server, raw(server, long_speech(server), room=4096) as slow:
        server.until(lambda speaker: speaker.admission.open == 1)
        server.idle(30)
        assert not everything(slow).endswith(END)


def test_what_was_made_still_arrives_when_the_server_ends() -> None:
    with live(settings(load={"concurrency": 1, "grace_seconds": 20})) as server:
        # what is accepted has as little room, so that most of the answer waits within the server
        server.server.servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with raw(server, request(server.ask(2, 10)), room=4096) as slow:
            server.until(lambda speaker: speaker.admission.begun == 1)
            server.idle()
            server.server.end()
            time.sleep(2)
            assert everything(slow).endswith(END)


def test_requests_end_in_time() -> None:
    with live(settings(load={"request_seconds": 0.5})) as server:
        with raw(server, request(FOREVER)) as connection:
            data = everything(connection)
        # cut off, and the client can tell
        assert not data.endswith(END) if b" 200 " in data[:20] else b" 503 " in data[:20]
        server.idle(1)


def test_a_slow_address_keeps_only_its_own_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def slow(url: str, hosts: tuple[str, ...], limit: int) -> bytes:
        assert go.wait(20)
        return recording()

    monkeypatch.setattr(remote, "fetch", slow)
    network = {"allow_hosts": ["voices.example"]}
    with (
        live(settings(network=network, load={"concurrency": 1})) as server,
        ThreadPoolExecutor(9) as clients,
    ):

        def ask(number: int) -> httpx.Response:
            body = server.ask(voice=f"https://voices.example/{number}.wav")
            return post(f"{server.url}/v1/audio/speech", json=body)

        waiting = [clients.submit(ask, number) for number in range(9)]
        server.until(lambda speaker: speaker.admission.lent == 8)
        answer = post(f"{server.url}/v1/audio/speech", json=server.ask(1))
        assert answer.content == pcm(speech(1))
        go.set()
        # no more than 8 are asked at a time
        assert sorted(one.result().status_code for one in waiting) == [200] * 8 + [429]
        server.idle()


def test_streams_are_treated_alike(server: Live) -> None:
    """Two streams of the same length, begun together, are done together."""
    ends = {}

    def ask(seed: int) -> None:
        post(f"{server.url}/v1/audio/speech", json=server.ask(seed, 100))
        ends[seed] = time.perf_counter()

    began = time.perf_counter()
    clients = [threading.Thread(target=ask, args=(seed,)) for seed in range(2)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    taken = [end - began for end in ends.values()]
    assert min(taken) > 0.5 * max(taken)


def test_vanishing_at_every_byte(server: Live) -> None:
    """Clients that leave after so many bytes of their request, or of the answer."""
    whole = request(server.ask(1, 2))
    for size in range(len(whole)):
        raw(server, whole[:size]).close()
    with raw(server, whole.replace(b"Host", b"Connection: close\r\nHost")) as connection:
        length = len(everything(connection))
    # every byte of the heads, and slots all along the sound
    for size in [*range(200), *range(200, length, max(1, length // 40))]:
        with raw(server, whole) as connection:
            left = size
            while left > 0 and (piece := connection.recv(min(left, 4096))):
                left -= len(piece)
    server.idle()
    # one that resets instead of closing
    with raw(server, request(FOREVER)) as connection:
        connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    server.idle(2)


def test_a_listener_who_leaves_frees_the_place_within_a_frame(server: Live) -> None:
    with raw(server, request(FOREVER)) as connection:
        connection.recv(10_000)
    began = time.perf_counter()
    server.until(lambda speaker: speaker.admission.active == 0)
    assert time.perf_counter() - began < 0.5
    names = [thread.name for thread in threading.enumerate()]
    assert "ptts-ahead" not in names


def test_half_open() -> None:
    """Heads and bodies that never come to their end."""
    with live(settings(load={"head_seconds": 0.7, "body_seconds": 0.7})) as server:
        for start in (b"", b"POST /tts HTTP/1.1\r\nHost:", request(server.ask())[:-5]):
            began = time.perf_counter()
            with raw(server, start) as connection:
                answer = everything(connection)
            assert time.perf_counter() - began < 5
            assert answer == b"" or b" 408 " in answer


def test_too_large(server: Live) -> None:
    head = b"POST /tts HTTP/1.1\r\nHost: localhost\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\n"
    with raw(server, head + b"Content-Length: 100000000\r\n\r\n") as told:
        assert b" 413 " in everything(told)
    part = b'--b\r\nContent-Disposition: form-data; name="voice_wav"; filename="x"\r\n\r\n'
    block = b"%x\r\n%s\r\n" % (1 << 20, bytes(1 << 20))
    with raw(server, head + b"Transfer-Encoding: chunked\r\n\r\n") as chunked:
        with suppress(ConnectionError):
            chunked.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            for _ in range(100):
                chunked.sendall(block)
        answer = everything(chunked)
    assert answer == b"" or b" 413 " in answer
    server.idle()


def test_text_in_chunks_is_no_upload(server: Live) -> None:
    """However many send a text of unknown length at the same time."""
    body = json.dumps(server.ask(1)).encode()
    head = (
        b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    )
    head += b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    whole = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with ExitStack() as others:
        for _ in range(20):
            others.enter_context(raw(server, whole[:-7]))
        with raw(server, whole) as connection:
            assert everything(connection).startswith(b"HTTP/1.1 200 ")
    server.idle()


def test_midway_failure_is_told(server: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes end without their end; events say what happened."""
    from ptts_np.errors import AudioError
    from ptts_np.serve import speaker as module

    def breaking(text, **more):
        yield np.zeros(1920, np.float32)
        raise AudioError("the samples to write are not finite")

    monkeypatch.setattr(module, "stream", breaking)
    with pytest.raises(httpx.RemoteProtocolError):
        post(f"{server.url}/v1/audio/speech", json=server.ask())
    answer = post(f"{server.url}/v1/audio/speech", json=server.ask(stream_format="sse"))
    assert json.loads(answer.text.split("data: ")[-1])["type"] == "error"
    server.idle()


HOSTILE_BODIES = (
    b"{",
    b"[]",
    b"null",
    b'{"input": 3}',
    b'{"input": "\\ud800"}',
    b'{"input": "a\\u0000b"}',
    b"\xff\xfe",
    b'{"input": "' + b"[" * 5000 + b'"}',
    b"[" * 50_000,
    b'{"input": "hi", "seed": 1e999}',
    b'{"input": "hi", "seed": ' + b"9" * 5000 + b"}",
    b'{"input": "hi", "voice": "file:///etc/passwd"}',
    b'{"input": "hi", "voice": "http://127.0.0.1:80/"}',
    b'{"input": "hi", "voice": "https://169.254.169.254/"}',
)


def test_memory_after_hostile_requests(server: Live) -> None:
    """500 of them leave no more memory in use than there was."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc")
    rng = random.Random(0)
    client = httpx.Client(base_url=server.url, timeout=30)
    good = request(server.ask(3, 3))

    def hostile(number: int) -> None:
        kind = number % 4
        if kind == 0:
            body = HOSTILE_BODIES[number // 4 % len(HOSTILE_BODIES)]
            headers = {"Content-Type": "application/json"}
            answer = client.post("/v1/audio/speech", content=body, headers=headers)
            assert 400 <= answer.status_code < 500
        elif kind == 1:
            noise = rng.randbytes(rng.randrange(1, 300_000))
            answer = client.post("/v1/voices", files={"file": ("../../x.wav", noise)})
            assert answer.status_code == 400
        elif kind == 2:
            raw(server, good[: rng.randrange(len(good))]).close()
        else:
            with raw(server, good) as connection:
                connection.recv(rng.randrange(1, 30_000))

    def resident() -> int:
        server.idle(10)
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for number in range(100):
        hostile(number)
    before = resident()
    for number in range(500):
        hostile(number)
    after = resident()
    client.close()
    assert after < 1.05 * before, f"{before >> 20} MB before, {after >> 20} MB after"
    assert len(server.speaker.voices.cache) == 1
    answer = post(f"{server.url}/v1/audio/speech", json=server.ask(1))
    assert answer.content == pcm(speech(1))


def test_voice_memory_is_bounded() -> None:
    limits = {"voice_mb": 1}
    with live(settings(limits=limits)) as server:
        cache = server.speaker.voices.cache
        cache.max_bytes = 200_000
        for length in range(10):
            files = {"file": ("x.wav", recording(0.5 + length / 20))}
            assert post(f"{server.url}/v1/voices", files=files).status_code == 200
            assert cache.bytes <= 200_000
        assert len(cache) > 1


class TestEnding:
    """A process of its own, ended by signals."""

    @pytest.fixture
    def hang_up(self) -> signal.Handlers:
        """What the process finds set for SIGHUP when it starts."""
        return signal.SIG_DFL

    @pytest.fixture
    def process(self, tmp_path: Path, hang_up: signal.Handlers) -> Iterator[subprocess.Popen]:
        arguments = ["--port", "0", "--model", str(FOLDER / "config.yaml"), "--voice", str(VOICE)]
        process = subprocess.Popen(
            [sys.executable, "-m", "ptts_np", "serve", *arguments, "--grace_seconds", "3"],
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "TMPDIR": str(tmp_path),
                "PTTS_TYPECHECK": "0",
                "PTTS_BACKEND": "numpy",
            },
            preexec_fn=lambda: (
                signal.signal(signal.SIGINT, signal.default_int_handler),
                signal.signal(signal.SIGHUP, hang_up),
            ),
        )
        for line in process.stderr:
            if "speaks at" in line:
                process.url = line.split(" at ")[1].split()[0]  # type: ignore[attr-defined]
                break
        yield process
        process.kill()
        process.wait()
        process.stderr.close()

    def test_at_once_when_idle(self, process) -> None:
        assert get(f"{process.url}/ready").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0

    @pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
    def test_running_streams_end_first(self, process, name: str) -> None:
        body = {"input": TEXT, "response_format": "pcm", **options(2, 100)}
        with httpx.stream("POST", f"{process.url}/v1/audio/speech", json=body) as answer:
            pieces = answer.iter_raw()
            sound = next(pieces)
            process.send_signal(getattr(signal, name))
            sound += b"".join(pieces)
        assert len(sound) == 2 * speech(2, 100).size
        process.wait(10)

    @pytest.mark.parametrize("hang_up", [signal.SIG_IGN])
    def test_nohup_outlives_its_terminal(self, process) -> None:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        assert get(f"{process.url}/ready").status_code == 200

    def test_no_longer_than_the_grace(self, process) -> None:
        with raw(Live(None, None, process.url), request(FOREVER)) as connection:
            connection.recv(1000)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            assert get(f"{process.url}/ready").status_code == 503
            assert post(f"{process.url}/tts", data={"text": "Hi."}).status_code == 503
            assert process.wait(15) == 0

    def test_killed_leaves_no_file(self, process, tmp_path: Path) -> None:
        files = {"voice_wav": ("x.wav", bytes(3 << 20))}
        assert post(f"{process.url}/tts", data={"text": "Hi."}, files=files).status_code == 400
        with raw(Live(None, None, process.url), request(FOREVER)) as connection:
            connection.recv(1000)
            process.kill()
            process.wait(5)
        assert list(tmp_path.iterdir()) == []
