"""Several processes behind one port: what they share, and what one's end does to the others."""

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Counter as Metric

pytest.importorskip("fastapi")
if sys.platform == "win32":
    pytest.skip("Windows lets no two processes share a port", allow_module_level=True)

from ptts_np.errors import InputError
from ptts_np.serve import workers
from ptts_np.serve.board import ROOM, Board
from ptts_np.serve.quotas import QUOTA_BYTES, Quotas
from ptts_np.serve.recordings import INDEX_BYTES, Recordings, place, size_for
from ptts_np.serve.settings import check_settings
from ptts_np.serve.shared import Area, reserve
from tests.serving import FOLDER, TEXT, VOICE, get, options, post, recording, speech

FOREVER = {"input": "word " * 2000, "response_format": "pcm", "eos_threshold": 1000.0}


class Server:
    """A server of two workers."""

    def __init__(self, folder: Path, *more: str) -> None:
        arguments = ["--port", "0", "--model", str(FOLDER / "config.yaml"), "--voice", str(VOICE)]
        self.log = folder / "log"
        (folder / "temporary").mkdir()
        with self.log.open("wb") as log:
            self.process = self._begin(folder, log, arguments, more)
        self.url = ""

    def _begin(self, folder, log, arguments, more) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "ptts_np", "serve", *arguments, "--workers", "2", *more],
            stderr=log,
            env={
                **os.environ,
                "TMPDIR": str(folder / "temporary"),
                "PTTS_TYPECHECK": "0",
                "PTTS_BACKEND": "numpy",
            },
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def wait(self) -> None:
        """Until both workers answer."""
        until(lambda: " at http" in self.told() or self.process.poll() is not None, 60)
        self.url = self.told().split(" at ")[1].split()[0]
        until(lambda: len(self.counting()) == 2, 60)

    def told(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def counting(self) -> set[str]:
        """Workers that show what they count."""
        return set(re.findall(r'ptts_streams\{worker="(\d)"\}', get(f"{self.url}/metrics").text))

    def children(self) -> list[int]:
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in text.split()]


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def alive(number: int) -> bool:
    try:
        status = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status != "Z"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not Path("/proc/self/task").exists():
        pytest.skip("children are read from /proc")
    running = Server(tmp_path, "--grace_seconds", "5")
    children: list[int] = []
    try:
        running.wait()
        children = running.children()
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        until(lambda: not any(alive(child) for child in children))


def test_two_workers_speak_as_one(server: Server) -> None:
    """Uploads and figures are everyone's, whoever answers."""
    voice = post(f"{server.url}/v1/voices", files={"file": ("a.wav", recording())}).json()["id"]
    sounds = []

    def ask(number: int) -> int:
        body = {"input": TEXT, "response_format": "pcm", **options(1), "voice": voice}
        answer = post(f"{server.url}/v1/audio/speech", json=body)
        sounds.append(answer.content)
        return answer.status_code

    with ThreadPoolExecutor(8) as clients:
        assert Counter(clients.map(ask, range(32))) == {200: 32}
    assert len(set(sounds)) == 1
    assert len(sounds[0]) == 2 * speech(1).size

    def total() -> float:
        text = get(f"{server.url}/metrics").text
        return sum(map(float, re.findall(r"^ptts_requests_total\{.*\} (\S+)$", text, re.MULTILINE)))

    until(lambda: total() == 32)
    assert httpx.delete(f"{server.url}/v1/voices/{voice}").status_code == 204
    for _ in range(8):
        assert ask(0) == 400  # forgotten by all


def test_a_crash_of_one_leaves_the_other_and_is_mended(server: Server) -> None:
    before = server.children()
    body = {"input": TEXT, "response_format": "pcm", **options(3, 100)}
    whole = 2 * speech(3, 100).size

    def listen(number: int) -> int:
        try:
            with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=body, timeout=60) as a:
                return sum(len(piece) for piece in a.iter_raw())
        except httpx.HTTPError:
            return -1

    with ThreadPoolExecutor(8) as clients:
        heard = [clients.submit(listen, number) for number in range(8)]
        time.sleep(0.5)
        os.kill(before[0], signal.SIGKILL)
        lengths = [one.result() for one in heard]
    assert set(lengths) <= {whole, -1}  # those of the crashed one know it
    assert get(f"{server.url}/ready").status_code == 200
    until(lambda: len(server.children()) == 2 and before[0] not in server.children())
    assert before[1] in server.children()
    assert "worker" in server.told()
    assert "started again in 0.5 seconds" in server.told()
    for _ in range(10):
        assert post(f"{server.url}/v1/audio/speech", json=body).status_code == 200


def test_streams_of_a_sound_worker_outlive_a_crash(server: Server) -> None:
    """One stream on each worker: one of them is cut, the other is heard to its end."""
    first, second = server.children()
    # more sound than the buffers between here and there hold
    body = {"input": " ".join([TEXT] * 40), "response_format": "pcm", **options(3, 100)}
    body |= {"max_tokens": 20, "speed": 0.25}
    with httpx.Client(base_url=server.url, timeout=60) as client:
        streams: list[httpx.Response] = []
        owners: set[int] = set()
        while len(owners) < 2 and len(streams) < 40:
            request = client.build_request("POST", "/v1/audio/speech", json=body)
            streams.append(client.send(request, stream=True))
            assert streams[-1].status_code == 200
            owners = {pid for pid in (first, second) if connections(pid)}
        assert len(owners) == 2
        os.kill(first, signal.SIGKILL)
        complete = 0
        for stream in streams:
            with suppress(httpx.HTTPError):
                complete += sum(len(piece) for piece in stream.iter_raw()) > 0
        assert 1 <= complete < len(streams)


def connections(process: int) -> int:
    """How many a worker has accepted: sockets beyond those it begins with."""
    links = Path(f"/proc/{process}/fd").iterdir()
    inodes = {m[1] for m in (re.fullmatch(r"socket:\[(\d+)\]", _link(one)) for one in links) if m}
    lines = Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
    established = {line.split()[9] for line in lines if line.split()[3] == "01"}
    return len(inodes & established)


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def test_the_end_drains_all_of_them(server: Server) -> None:
    body = {"input": TEXT, "response_format": "pcm", **options(4, 100)}
    children = server.children()
    with ThreadPoolExecutor(6) as clients:
        asked = [clients.submit(post, f"{server.url}/v1/audio/speech", json=body) for _ in range(6)]
        time.sleep(0.4)
        server.process.send_signal(signal.SIGTERM)
        answers = [one.result() for one in asked]
    whole = 2 * speech(4, 100).size
    # who came too late was told so
    assert {(a.status_code, len(a.content)) for a in answers if a.status_code != 503} == {
        (200, whole)
    }
    assert server.process.wait(15) == 0
    assert not any(alive(child) for child in children)


def test_no_longer_than_the_grace_or_a_second_signal(server: Server) -> None:
    children = server.children()
    with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=FOREVER, timeout=60) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert server.process.poll() is None
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(10) == 0
        assert time.monotonic() - began < 4.5
    assert not any(alive(child) for child in children)


def test_killed_it_leaves_no_process_and_no_file(server: Server, tmp_path: Path) -> None:
    children = server.children()
    post(f"{server.url}/v1/voices", files={"file": ("a.wav", recording())})
    with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=FOREVER, timeout=60) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        server.process.kill()
        server.process.wait(5)
        until(lambda: not any(alive(child) for child in children), 12)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_no_worker_can_begin_with_ends_the_server(tmp_path: Path) -> None:
    running = Server(tmp_path, "--quantize", "int3")
    assert running.process.wait(60) == 2
    assert "int3" in running.told()


def test_a_machine_that_can_start_none_now_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supervisor = workers.Supervisor(check_settings({"network": {"port": 0, "workers": 2}}))

    def full(*arguments: object, **more: object) -> None:
        raise BlockingIOError(11, "no more processes")

    monkeypatch.setattr(subprocess, "Popen", full)
    place = workers.Worker(0, failures=1)
    supervisor._start_again(place, 100.0)
    assert (place.process, place.failures, place.again) == (None, 2, 101.0)
    supervisor._end()


def test_wyoming_has_one_port() -> None:
    with pytest.raises(InputError, match="--wyoming: its port is one process's"):
        check_settings({"network": {"workers": 2, "wyoming": "127.0.0.1:10200"}})


def test_pauses_double() -> None:
    assert [workers.pause(failures) for failures in (1, 2, 3)] == [0.5, 1, 2]
    assert workers.pause(1000) == 30


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 400)), max_size=80))
def test_recordings_are_whole_or_gone(written: list[tuple[int, int]]) -> None:
    size = 1000
    ring = Recordings(size_for(0, size), reserve(size_for(0, size)))
    contents: dict[str, bytes] = {}
    for number, length in written:
        name = f"upload-{number}-{length}"
        contents[name] = bytes([number]) * length
        ring.put(name, contents[name])
        assert ring.get(name) == contents[name]
    for name in ring.names():
        assert ring.get(name) == contents[name]
    if written:
        last = ring.names()[-1]
        assert ring.forget(last)
        assert ring.get(last) is None
        assert not ring.forget(last)


def test_no_two_recordings_overlap() -> None:
    index: list[tuple[str, int, int]] = []
    for number in range(300):
        index, start = place(index, str(number), 50 + 37 * number % 400, INDEX_BYTES + 1000)
        places = sorted((begin, begin + length) for _, begin, length in index)
        assert all(end <= begin for (_, end), (begin, _) in pairwise(places))
        assert start >= INDEX_BYTES


def _ask_often(descriptor: int, answers: "multiprocessing.Queue[int]") -> None:
    quotas = Quotas(lambda: 0.0, Area(QUOTA_BYTES, descriptor))
    answers.put(sum(quotas.wait("one", "requests", 100, 1) == 0 for _ in range(80)))


def test_a_quota_is_one_for_all_workers() -> None:
    descriptor = reserve(QUOTA_BYTES)
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[int] = context.Queue()
    processes = [context.Process(target=_ask_often, args=(descriptor, answers)) for _ in range(3)]
    for process in processes:
        process.start()
    assert sum(answers.get(timeout=30) for _ in processes) == 100
    for process in processes:
        process.join()
    os.close(descriptor)


def test_the_board_shows_all_figures_once() -> None:
    descriptor = reserve(2 * ROOM)
    boards = [Board(2, descriptor, own) for own in range(2)]
    for number, board in enumerate(boards):
        registry = CollectorRegistry()
        Metric("asked", "How often", ["api"], registry=registry).labels("openai").inc(number + 1)
        board.write(registry)
    text = generate_latest(boards[0].read()).decode()
    assert text.count("# HELP asked_total") == 1
    assert 'asked_total{api="openai",worker="0"} 1.0' in text
    assert 'asked_total{api="openai",worker="1"} 2.0' in text
    assert json.dumps(text)
    os.close(descriptor)
