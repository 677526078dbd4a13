"""ElevenLabs' own client, with this server as its base URL."""

import asyncio
import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("websockets")

import soundfile
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

import ptts_np
from ptts_np.serve.protocols.elevenlabs_formats import FORMATS
from tests.serving import (
    TEXT,
    TLS,
    VOICE,
    Live,
    client,
    live,
    pcm,
    post,
    recording,
    settings,
    tiny_model,
)

elevenlabs = client("elevenlabs.client")
from elevenlabs.core.api_error import ApiError  # noqa: E402

FIRST = "The first sentence is long enough to stand alone. "
SECOND = "And so is the second sentence of this little text."
THEIRS = "JBFqnCBsd6RMkjVDRZzb"  # a voice of ElevenLabs'


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(settings(load={"concurrency": 2})) as running:
        yield running


@contextmanager
def asking(server: Live, key: str = "unused") -> Iterator[Any]:
    # the client leaves its connections open
    with httpx.Client(verify=TLS, timeout=30) as connections:
        yield elevenlabs.ElevenLabs(base_url=server.url, api_key=key, httpx_client=connections)


@pytest.fixture
def eleven(server: Live) -> Iterator[Any]:
    with asking(server) as client:
        yield client


def spoken(*texts: str, seed: int = 3) -> bytes:
    """What sentences with one seed sound like, made without a server."""
    voice = ptts_np.load_voice(tiny_model(), VOICE)
    rng = np.random.default_rng(seed)
    return b"".join(
        pcm(ptts_np.generate(text, model=tiny_model(), voice=voice, seed=rng)) for text in texts
    )


class TestRest:
    @pytest.mark.parametrize("way", ["convert", "stream"])
    def test_is_what_the_library_makes(self, eleven, way: str) -> None:
        pieces = getattr(eleven.text_to_speech, way)(
            THEIRS,
            text=TEXT,
            model_id="eleven_multilingual_v2",
            output_format="pcm_24000",
            seed=3,
            voice_settings={"stability": 0.5, "similarity_boost": 0.7, "style": None},
            previous_text="Before.",
        )
        assert b"".join(pieces) == spoken(TEXT)

    def test_async(self, server: Live) -> None:
        async def ask() -> bytes:
            async with httpx.AsyncClient(verify=TLS) as connections:
                eleven = elevenlabs.AsyncElevenLabs(
                    base_url=server.url, api_key="unused", httpx_client=connections
                )
                pieces = eleven.text_to_speech.stream(
                    "default", text=TEXT, output_format="pcm_24000", seed=3
                )
                return b"".join([piece async for piece in pieces])

        assert asyncio.run(ask()) == spoken(TEXT)

    @pytest.mark.parametrize("name", [None, *FORMATS])
    def test_formats(self, eleven, name: str | None) -> None:
        pieces = eleven.text_to_speech.convert("default", text=TEXT, output_format=name, seed=3)
        data = b"".join(pieces)
        seconds = len(spoken(TEXT)) / 48_000
        codec, rate = (name or "mp3_44100_128").split("_")[:2]
        if codec in ("ulaw", "alaw", "pcm"):
            raw = {"samplerate": int(rate), "channels": 1, "format": "RAW"}
            raw["subtype"] = {"pcm": "PCM_16"}.get(codec, codec.upper())
        else:
            raw = {}
        samples, found = soundfile.read(io.BytesIO(data), **raw)
        assert found == int(rate)
        assert samples.size / found == pytest.approx(seconds, abs=0.15)
        if codec == "mp3":
            kbps = int((name or "mp3_44100_128").split("_")[2])
            assert len(data) * 8 / (samples.size / found) == pytest.approx(kbps * 1000, rel=0.05)

    def test_speed(self, eleven) -> None:
        asked = {"text": TEXT, "output_format": "pcm_24000", "seed": 3}
        slow = b"".join(
            eleven.text_to_speech.convert("default", voice_settings={"speed": 0.8}, **asked)
        )
        assert len(slow) // 2 == round(len(spoken(TEXT)) // 2 / 0.8)

    @pytest.mark.parametrize(
        "change",
        [
            {"voice_id": "nobody"},
            {"voice_id": "..%2F..%2Fetc"},
            {"model_id": "other"},
            {"output_format": "exe"},
            {"text": ""},
            {"text": "a" * 20_001},
            {"seed": -1},
            {"voice_settings": {"speed": 100}},
        ],
    )
    def test_refusals(self, eleven, change: dict[str, Any]) -> None:
        asked = {"voice_id": "default", "text": TEXT, **change}
        with pytest.raises(ApiError) as refused:
            list(eleven.text_to_speech.convert(**asked))
        assert 400 <= refused.value.status_code < 500
        assert refused.value.body["detail"]

    def test_voices_and_models(self, tmp_path) -> None:
        (tmp_path / "anna.wav").write_bytes(recording())
        with live(settings(voice_folder=str(tmp_path))) as server, asking(server) as eleven:
            voices = eleven.voices.get_all().voices
            assert [(voice.voice_id, voice.category) for voice in voices] == [("anna", "cloned")]
            assert eleven.voices.search().voices == voices
            assert eleven.voices.get("anna") == voices[0]
            with pytest.raises(ApiError):
                eleven.voices.get("nobody")
            (model,) = eleven.models.list()
            assert (model.model_id, model.can_do_text_to_speech) == (tiny_model().name, True)

    def test_a_voice_of_ones_own(self, eleven) -> None:
        made = eleven.voices.ivc.create(name="me", files=[("me.wav", recording())])
        own = eleven.text_to_speech.convert(
            made.voice_id, text=TEXT, output_format="pcm_24000", seed=3
        )
        assert b"".join(own) != spoken(TEXT)
        eleven.voices.delete(made.voice_id)
        with pytest.raises(ApiError):
            list(eleven.text_to_speech.convert(made.voice_id, text=TEXT))

    def test_keys(self) -> None:
        with live(settings(network={"api_key": "a long secret"})) as server:
            with asking(server, "a long secret") as eleven:
                assert eleven.models.list()
            with asking(server, "another") as eleven, pytest.raises(ApiError) as refused:
                eleven.models.list()
            assert refused.value.status_code == 401


@pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
class TestRealtime:
    def test_their_client(self, server: Live, eleven) -> None:
        # it takes every server's WebSocket for one behind TLS
        eleven.text_to_speech._ws_base_url = server.url
        pieces = eleven.text_to_speech.convert_realtime(
            "default", text=iter(FIRST + SECOND), output_format="pcm_24000"
        )
        assert len(b"".join(pieces)) > 48_000

    def test_their_client_is_told_what_is_wrong(self, server: Live, eleven) -> None:
        eleven.text_to_speech._ws_base_url = server.url
        with pytest.raises(ApiError, match="nobody"):
            list(eleven.text_to_speech.convert_realtime("nobody", text=iter(["Hi."])))


def talk(server: Live, way: str = "stream-input", **query: Any) -> ClientConnection:
    asked = httpx.QueryParams({"output_format": "pcm_24000", "seed": 3, **query})
    voice = query.pop("voice", "default")
    return connect(f"ws{server.url[4:]}/v1/text-to-speech/{voice}/{way}?{asked}")


def send(socket: ClientConnection, text: str | None, **more: Any) -> None:
    socket.send(json.dumps({"text": text, **more}))


def hear(
    socket: ClientConnection, times: list[dict[str, Any]] | None = None
) -> tuple[dict[str | None, bytes], list[dict[str, Any]]]:
    """Each context's sound, and all other messages until the server closes."""
    sound: dict[str | None, bytes] = {}
    messages = []
    try:
        while True:
            message = json.loads(socket.recv(timeout=20))
            if times is not None and message.get("alignment"):
                times.append(message["alignment"])
            if message.get("audio") is not None:
                name = message.get("contextId")
                sound[name] = sound.get(name, b"") + base64.b64decode(message["audio"])
            else:
                messages.append(message)
    except ConnectionClosed:
        return sound, messages


class TestSocket:
    @pytest.mark.parametrize("size", [1, 9, 1000])
    def test_however_the_text_is_cut(self, server: Live, size: int) -> None:
        text = FIRST + SECOND
        with talk(server) as socket:
            send(socket, " ", voice_settings={"stability": 0.5}, generation_config={})
            for start in range(0, len(text), size):
                send(socket, text[start : start + size], try_trigger_generation=True)
            send(socket, "")
            sound, messages = hear(socket)
            assert socket.close_code == 1000
        assert sound == {None: spoken(FIRST, SECOND)}
        assert [message["isFinal"] for message in messages] == [True]
        server.idle(2)

    @pytest.mark.parametrize("how", ["flush", "auto_mode"])
    def test_speaks_what_has_come(self, server: Live, how: str) -> None:
        with talk(server, auto_mode=how == "auto_mode") as socket:
            send(socket, "Hello", flush=how == "flush")
            assert json.loads(socket.recv(timeout=10))["audio"]
            # who waits for text holds no place
            server.until(lambda speaker: speaker.admission.begun == 0)
            send(socket, "")
            assert hear(socket)[1][-1]["isFinal"]

    def test_mp3_is_one_stream(self, server: Live) -> None:
        with talk(server, output_format="mp3_22050_32") as socket:
            send(socket, FIRST + SECOND)
            send(socket, "")
            sound, _ = hear(socket)
        samples, rate = soundfile.read(io.BytesIO(sound[None]))
        assert samples.size / rate == pytest.approx(len(spoken(FIRST, SECOND)) / 48_000, abs=0.15)

    def test_nothing_to_say(self, server: Live) -> None:
        with talk(server) as socket:
            send(socket, "")
            sound, messages = hear(socket)
        assert (sound, len(messages)) == ({}, 1)

    @pytest.mark.parametrize(
        "message",
        [
            "not json",
            "[]",
            '{"text": 1}',
            '{"text": "a", "voice_settings": {"speed": 1e400}}',
            b"\x00\xff",
            json.dumps({"text": "a" * 20_001}),
        ],
    )
    @pytest.mark.parametrize("way", ["stream-input", "multi-stream-input"])
    def test_hostile_messages(self, server: Live, way: str, message: str | bytes) -> None:
        with talk(server, way) as socket:
            socket.send(message)
            assert hear(socket)[1][-1]["error"]
            assert socket.close_code == 1008
        server.idle(2)

    @pytest.mark.parametrize(
        "query", [{"voice": "nobody"}, {"output_format": "exe"}, {"model_id": "other"}]
    )
    def test_refusals(self, server: Live, query: dict[str, Any]) -> None:
        with talk(server, **query) as socket:
            assert hear(socket)[1][-1]["message"]

    @pytest.mark.parametrize("begins", [False, True])
    @pytest.mark.parametrize("way", ["stream-input", "multi-stream-input"])
    def test_who_says_nothing_for_long_is_let_go(self, way: str, begins: bool) -> None:
        with (
            live(settings(load={"silent_seconds": 0.3})) as server,
            talk(server, way) as socket,
        ):
            if begins:
                send(socket, "Some", context_id="a")
            assert hear(socket)[1][-1]["error"] == "slow"
            server.idle(2)

    @pytest.mark.parametrize("way", ["stream-input", "multi-stream-input"])
    def test_listener_leaves(self, server: Live, way: str) -> None:
        with talk(server, way) as socket:
            send(socket, "word " * 3000, flush=True)
            socket.recv(timeout=10)
            socket.socket.shutdown(2)
            server.idle(5)

    def test_full_server_says_so(self) -> None:
        load = {"concurrency": 1, "streams": 1, "queue": 0}
        with (
            live(settings(load=load)) as server,
            talk(server, "multi-stream-input") as socket,
        ):
            for name in ("a", "b"):
                send(socket, "word " * 300, context_id=name, flush=True)
            message: dict[str, Any] = {}
            while "error" not in message:
                message = json.loads(socket.recv(timeout=10))
            assert (message["error"], message["contextId"]) == ("busy", "b")


class TestContexts:
    def test_each_is_what_it_is_alone(self, server: Live) -> None:
        with talk(server, "multi-stream-input") as socket:
            send(socket, "")  # keeps the socket alive
            send(socket, " ", context_id="a", voice_settings={"speed": None})
            send(socket, " ", contextId="b")
            send(socket, FIRST, context_id="a")
            send(socket, SECOND, context_id="b")
            send(socket, SECOND, context_id="a")
            send(socket, "", context_id="a")  # keeps it, nothing else
            socket.send(json.dumps({"context_id": "a", "close_context": True}))
            socket.send(json.dumps({"context_id": "nobody", "close_context": True}))
            socket.send(json.dumps({"close_socket": True}))
            send(socket, "Too late.", context_id="c")
            sound, messages = hear(socket)
            assert socket.close_code == 1000
        assert sound == {"a": spoken(FIRST, SECOND), "b": spoken(SECOND)}
        assert sorted((m["contextId"], m["isFinal"]) for m in messages) == [
            ("a", True),
            ("b", True),
        ]
        server.idle(2)

    def test_a_name_may_be_used_again(self, server: Live) -> None:
        with talk(server, "multi-stream-input") as socket:
            for _ in range(2):
                send(socket, SECOND, context_id="a")
                socket.send(json.dumps({"context_id": "a", "close_context": True}))
                while not json.loads(socket.recv(timeout=10))["isFinal"]:
                    pass

    def test_too_many(self, server: Live) -> None:
        with talk(server, "multi-stream-input") as socket:
            for number in range(6):
                send(socket, " ", context_id=str(number))
            assert hear(socket)[1][-1]["error"] == "contexts"

    def test_a_closed_one_makes_room(self, server: Live) -> None:
        with talk(server, "multi-stream-input") as socket:
            for number in range(20):
                send(socket, "word " * 500, context_id=str(number))
                socket.send(json.dumps({"context_id": str(number), "close_context": True}))
            send(socket, SECOND, context_id="last", flush=True)
            name = None
            while name != "last":
                name = json.loads(socket.recv(timeout=20))["contextId"]
        server.idle(5)


def test_a_form_of_openai_is_answered_as_ever(server: Live) -> None:
    assert post(f"{server.url}/v1/text-to-speech/default", json=[]).status_code == 400
    assert httpx.get(f"{server.url}/v1/models").json()["object"] == "list"
