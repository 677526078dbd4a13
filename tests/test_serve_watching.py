"""Logs, metrics and traces: what they tell, and that they hold nobody's words."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from prometheus_client.parser import text_string_to_metric_families
from websockets import ConnectionClosed
from websockets.sync.client import connect

from ptts_np.errors import InputError
from ptts_np.serve import tracing
from ptts_np.serve.logs import LOGGERS, JsonLines, Text, configure
from ptts_np.serve.pace import Pace
from tests.serving import Live, get, live, post, recording, settings

SECRET = "zanzibar"
DASHBOARD = Path(__file__).parent.parent / "deploy" / "grafana.json"


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(settings(watching={"log_requests": True})) as running:
        yield running


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged meanwhile, as JSON lines and as text."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.extend((JsonLines().format(record), Text().format(record)))

    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.level, logger.handlers, logger.propagate) for logger in loggers]
    configure("json")
    for logger in loggers:
        logger.handlers = [Keep()]
    yield found
    for logger, (level, handlers, propagate) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers, logger.propagate = handlers, propagate


def until(condition: Callable[[], bool]) -> None:
    """What is told after the answer has gone out comes a moment later."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def requests(lines: list[str]) -> list[dict[str, Any]]:
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    return [entry for entry in entries if entry["message"] == "request"]


def test_what_is_said_is_in_no_log(server: Live, lines: list[str]) -> None:
    said = f"Hello {SECRET}."
    url = server.url
    headers = {"X-Request-ID": "mine-1"}
    spoken = post(f"{url}/v1/audio/speech", json=server.ask(input=said), headers=headers)
    assert spoken.headers["x-request-id"] == "mine-1"
    post(f"{url}/v1/audio/speech", json=server.ask(input=said, response_format="flac"))
    post(f"{url}/v1/audio/speech", json=server.ask(input=said, seed=SECRET))
    post(f"{url}/v1/audio/speech", json=server.ask(input=f"<speak><{SECRET}/></speak>"))
    post(f"{url}/v1/audio/speech", content=f'{{"input": "{SECRET}"'.encode())
    post(f"{url}/v1/audio/speech", json=server.ask(voice=f"https://{SECRET}.example/a.wav"))
    post(f"{url}/tts", data={"text": said})
    post(f"{url}/tts", data={"text": said}, files={"voice_wav": (f"{SECRET}.wav", b"RIFF")})
    post(f"{url}/tts", data={"text": said}, files={"voice_wav": ("a.wav", recording())})
    get(f"{url}/v1/{SECRET}?text={SECRET}", headers={"X-Request-ID": f"{SECRET} {SECRET}"})
    with connect(url.replace("http", "ws") + "/v1/stream") as socket:
        socket.send(json.dumps({"type": "text", "text": said}))
        socket.send(SECRET)
        with suppress(ConnectionClosed):
            for _ in socket:
                pass
    until(lambda: len(requests(lines)) == 11)
    entries = requests(lines)
    assert SECRET not in "\n".join(lines)
    first = entries[0]
    assert first["request_id"] == "mine-1"
    assert (first["method"], first["route"]) == ("POST", "/v1/audio/speech")
    assert (first["status"], first["client"]) == (200, "127.0.0.1")
    assert first["characters"] == len(said)
    assert first["audio_seconds"] > 0.2
    assert entries[-1]["status"] == 101


def test_a_fault_is_logged_without_its_message(
    server: Live, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(name: str | None) -> None:
        raise RuntimeError(f"can't say {SECRET}")

    monkeypatch.setattr(server.speaker.voices, "find", breaking)
    answer = post(f"{server.url}/v1/audio/speech", json=server.ask())
    assert answer.status_code == 500
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    until(lambda: any("frames" in line for line in lines))
    told = [json.loads(line) for line in lines if line.startswith("{") and "frames" in line]
    assert told[0]["exception"] == "RuntimeError"
    assert told[0]["request_id"] == answer.headers["x-request-id"]
    assert any("breaking" in frame for frame in told[0]["frames"])
    assert SECRET not in "\n".join(lines)


@pytest.mark.parametrize("given", ["a b", "x" * 65, "", "ä".encode().decode("latin-1")])
def test_ids_that_are_replaced(server: Live, given: str) -> None:
    answer = get(f"{server.url}/health", headers={"X-Request-ID": given.encode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_refusals_have_an_id_too(server: Live) -> None:
    answer = get(f"{server.url}/health", headers={"Host": "evil.example", "X-Request-ID": "r1"})
    assert answer.status_code == 403
    assert answer.headers["x-request-id"] == "r1"


def names(server: Live) -> dict[str, set[str]]:
    """All samples of /metrics and their labels."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(get(f"{server.url}/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def value(server: Live, name: str) -> float:
    text = get(f"{server.url}/metrics").text
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


def test_histograms_count_utterances() -> None:
    with live() as server:
        assert value(server, "ptts_gap_seconds_count") == 0
        for seed in range(3):
            post(f"{server.url}/v1/audio/speech", json=server.ask(seed))
        assert value(server, "ptts_gap_seconds_count") == 3
        assert value(server, "ptts_real_time_factor_count") == 3
        assert value(server, "ptts_real_time_factor_sum") > 0
        assert value(server, "ptts_first_audio_seconds_count") == 3


def test_the_dashboard_asks_for_what_there_is(server: Live) -> None:
    post(f"{server.url}/v1/audio/speech", json=server.ask())
    known = names(server)
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"\bptts_\w+", query)}
    assert asked
    assert asked <= set(known)
    families = {re.sub("_(total|bucket|sum|count|created)$", "", name) for name in known}
    shown = {re.sub("_(total|bucket)$", "", name) for name in asked}
    assert families == shown  # nothing is measured that nobody sees
    for query in queries:
        (name,) = set(re.findall(r"\bptts_\w+", query))
        labels = set(re.findall(r"(\w+)=\"", query))
        for grouped in re.findall(r"by \(([^)]*)\)", query):
            labels |= {label.strip() for label in grouped.split(",")}
        assert labels <= known[name], query
        assert query.count("(") == query.count(")")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def paced(*steps: tuple[float, float, float]) -> Pace:
    """Each step: seconds of work, seconds of sound, seconds until the listener took it."""
    clock = Clock()
    pace = Pace(clock)
    for work, sound, took in steps:
        clock.now += work
        pace.ready(sound)
        clock.now += took
        pace.taken()
    return pace


def test_pace() -> None:
    assert paced((1.0, 1.0, 0.0), (0.5, 1.0, 0.0)).gap == 0
    assert paced((1.0, 1.0, 0.0), (3.0, 1.0, 0.0)).gap == pytest.approx(2)
    # what a listener takes late is no fault of the server's
    assert paced((1.0, 1.0, 9.0), (0.5, 1.0, 0.0)).gap == pytest.approx(0.5)
    assert paced((1.0, 2.0, 5.0), (1.0, 2.0, 5.0)).real_time_factor == pytest.approx(0.5)
    assert paced((1.0, 0.0, 0.0)).real_time_factor == 0


def test_traces() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    spans_of = tracing.make_tracing(on=True, provider=provider)
    with live(settings(), tracing=spans_of) as server:
        kept.clear()  # warming up
        url = f"{server.url}/v1/audio/speech"
        said = server.ask(input=f"Hello {SECRET}.")
        assert post(url, json=said, headers={"traceparent": parent}).status_code == 200
        assert post(url, json=server.ask(voice="nobody")).status_code == 400
        until(lambda: sum(span.name.startswith("POST") for span in kept.get_finished_spans()) == 2)
        spans = kept.get_finished_spans()
    whole = next(span for span in spans if span.name == "POST /v1/audio/speech")
    inner = {span.name: span for span in spans if span.parent and span.context != whole.context}
    assert {"wait", "voice", "speak"} <= set(inner)
    assert f"{whole.context.trace_id:032x}" == "ab" * 16
    for name in ("wait", "voice", "speak"):
        assert inner[name].parent.span_id == whole.context.span_id
    assert whole.attributes["http.response.status_code"] == 200
    assert whole.attributes["ptts.audio_seconds"] > 0
    assert [event.name for event in inner["speak"].events] == ["first sound"]
    assert any(span.attributes.get("http.response.status_code") == 400 for span in spans)
    assert SECRET not in "".join(span.to_json() for span in spans)


def test_traces_need_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"ptts-np\[otel\]"):
        tracing.make_tracing(on=True)


def test_a_process_logs_json_lines_only(tmp_path: Path) -> None:
    """From the first to the last line, faults and the end included."""
    from tests.serving import FOLDER, VOICE

    arguments = ["--port", "0", "--model", str(FOLDER / "config.yaml"), "--voice", str(VOICE)]
    process = subprocess.Popen(
        [sys.executable, "-m", "ptts_np", "serve", *arguments],
        env={**os.environ, "PTTS_SERVE_LOG_FORMAT": "json", "PTTS_SERVE_LOG_REQUESTS": "true"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        first = json.loads(process.stderr.readline())
        url = first["message"].split(" at ")[1]
        get(f"{url}/health", headers={"X-Request-ID": "r-1"})
        process.terminate()
        rest = [json.loads(line) for line in process.stderr]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    (told,) = [entry for entry in rest if entry["message"] == "request"]
    assert (told["request_id"], told["route"], told["status"]) == ("r-1", "/health", 200)
