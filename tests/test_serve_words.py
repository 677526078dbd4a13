"""What a request may say of the reading, and words with their times over HTTP and WebSocket."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("websockets")

from websockets.sync.client import connect

import ptts_np
from ptts_np.reading.policy import Policy
from ptts_np.serve.settings import check_settings
from tests.serving import Live, live, pcm, post

TEXT = "It costs $5. Nobody buys it."


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(check_settings({"network": {"port": 0}}), ptts_np.load_model("mini")) as running:
        yield running


def ask(server: Live, **more: Any) -> Any:
    body = {"input": TEXT, "response_format": "pcm", "seed": 1, **more}
    return post(server.url + "/v1/audio/speech", json=body)


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_words_are_events_between_the_sound(server: Live, speed: float) -> None:
    answer = ask(server, stream_format="sse", timestamps=True, speed=speed)
    events = [json.loads(row[6:]) for row in answer.text.splitlines() if row]
    sound = b"".join(base64.b64decode(e["audio"]) for e in events if "audio" in e)
    expected, words = ptts_np.generate_with_words(TEXT, seed=1)
    if speed == 1.0:
        assert sound == pcm(expected)
    found = [word for event in events for word in event.get("words", ())]
    assert [(w["word"], w["first"], w["last"]) for w in found] == [
        (w.word, w.first, w.last) for w in words
    ]
    for one, other in zip(found, words, strict=True):
        assert one["start"] == pytest.approx(other.start / speed, abs=0.002)
        assert one["end"] == pytest.approx(other.end / speed, abs=0.002)
    assert events[-1]["type"] == "speech.audio.done"


def test_words_need_events(server: Live) -> None:
    answer = ask(server, timestamps=True)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "timestamps"
    assert ask(server, timestamps=False).content == ask(server).content


def test_how_a_text_is_read(server: Live) -> None:
    answer = ask(
        server,
        input="# Nginx\n\nIt runs. It stays.",
        markup="markdown",
        lexicon={"Nginx": "engine ex"},
        pauses={"sentence": 0.3, "heading": 1.0},
    )
    expected = ptts_np.generate(
        "# Nginx\n\nIt runs. It stays.",
        seed=1,
        markup="markdown",
        lexicon={"Nginx": "engine ex"},
        policy=Policy(sentence_pause=0.3, heading_pause=1.0),
    )
    assert answer.content == pcm(expected)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reading": "xx"},
        {"markup": "tex"},
        {"lexicon": "/etc/passwd"},
        {"lexicon": {str(i): "x" for i in range(1001)}},
        {"pauses": {"sentence": 61}},
        {"pauses": {"word": 1}},
    ],
)
def test_what_is_refused(server: Live, wrong: dict[str, Any]) -> None:
    answer = ask(server, **wrong)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_a_websocket_tells_words(server: Live) -> None:
    with connect(server.url.replace("http", "ws") + "/v1/stream") as socket:
        socket.send(json.dumps({"type": "start", "timestamps": True, "seed": 1}))
        for piece in ("  It co", "sts $5. Nobody", " buys it."):
            socket.send(json.dumps({"type": "text", "text": piece}))
        socket.send(json.dumps({"type": "end"}))
        sound, words, done = 0, [], None
        while done is None:
            message = socket.recv(timeout=20)
            if isinstance(message, bytes):
                sound += len(message) // 2
                continue
            data = json.loads(message)
            if data["type"] == "word":
                assert data["end"] <= sound / 24_000 + 0.001
                words.append(data)
            elif data["type"] == "done":
                done = data
    received = "  It costs $5. Nobody buys it."
    assert [w["word"] for w in words] == ["It", "costs", "five", "dollars", "Nobody", "buys", "it"]
    assert received[words[2]["first"] : words[2]["last"]].startswith("$5")
    assert received[words[4]["first"] : words[4]["last"]] == "Nobody"
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
