"""Every protocol of a server of its own, many times: when the first sound came, and what is kept.

    python scripts/soak_protocols.py                 # some minutes
    python scripts/soak_protocols.py --times 500 --at_once 16

Some clients leave in the middle. The exit code is 1 if an answer had no sound, or memory grew by
more than 10 %. Linux only: the figures come from /proc.
"""

import argparse
import asyncio
import base64
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from wyoming.audio import AudioChunk, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.tts import Synthesize

TEXT = "The quick brown fox jumps over the lazy dog, and then it goes home again."
LEAVES = 7  # every so many clients leave after the first sound
GROWTH = 1.10  # what the C library keeps for threads goes up and down by a twentieth
MALLOC = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")

Sound = AsyncGenerator[int, None]
"""Sizes of the pieces that come."""


class Server:
    """Where each protocol is spoken."""

    def __init__(self, process: "subprocess.Popen[str]", http: str, port: int) -> None:
        self.process = process
        self.http = http
        self.port = port
        self.numbers = itertools.count()
        self.client = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None))

    def memory(self) -> int:
        """Bytes of its own."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"RssAnon:\s+(\d+) kB", status)
        assert found
        return int(found[1]) << 10

    async def openai(self) -> Sound:
        body = {"input": TEXT, "response_format": "pcm"}
        async with self.client.stream("POST", f"{self.http}/v1/audio/speech", json=body) as answer:
            async for part in answer.aiter_raw():
                yield len(part)

    async def by_get(self) -> Sound:
        # an address of its own each: what is finished comes at once
        query: dict[str, str | int] = {
            "input": TEXT,
            "response_format": "pcm",
            "seed": next(self.numbers),
        }
        url = f"{self.http}/v1/audio/speech"
        async with self.client.stream("GET", url, params=query) as answer:
            async for part in answer.aiter_raw():
                yield len(part)

    async def elevenlabs(self) -> Sound:
        url = f"{self.http}/v1/text-to-speech/default/stream?output_format=pcm_24000"
        async with self.client.stream("POST", url, json={"text": TEXT}) as answer:
            async for part in answer.aiter_raw():
                yield len(part)

    async def elevenlabs_socket(self) -> Sound:
        url = f"{self.http.replace('http', 'ws')}/v1/text-to-speech/default/multi-stream-input"
        async with connect(f"{url}?output_format=pcm_24000") as socket:
            await socket.send(json.dumps({"text": TEXT, "context_id": "a"}))
            await socket.send(json.dumps({"context_id": "a", "close_context": True}))
            async for message in socket:
                answer = json.loads(message)
                if answer["isFinal"]:
                    return
                yield len(base64.b64decode(answer["audio"]))

    async def wyoming(self) -> Sound:
        async with AsyncTcpClient("127.0.0.1", self.port) as client:
            await client.write_event(Synthesize(text=TEXT).event())
            while (event := await client.read_event()) and not AudioStop.is_type(event.type):
                if AudioChunk.is_type(event.type):
                    yield len(event.payload or b"")


Way = Callable[[Server], Sound]
WAYS: dict[str, Way] = {
    "OpenAI's POST": Server.openai,
    "GET": Server.by_get,
    "ElevenLabs' REST": Server.elevenlabs,
    "ElevenLabs' WebSocket": Server.elevenlabs_socket,
    "Wyoming": Server.wyoming,
}


async def ask(server: Server, way: Way, leaves: bool) -> tuple[float, int]:
    """Seconds to the first sound, and bytes of sound."""
    begun, first, size = time.perf_counter(), 0.0, 0
    async with aclosing(way(server)) as sound:
        async for part in sound:
            first = first or time.perf_counter() - begun
            size += part
            if leaves:
                break
    return first, size


async def many(server: Server, times: int, at_once: int) -> list[str]:
    """A line of the table for each protocol; what went wrong."""
    wrong = []
    for name, way in WAYS.items():
        room = asyncio.Semaphore(at_once)

        async def one(
            number: int, way: Way = way, room: asyncio.Semaphore = room
        ) -> tuple[float, int]:
            async with room:
                return await ask(server, way, number % LEAVES == 0)

        answers = await asyncio.gather(*map(one, range(times)))
        firsts = sorted(1e3 * first for first, _ in answers)
        late = firsts[int(0.95 * (len(firsts) - 1))]
        print(f"| {name} | {statistics.median(firsts):.0f} | {late:.0f} |", flush=True)
        wrong += [f"{name}: an answer without sound" for _, size in answers if not size]
    return wrong


@contextmanager
def serving(model: str) -> Iterator[Server]:
    """A server of the model until the block ends."""
    command = [sys.executable, "-m", "ptts_np", "serve", "--port", "0", "--model", model]
    process = subprocess.Popen(
        # full after the first round, and so no growth in the second
        [*command, "--wyoming", "127.0.0.1:0", "--sound_mb", "4"],
        stderr=subprocess.PIPE,
        text=True,
        # glibc keeps less of what was freed
        env={
            **os.environ,
            "MALLOC_MMAP_THRESHOLD_": "1048576",
            "MALLOC_TRIM_THRESHOLD_": "1048576",
        },
    )
    assert process.stderr
    try:
        said = ""
        while not (found := re.search(r"(http://\S+).*?tcp://127.0.0.1:(\d+)", said, re.DOTALL)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield Server(process, found[1], int(found[2]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def check(server: Server, times: int, at_once: int) -> list[str]:
    print("| first sound, ms | median | 95 % |\n|---|---|---|")
    # two rounds fill what is kept: threads' memory, caches
    wrong = await many(server, times, at_once) + await many(server, times, at_once)
    before = server.memory()
    wrong += await many(server, times, at_once)
    after = server.memory()
    await server.client.aclose()
    print(f"\nmemory {before >> 20} MB, then {after >> 20} MB ({after / before - 1:+.1%})")
    return wrong + ([f"memory grew to {after / before:.0%}"] if after > GROWTH * before else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="mini")
    parser.add_argument(
        "--times", type=int, default=100, help="of each protocol, in each of three rounds"
    )
    parser.add_argument("--at_once", type=int, default=8)
    options = parser.parse_args()
    with serving(options.model) as server:
        wrong = asyncio.run(check(server, options.times, options.at_once))
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
