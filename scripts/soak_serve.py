"""Load and mischief against a server of its own: what it answers, and what it keeps.

    python scripts/soak_serve.py                # some minutes
    python scripts/soak_serve.py --every 1      # clients leave at each single byte of an answer

Each round prints what was answered, and the server's memory, open files and threads after it. The
exit code is 1 if an answer was wrong, there was a fault, memory grew by more than 5 % or a file was
left. Linux only: the figures come from /proc.
"""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np

TEXT = "The quick brown fox jumps over the lazy dog."
GROWTH = 1.05
# the C library gives back at once what is free, so that what the server keeps can be seen
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}
ADDRESSES = (
    "file:///etc/passwd",
    "/etc/passwd",
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/a.wav",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://localhost/a.wav",  # allowed by this server: a name that leads to a private address
    "https://localhost@169.254.169.254/",
    "https://[",
    "ftp://example.com/",
    "gopher://127.0.0.1:25/",
    "hf://../../etc/passwd",
    "\0",
)
BODIES = (
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\0",
    b"[" * 100_000,
    b'{"input": 3}',
    b'{"input": "\\ud800"}',
    b'{"input": "a\\u0000b", "speed": 1e999}',
    b'{"input": "hi", "seed": ' + b"9" * 5000 + b"}",
    b'{"input": "' + b"a" * 290_000 + b'"}',
)


class Server:
    """A process, watched from outside."""

    def __init__(self, folder: Path, model: str, arguments: Iterable[str]) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.log = (folder / "log").open("w+")
        program = [sys.executable, "-m", "ptts_np", "serve", "--port", "0", "--model", model]
        self.process = subprocess.Popen(
            [*program, *arguments],
            stderr=self.log,
            env={**os.environ, **GIVE_BACK, "TMPDIR": str(self.temporary)},
        )
        self.url = self._address()

    def _address(self) -> str:
        for _ in range(1200):
            self.log.seek(0)
            if found := re.search(r"speaks at (\S+)", self.log.read()):
                return found[1]
            if self.process.poll() is not None:
                self.log.seek(0)
                sys.exit(f"the server does not start:\n{self.log.read()}")
            time.sleep(0.1)
        sys.exit("the server does not start")

    def memory(self) -> int:
        """Resident bytes, once nothing is under way."""
        while "ptts_streams 0.0" not in httpx.get(f"{self.url}/metrics").text:
            time.sleep(0.05)
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def state(self) -> str:
        files = len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208
        threads = len(os.listdir(f"/proc/{self.process.pid}/task"))  # noqa: PTH208
        return f"{self.memory() >> 20} MB, {files} files, {threads} threads"

    def faults(self) -> list[str]:
        """What its log says that should not be there."""
        self.log.seek(0)
        return [line for line in self.log if "Traceback" in line or "Exception" in line]


class Soak:
    """The rounds; what went wrong is kept."""

    def __init__(self, server: Server, every: int) -> None:
        self.server = server
        self.every = every
        self.wrong: list[str] = []
        self.random = random.Random(0)
        self.short = {**self.body(1, 0), "response_format": "mp3"}
        self.client = httpx.Client(base_url=server.url, timeout=60)
        parts = urlsplit(server.url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.place = (parts.hostname, parts.port)

    def round(self, name: str, ask: Callable[[int], str], count: int, at_once: int = 1) -> None:
        start = time.perf_counter()
        with ThreadPoolExecutor(at_once) as clients:
            seen = Counter(clients.map(ask, range(count)))
        for outcome in seen:
            if outcome.startswith("5") or outcome == "wrong":
                self.wrong.append(f"{name}: {outcome}")
        told = ", ".join(f"{number} x {outcome}" for outcome, number in seen.most_common())
        print(f"| {name} | {told} | {time.perf_counter() - start:.1f} s | {self.server.state()} |")
        sys.stdout.flush()

    # -- honest clients

    def body(self, seed: int, frames: int = 3) -> dict[str, object]:
        sampling = {"eos_threshold": -1000.0, "frames_after_eos": frames}
        return {"input": TEXT, "response_format": "pcm", "seed": seed, **sampling}

    def speech(self, seed: int) -> httpx.Response:
        return self.client.post("/v1/audio/speech", json=self.body(seed, 10 * (seed % 4)))

    def load(self) -> None:
        alone = {seed: digest(self.speech(seed).content) for seed in range(20)}

        def ask(number: int) -> str:
            answer = self.speech(number % 20)
            if answer.status_code == 429:
                return "429" if int(answer.headers["retry-after"]) > 0 else "wrong"
            return "as alone" if digest(answer.content) == alone[number % 20] else "wrong"

        self.round("32 clients, 200 requests", ask, 200, 32)

    # -- hostile ones

    def bodies(self, number: int) -> str:
        body = BODIES[number % len(BODIES)]
        headers = {"Content-Type": "application/json"}
        return str(self.client.post("/v1/audio/speech", content=body, headers=headers).status_code)

    def uploads(self, number: int) -> str:
        """Noise, and recordings with some bytes changed."""
        data = bytearray(RECORDINGS[number % len(RECORDINGS)])
        if number % 2:
            data = bytearray(self.random.randbytes(self.random.randrange(1, 200_000)))
        else:
            for _ in range(self.random.randrange(1, 9)):
                data[self.random.randrange(min(len(data), 200))] = self.random.randrange(256)
        files = {"file": ("../../x\r\ny: z.wav", bytes(data))}
        answer = self.client.post("/v1/voices", files=files)
        if answer.status_code == 200:
            self.client.delete(f"/v1/voices/{answer.json()['id']}")
        return str(answer.status_code)

    def addresses(self, number: int) -> str:
        voice = ADDRESSES[number % len(ADDRESSES)]
        answer = self.client.post("/tts", data={"text": "Hi.", "voice_url": voice})
        return str(answer.status_code) if "root:" not in answer.text else "wrong"

    def large(self, number: int) -> str:
        """100 MB, said to be so or not."""
        head = "POST /tts HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\n"
        length = "Content-Length: 100000000" if number % 2 else "Transfer-Encoding: chunked"
        with self.connection(f"{head}{length}\r\n\r\n".encode()) as link:
            part = b'--b\r\nContent-Disposition: form-data; name="voice_wav"; filename="x"\r\n\r\n'
            with suppress(OSError):
                link.sendall(part if number % 2 else chunk(part))
                for _ in range(100):
                    link.sendall(bytes(1 << 20) if number % 2 else chunk(bytes(1 << 20)))
            return status(read(link))

    def half_open(self, number: int) -> str:
        """Heads and bodies that never come to their end."""
        whole = self.request(self.body(1))
        with self.connection(whole[: number * len(whole) // 24]) as link:
            return status(read(link))

    def leaving_early(self, number: int) -> str:
        self.connection(self.request(self.body(1))[:number]).close()
        return "left"

    def leaving(self, number: int) -> str:
        """After so many bytes of the answer; every other time by a reset."""
        left = number * self.every
        with self.connection(self.request(self.short)) as link:
            while left > 0 and (data := link.recv(min(left, 65536))):
                left -= len(data)
            if number % 2:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return "left"

    def leaving_socket(self, number: int) -> str:
        """A WebSocket that is cut at some byte, or says what is no command."""
        from websockets.exceptions import ConnectionClosed
        from websockets.sync.client import connect

        url = self.server.url.replace("http", "ws") + "/v1/stream"
        with suppress(ConnectionClosed, TimeoutError), connect(url) as link:
            if number % 3 == 0:
                link.send(BODIES[number % len(BODIES)])
                return json.loads(link.recv(10))["type"]
            link.send(json.dumps({"type": "start", "seed": 1, "eos_threshold": 1000}))
            link.send(json.dumps({"type": "text", "text": TEXT + " "}))
            for _ in range(number % 7):
                link.recv(10)
            link.socket.shutdown(socket.SHUT_RDWR)
        return "left"

    def request(self, body: dict[str, object]) -> bytes:
        data = json.dumps(body).encode()
        head = "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data

    def connection(self, data: bytes) -> socket.socket:
        link = socket.create_connection(self.place, 60)
        link.sendall(data)
        return link

    def hostile(self, times: int) -> None:
        whole = self.request(self.short).replace(b"Host", b"Connection: close\r\nHost")
        length = len(read(self.connection(whole)))
        self.round("JSON that is none", self.bodies, 10 * times)
        self.round("uploads that are no sound, or broken", self.uploads, 20 * times, 4)
        self.round("addresses of files and private networks", self.addresses, 17 * times, 4)
        self.round("100 MB", self.large, times, 2)
        self.round("half-open", self.half_open, 24, 24)
        size = len(self.request(self.body(1)))
        self.round("leaving at each byte of the request", self.leaving_early, size, 4)
        every = f"leaving after each {self.every} bytes of the answer"
        self.round(every, self.leaving, length // self.every, 4)
        self.round("WebSockets that are cut or misused", self.leaving_socket, 20 * times, 4)


def recordings() -> list[bytes]:
    """The same second of sound in several formats."""
    from io import BytesIO

    import soundfile

    time = np.arange(24_000) / 24_000
    samples = (0.3 * np.sin(700 * time) * np.sin(9 * time)).astype(np.float32)
    made = []
    for container, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "OPUS"), ("MP3", "")):
        file = BytesIO()
        soundfile.write(file, samples, 24_000, subtype or None, format=container)
        made.append(file.getvalue())
    return made


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def read(link: socket.socket) -> bytes:
    data = b""
    with suppress(OSError):
        while piece := link.recv(65536):
            data += piece
    return data


def status(answer: bytes) -> str:
    return answer.split()[1].decode() if answer else "dropped"


@contextmanager
def serving(model: str, arguments: Iterable[str]) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), model, arguments)
        try:
            yield server
        finally:
            server.process.kill()
            server.process.wait()
            server.log.close()


def endings(model: str, arguments: list[str]) -> list[str]:
    """How long it takes to end, and what a killed one leaves."""
    wrong = []
    for name, ending, limit in (
        ("Ctrl-C when idle", signal.SIGINT, 2.0),
        ("Ctrl-C while it speaks", signal.SIGINT, 5.0),
        ("killed while it speaks", signal.SIGKILL, 2.0),
    ):
        with serving(model, [*arguments, "--grace_seconds", "3"]) as server:
            soak = Soak(server, 1)
            link = None
            if "speaks" in name:
                endless = {"input": "word " * 3000, "eos_threshold": 1000.0}
                link = soak.connection(soak.request(endless))
                link.recv(1000)
            soak.client.post("/v1/voices", files={"file": ("x", bytes(3 << 20))})
            start = time.perf_counter()
            server.process.send_signal(ending)
            code = server.process.wait(60)
            taken = time.perf_counter() - start
            left = [path.name for path in server.temporary.iterdir()]
            print(f"| {name} | exit code {code} | {taken:.1f} s | files left: {len(left)} |")
            if taken > limit or left:
                wrong.append(f"{name}: {taken:.1f} s, {left}")
            if link:
                link.close()
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="default: random weights of english_2m_2026-10")
    parser.add_argument("--times", type=int, default=10, help="how much of each hostile kind")
    parser.add_argument("--every", type=int, default=4, help="bytes from one leaving to the next")
    options = parser.parse_args()
    RECORDINGS.extend(recordings())
    arguments = ["--allow_hosts", "localhost"]
    model = options.model
    if model is None:
        sys.path.insert(0, str(Path(__file__).parent))
        from random_model import write

        folder = Path(tempfile.gettempdir()) / "ptts-bench" / "english_2m_2026-10"
        model = str(write("english_2m_2026-10", folder))
        arguments += ["--voice", str(folder / "voice.safetensors")]
    print("| round | answers | taken | afterwards |\n|---|---|---|---|")
    with serving(model, arguments) as server:
        soak = Soak(server, options.every)
        soak.load()
        soak.hostile(2)  # until it has seen each kind, it is still growing
        before = server.memory()
        soak.hostile(options.times)
        after = server.memory()
        soak.load()
        print(f"\nmemory {before >> 20} MB, then {after >> 20} MB ({after / before - 1:+.1%})\n")
        wrong = soak.wrong + server.faults()
        if after > GROWTH * before:
            wrong.append(f"memory grew by {after / before - 1:.1%}")
    print("| ending | | taken | |\n|---|---|---|---|")
    wrong += endings(model, arguments)
    sys.exit("\n".join(wrong) if wrong else 0)


RECORDINGS: list[bytes] = []

if __name__ == "__main__":
    main()
