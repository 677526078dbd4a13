"""When each character is heard: from words to ElevenLabs' shapes, and by its own client."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")
pytest.importorskip("websockets")

import ptts_np
from ptts_np.serve.protocols.alignment import (
    Alignment,
    Character,
    by_millisecond,
    by_second,
)
from tests.serving import TLS, Live, client, live, settings
from tests.test_serve_elevenlabs import hear, send, talk

elevenlabs = client("elevenlabs.client")

TEXT = "Good morning, Mr. Fox!  It costs $5 today. And that is all there is to say about it."


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(settings(voice="clara"), model=ptts_np.load_model("mini")) as running:
        yield running


@pytest.fixture
def eleven(server: Live) -> Iterator[Any]:
    with httpx.Client(verify=TLS, timeout=60) as connections:
        yield elevenlabs.ElevenLabs(base_url=server.url, api_key="unused", httpx_client=connections)


def word(start: float, end: float, first: int, last: int) -> dict[str, Any]:
    return {"word": "w", "start": start, "end": end, "first": first, "last": last}


class TestAlignment:
    def test_words_and_what_is_between(self) -> None:
        alignment = Alignment()
        over = alignment.take("ab, cd.", [word(0.2, 0.6, 0, 2), word(1.0, 1.4, 4, 6)])
        assert over == [
            Character("a", 0.2, 0.4),
            Character("b", 0.4, 0.6),
            Character(",", 0.6, 0.8),
            Character(" ", 0.8, 1.0),
            Character("c", 1.0, 1.2),
            Character("d", 1.2, 1.4),
        ]
        assert alignment.rest("ab, cd.", 1.5) == [Character(".", 1.4, 1.5)]
        assert alignment.rest("ab, cd.", 2.0) == []

    def test_two_words_of_the_same_characters(self) -> None:
        alignment = Alignment()
        over = alignment.take("$5 now", [word(0, 1, 0, 2), word(1, 2, 0, 2), word(2, 3, 3, 6)])
        assert "".join(c.text for c in over) == "$5 now"
        assert [(c.start, c.end) for c in over[2:4]] == [(1.0, 2.0), (2.0, pytest.approx(2.333))]

    @given(
        st.text(max_size=30),
        st.lists(st.tuples(*[st.floats(0, 9)] * 2, *[st.integers(0, 30)] * 2), max_size=9),
        st.integers(1, 4),
        st.floats(0, 20),
    )
    def test_each_character_once_and_never_back(
        self, text: str, words: list[Any], size: int, seconds: float
    ) -> None:
        """Whatever the words say, and in whatever parts they come."""
        alignment, over, clock, spans = Alignment(), [], 0.0, 0
        parts = [words[i : i + size] for i in range(0, len(words), size)]
        for part in [*([word(*w) for w in part] for part in parts), None]:
            origin = alignment.end
            now = alignment.rest(text, seconds) if part is None else alignment.take(text, part)
            over += now
            if times := by_millisecond(now, origin):
                assert all(duration >= 0 for duration in times["charDurationsMs"])
                spans += times["charStartTimesMs"][-1] + times["charDurationsMs"][-1]
        assert "".join(character.text for character in over) == text
        for character in over:
            assert clock <= character.start <= character.end
            clock = character.end
        # who adds up the messages' spans, as clients do, has the time of the whole
        assert spans == pytest.approx(1000 * clock, abs=len(parts) + 1)
        assert (by_second(over) is None) == (text == "")


def check(times: Any, text: str, seconds: float) -> None:
    """The characters are the text, their times go on, up to about the sound's end."""
    assert "".join(times.characters) == text
    starts, ends = times.character_start_times_seconds, times.character_end_times_seconds
    assert starts == sorted(starts)
    assert all(start <= end for start, end in zip(starts, ends, strict=True))
    assert 0.5 * seconds < ends[-1] <= seconds + 0.05


class TestTheirClient:
    @pytest.mark.parametrize("speed", [1.0, 0.8])
    def test_whole(self, eleven, speed: float) -> None:
        answer = eleven.text_to_speech.convert_with_timestamps(
            "default",
            text=TEXT,
            output_format="pcm_24000",
            seed=3,
            voice_settings={"speed": speed},
        )
        sound = base64.b64decode(answer.audio_base_64)
        check(answer.alignment, TEXT, len(sound) / 48_000)
        plain = eleven.text_to_speech.convert(
            "default",
            text=TEXT,
            output_format="pcm_24000",
            seed=3,
            voice_settings={"speed": speed},
        )
        assert sound == b"".join(plain)

    def test_streamed(self, eleven) -> None:
        asked = {"text": TEXT, "output_format": "pcm_24000", "seed": 3}
        lines = list(eleven.text_to_speech.stream_with_timestamps("default", **asked))
        assert len(lines) > 3
        sound = b"".join(base64.b64decode(line.audio_base_64) for line in lines)
        whole = eleven.text_to_speech.convert_with_timestamps("default", **asked)
        assert sound == base64.b64decode(whole.audio_base_64)
        times = [line.alignment for line in lines if line.alignment]
        assert len(times) > 3
        characters = [character for part in times for character in part.characters]
        assert characters == whole.alignment.characters
        starts = [start for part in times for start in part.character_start_times_seconds]
        assert starts == whole.alignment.character_start_times_seconds

    def test_a_model_without_them_says_so(self) -> None:
        with live() as server:
            url = f"{server.url}/v1/text-to-speech/default"
            for way in ("with-timestamps", "stream/with-timestamps"):
                answer = httpx.post(f"{url}/{way}", json={"text": "Hi."}, verify=TLS)
                assert answer.status_code == 400
                assert "word times" in answer.text
            # its WebSockets speak, and say nothing of times
            with talk(server) as socket:
                send(socket, "Hello there.")
                send(socket, "")
                message = json.loads(socket.recv(timeout=10))
                assert message["audio"]
                assert message["alignment"] is None


class TestCaptions:
    """As the examples of Kokoro-FastAPI ask."""

    def ask(self, server: Live, **more: Any) -> httpx.Response:
        body = {"model": "kokoro", "input": TEXT, "response_format": "pcm", "seed": 3, **more}
        url = f"{server.url}/dev/captioned_speech"
        return httpx.post(url, json=body, verify=TLS, timeout=60)

    def test_whole_and_streamed(self, server: Live) -> None:
        whole = self.ask(server, stream=False).json()
        lines = [json.loads(line) for line in self.ask(server).iter_lines()]
        assert len(lines) > 3
        assert whole["audio_format"] == lines[0]["audio_format"] == "audio/pcm"
        sound = base64.b64decode(whole["audio"])
        assert sound == b"".join(base64.b64decode(line["audio"]) for line in lines)
        times = whole["timestamps"]
        assert times == [one for line in lines for one in line["timestamps"]]
        assert [one["word"] for one in times[:2]] == ["Good", "morning"]
        starts = [one["start_time"] for one in times]
        assert starts == sorted(starts)
        assert times[-1]["end_time"] <= len(sound) / 48_000 + 0.05

    def test_refusals(self, server: Live) -> None:
        assert self.ask(server, input="").status_code == 400
        assert self.ask(server, voice="nobody").status_code == 400
        assert self.ask(server, model="other").status_code == 404


@pytest.mark.parametrize("size", [1, 1000])
def test_socket(server: Live, size: int) -> None:
    with talk(server, "multi-stream-input") as socket:
        for start in range(0, len(TEXT), size):
            send(socket, TEXT[start : start + size], context_id="a")
        socket.send(json.dumps({"context_id": "a", "close_context": True}))
        socket.send(json.dumps({"close_socket": True}))
        times: list[dict[str, Any]] = []
        sound, others = hear(socket, times)
    assert "".join(char for part in times for char in part["chars"]) == TEXT
    spans = [part["charStartTimesMs"][-1] + part["charDurationsMs"][-1] for part in times]
    seconds = len(sound["a"]) / 48_000
    assert 0.5 * seconds < sum(spans) / 1000 <= seconds + 0.05
    assert others[-1]["isFinal"]
