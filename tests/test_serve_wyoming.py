"""Wyoming's own client, and connections that misbehave."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

pytest.importorskip("fastapi")
pytest.importorskip("wyoming")

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

import ptts_np
from ptts_np.errors import InputError
from ptts_np.serve.protocols.wyoming_events import LINE_BYTES, read_event
from ptts_np.serve.settings import check_settings
from tests.serving import VOICE, Live, live, pcm, recording, settings, tiny_model

FIRST = "The first sentence is long enough to stand alone. "
SECOND = "And so is the second sentence of this little text."


def chosen(**more: Any) -> Any:
    network = {"wyoming": "127.0.0.1:0", **more.pop("network", {})}
    return settings(network=network, **more)


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(chosen(load={"concurrency": 2})) as running:
        yield running


def port(server: Live) -> int:
    return int(server.app.state.wyoming[1])


@asynccontextmanager
async def talk(server: Live) -> AsyncIterator[AsyncTcpClient]:
    async with AsyncTcpClient("127.0.0.1", port(server), read_timeout=20) as client:
        yield client


async def hear(client: AsyncTcpClient, last: Any) -> tuple[bytes, list[Event]]:
    """All sound, and all events until one of the kind `last`, or the end."""
    sound, events, before = b"", [], 0
    while (event := await client.read_event()) is not None:
        events.append(event)
        if AudioChunk.is_type(event.type):
            chunk = AudioChunk.from_event(event)
            assert (chunk.rate, chunk.width, chunk.channels) == (24_000, 2, 1)
            before = before if sound else chunk.timestamp or 0
            assert chunk.timestamp == before + 1000 * (len(sound) // 2) // 24_000
            sound += chunk.audio
        if last.is_type(event.type):
            break
    return sound, events


def run(server: Live, way: Callable[[AsyncTcpClient], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with talk(server) as client:
            return await way(client)

    return asyncio.run(whole())


def test_describe(tmp_path) -> None:
    (tmp_path / "anna.wav").write_bytes(recording())
    with live(chosen(voice_folder=str(tmp_path))) as server:

        async def ask(client: AsyncTcpClient) -> Info:
            await client.write_event(Ping(text="hello").event())
            answer = await client.read_event()
            assert answer is not None
            assert Pong.from_event(answer).text == "hello"
            await client.write_event(Event("select-program", {"name": "ptts-np"}))
            await client.write_event(Describe().event())
            event = await client.read_event()
            assert event is not None
            return Info.from_event(event)

        (program,) = run(server, ask).tts
    assert program.supports_synthesize_streaming
    assert [voice.name for voice in program.voices] == ["default", "anna"]
    assert program.voices[1].languages == ["en"]


def test_a_whole_text(server: Live) -> None:
    async def ask(client: AsyncTcpClient) -> list[tuple[bytes, list[Event]]]:
        answers = []
        for voice in (None, SynthesizeVoice(name="default"), SynthesizeVoice(language="en")):
            await client.write_event(Synthesize(text=FIRST, voice=voice).event())
            answers.append(await hear(client, AudioStop))
        return answers

    for sound, events in run(server, ask):
        assert AudioStart.from_event(events[0]).rate == 24_000
        assert AudioStop.from_event(events[-1]).timestamp == 1000 * (len(sound) // 2) // 24_000
        assert len(sound) / 48_000 > 0.5
    server.idle(2)


@pytest.mark.parametrize("size", [1, 9, 1000])
def test_a_text_in_pieces(server: Live, size: int, monkeypatch) -> None:
    # the protocol has no seed
    generator = np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed=None: generator(seed or 3))
    text = FIRST + SECOND

    async def ask(client: AsyncTcpClient) -> tuple[bytes, list[Event]]:
        await client.write_event(SynthesizeStart().event())
        for start in range(0, len(text), size):
            await client.write_event(SynthesizeChunk(text=text[start : start + size]).event())
        await client.write_event(Synthesize(text=text).event())  # for those who know no pieces
        await client.write_event(SynthesizeStop().event())
        return await hear(client, SynthesizeStopped)

    sound, events = run(server, ask)
    kinds = [event.type for event in events]
    assert (kinds[0], kinds[-2:]) == ("audio-start", ["audio-stop", "synthesize-stopped"])
    voice, rng = ptts_np.load_voice(tiny_model(), VOICE), generator(3)
    assert sound == b"".join(
        pcm(ptts_np.generate(sentence, model=tiny_model(), voice=voice, seed=rng))
        for sentence in (FIRST, SECOND)
    )


def test_speaks_before_the_end_of_the_text(server: Live) -> None:
    async def ask(client: AsyncTcpClient) -> None:
        await client.write_event(SynthesizeStart().event())
        await client.write_event(SynthesizeChunk(text=FIRST + "And").event())
        sound, _ = await hear(client, AudioChunk)
        assert sound
        # who waits for text holds no place
        await asyncio.to_thread(server.until, lambda speaker: speaker.admission.begun == 0)
        await client.write_event(SynthesizeStop().event())
        await hear(client, SynthesizeStopped)

    run(server, ask)


@pytest.mark.parametrize(
    "event",
    [
        Synthesize(text=""),
        Synthesize(text="?!"),
        Synthesize(text="a" * 20_001),
        Synthesize(text="Hi.", voice=SynthesizeVoice(name="/etc/passwd")),
        Synthesize(text="Hi.", voice=SynthesizeVoice(name="nobody")),
    ],
)
def test_refusals(server: Live, event: Synthesize) -> None:
    async def ask(client: AsyncTcpClient) -> Error:
        await client.write_event(event.event())
        _, events = await hear(client, Error)
        return Error.from_event(events[-1])

    assert run(server, ask).text
    server.idle(2)


def raw(server: Live, data: bytes) -> bytes:
    """What the server answers to bytes, until it closes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port(server)), timeout=20) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                answer += part
        except OSError:
            pass  # it closed before it had read all of it
    return answer


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"[]\n",
        b"\xff\xfe\n",
        b"[" * 50_000 + b"\n",
        b'{"type": 1}\n',
        b'{"type": "synthesize"}\n',
        b'{"type": "synthesize", "data": {"text": 7}}\n',
        b'{"type": "synthesize", "data": []}\n',
        b'{"type": "synthesize", "data_length": 99999999999}\n',
        b'{"type": "synthesize", "data_length": -1}\n',
        b'{"type": "synthesize", "data_length": true}\n',
        b'{"type": "synthesize", "data_length": 2}\n[]',
        b'{"type": "describe", "payload_length": 99999999999}\n',
        b'{"type": "describe", "payload_length": 10}\nabc',
        b'{"type": "describe"',
    ],
)
def test_hostile_events(server: Live, data: bytes) -> None:
    answer = raw(server, data)
    assert b'"error"' in answer
    assert b"Traceback" not in answer
    server.idle(2)


def test_a_line_without_end(server: Live) -> None:
    raw(server, b"a" * (LINE_BYTES * 4))
    assert run(server, ping) == "pong"


async def ping(client: AsyncTcpClient) -> str:
    await client.write_event(Ping().event())
    event = await client.read_event()
    assert event is not None
    return event.type


@effort(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.dictionaries(st.text(), st.text(), max_size=3), st.binary(max_size=100)),
        max_size=4,
    )
)
def test_events_are_read_as_the_library_writes_them(
    events: list[tuple[dict[str, str], bytes]],
) -> None:
    class Sink:
        data = b""

        def write(self, data: bytes) -> None:
            self.data += data

        def writelines(self, parts: Any) -> None:
            self.data += b"".join(parts)

        async def drain(self) -> None: ...

    async def there_and_back() -> None:
        from wyoming.event import async_write_event

        sink, reader = Sink(), asyncio.StreamReader(limit=LINE_BYTES)
        for data, payload in events:
            await async_write_event(Event("kind", data, payload), sink)  # type: ignore[arg-type]
        reader.feed_data(sink.data)
        reader.feed_eof()
        for data, _ in events:
            event = await read_event(reader, 1 << 16)
            assert event is not None
            assert (event.type, event.data) == ("kind", data)
        assert await read_event(reader, 1 << 16) is None

    asyncio.run(there_and_back())


def test_who_says_nothing_for_long_is_let_go() -> None:
    with live(chosen(load={"silent_seconds": 0.3})) as server:
        for begins in (b"", b'{"type": "synthesize-start"}\n'):
            with socket.create_connection(("127.0.0.1", port(server)), timeout=20) as connection:
                connection.sendall(begins)
                answer = b""
                while part := connection.recv(1 << 16):
                    answer += part
                assert b"nothing came" in answer
        server.idle(2)


def test_listener_leaves(server: Live) -> None:
    text = json.dumps({"type": "synthesize", "data": {"text": "word " * 3000}}).encode()
    with socket.create_connection(("127.0.0.1", port(server)), timeout=20) as connection:
        connection.sendall(text + b"\n")
        assert connection.recv(100)
    server.idle(5)


def test_many_connections_are_told_so() -> None:
    with (
        live(chosen(load={"concurrency": 1, "streams": 1, "queue": 0})) as server,
        socket.create_connection(("127.0.0.1", port(server)), timeout=20),
    ):
        server.until(lambda _: b"too many" in raw(server, b""))


def test_where_to_listen() -> None:
    found = check_settings({"network": {"wyoming": "[::1]:10200"}}).network.wyoming
    assert found == ("::1", 10200)
    for wrong in ("10200", ":1", "host:", "host:70000", "host:x"):
        with pytest.raises(InputError, match="HOST:PORT"):
            check_settings({"network": {"wyoming": wrong}})
    with pytest.raises(InputError, match="needs --wyoming"):
        check_settings({"network": {"wyoming_name": "a voice"}})


def test_the_end_of_the_server_ends_conversations() -> None:
    with live(chosen()) as server:
        connection = socket.create_connection(("127.0.0.1", port(server)), timeout=20)
        connection.sendall(b'{"type": "synthesize-start"}\n')
    with connection:
        assert connection.recv(100) == b""


def test_speaks_where_nobody_can_be_told(monkeypatch, caplog) -> None:
    from ptts_np.serve.protocols import wyoming_discovery

    def unreachable() -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(wyoming_discovery, "AsyncZeroconf", unreachable)
    with live(chosen(network={"wyoming_name": "a voice"})) as server:
        assert run(server, ping) == "pong"
    assert "unreachable" in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_local_network_is_told(host: str, monkeypatch) -> None:
    """Of where it is, and that it is gone; without a network, as a machine of tests may be."""
    from ptts_np.serve.protocols import wyoming_discovery

    told: list[tuple[str, Any]] = []

    class Network:
        async def __aenter__(self) -> "Network":
            return self

        async def __aexit__(self, *_: Any) -> None:
            told.append(("closed", None))

        async def async_register_service(self, info: Any, allow_name_change: bool) -> Any:
            assert allow_name_change
            told.append(("here", info))
            return asyncio.sleep(0)

        async def async_unregister_service(self, info: Any) -> Any:
            told.append(("gone", info))
            return asyncio.sleep(0)

    monkeypatch.setattr(wyoming_discovery, "AsyncZeroconf", Network)
    monkeypatch.setattr(wyoming_discovery, "_outward", lambda: "192.0.2.7")

    async def be_found() -> None:
        async with wyoming_discovery.announced("a voice", host, 10200):
            assert [kind for kind, _ in told] == ["here"]

    asyncio.run(be_found())
    assert [kind for kind, _ in told] == ["here", "gone", "closed"]
    info = told[0][1]
    assert (info.name, info.type) == ("a voice._wyoming._tcp.local.", "_wyoming._tcp.local.")
    assert info.parsed_addresses() == ["192.0.2.7" if host == "0.0.0.0" else host]
    assert (info.port, told[1][1]) == (10200, info)
