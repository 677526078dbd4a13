"""How soon and how much the server speaks under load, beside pocket-tts's own server.

    python scripts/bench_serve.py --models english_2m_2026-10 --clients 1 4 16
    python scripts/bench_serve.py --peer PYTHON      # a Python that has pocket-tts installed

Both servers load the same random weights of a released shape, are asked by the same form (`/tts`)
over loopback, and run in turns, never together. The end of speech is switched off, so that both
speak the same number of frames. Each client asks again as soon as it has its answer.
"""

import argparse
import asyncio
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

import yaml

TEXT = "The quick brown fox jumps over the lazy dog."
NEVER = 1e3
HEADER = 44
BYTES_PER_SECOND = 48_000


@dataclass
class Result:
    """What the clients of one round saw."""

    firsts: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)  # each listener's longest silence
    seconds: float = 0.0
    busy: int = 0
    failed: int = 0


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # no server is left running
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["english_2m_2026-10"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--requests", type=int, default=32, help="in all, by each round")
    parser.add_argument("--backend", default="numba")
    parser.add_argument("--peer", help="a Python interpreter with pocket-tts installed")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {TEXT!r}\n")
    print(
        "| model | server | clients | first ms | first ms, 95 % | longest gap ms | x real time "
        "| 429 | failed |"
    )
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for model in options.models:
        config = endless(write(model, options.folder / model))
        for name in (["pocket-tts"] if options.peer else []) + ["ptts_np"]:
            with running(command(name, config, options)) as port:
                ask_once(port)
                for clients in options.clients:
                    start = time.perf_counter()
                    count = max(options.requests, clients)
                    result = asyncio.run(round_of(port, clients, count))
                    print_row(model, name, clients, result, time.perf_counter() - start)


def endless(config: Path) -> Path:
    """The same model, which never ends its speech before the limit."""
    data = yaml.safe_load(config.read_text(encoding="utf-8"))
    data["default_eos_threshold"] = NEVER
    path = config.with_name("endless.yaml")
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def command(name: str, config: Path, options: argparse.Namespace) -> list[str]:
    voice = str(config.parent / "voice.safetensors")
    if name == "ptts_np":
        program = [sys.executable, "-m", "ptts_np", "serve", "--backend", options.backend]
        return [*program, "--model", str(config), "--voice", voice, "--queue", "256"]
    program = [options.peer, "-m", "pocket_tts", "serve", "--host", "127.0.0.1"]
    return [*program, "--config", str(config), "--default-voice", voice]


@contextmanager
def running(arguments: list[str]) -> Iterator[int]:
    """A server on a free port, ended with the block."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*arguments, "--port", str(port)], stdout=log, stderr=log)
        try:
            for _ in range(600):
                if process.poll() is not None:
                    log.seek(0)
                    sys.exit(f"{arguments} ended:\n{log.read().decode()}")
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ask_once(port: int) -> None:
    result = asyncio.run(round_of(port, 1, 1))
    if not result.firsts:
        sys.exit("the server does not speak")


async def round_of(port: int, clients: int, requests: int) -> Result:
    result, numbers = Result(), iter(range(requests))

    async def client() -> None:
        for _ in numbers:
            await ask(port, result)

    await asyncio.gather(*(client() for _ in range(clients)))
    return result


async def ask(port: int, result: Result) -> None:
    """One request, as pocket-tts's page makes it."""
    body = f"text={quote_plus(TEXT)}".encode()
    head = (
        f"POST /tts HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode() + body)
        status = (await reader.readline()).split()
        while (await reader.readline()).strip():
            pass
        if status[1] != b"200":
            result.busy += status[1] == b"429"
            result.failed += status[1] != b"429"
            return
        received, first, gap = 0, None, 0.0
        while size := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(size + 2)
            if first is not None:
                heard = first + (received - HEADER) / BYTES_PER_SECOND
                gap = max(gap, time.perf_counter() - start - heard)
            received += size
            if first is None and received > HEADER:
                first = time.perf_counter() - start
                result.firsts.append(first)
        result.gaps.append(gap)
        result.seconds += (received - HEADER) / BYTES_PER_SECOND
    except (OSError, asyncio.IncompleteReadError, IndexError):
        result.failed += 1
    finally:
        writer.close()


def print_row(model: str, name: str, clients: int, result: Result, taken: float) -> None:
    firsts = sorted(result.firsts) or [float("nan")]
    late = firsts[min(len(firsts) - 1, int(0.95 * len(firsts)))]
    print(
        f"| {model} | {name} | {clients} | {1e3 * statistics.median(firsts):.0f} | "
        f"{1e3 * late:.0f} | {1e3 * max(result.gaps, default=0):.0f} | "
        f"{result.seconds / taken:.1f} | {result.busy} | {result.failed} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
