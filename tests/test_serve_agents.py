"""The frameworks voice agents are built with: LiveKit's plugins against this server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("websockets")

from tests.serving import Live, client, live, settings

FIRST = "The first sentence is long enough to stand alone. "
SECOND = "And so is the second sentence of this little text."


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(settings(load={"concurrency": 2})) as running:
        yield running


@asynccontextmanager
async def openai_speech(server: Live, **more: Any) -> AsyncIterator[Any]:
    plugin = client("livekit.plugins.openai")
    tts = plugin.TTS(base_url=f"{server.url}/v1", api_key="unused", **more)
    try:
        yield tts
    finally:
        await tts.aclose()
        await tts._client.close()


@asynccontextmanager
async def eleven_speech(server: Live, **more: Any) -> AsyncIterator[Any]:
    plugin = client("livekit.plugins.elevenlabs")
    import aiohttp

    async with aiohttp.ClientSession() as session:
        tts = plugin.TTS(
            base_url=f"{server.url}/v1", api_key="unused", http_session=session, **more
        )
        try:
            yield tts
        finally:
            await tts.aclose()


async def heard(stream: Any) -> float:
    """Seconds of sound."""
    seconds = 0.0
    async with stream:
        async for event in stream:
            seconds += event.frame.duration
    return seconds


@pytest.mark.parametrize("model", ["tts-1", "gpt-4o-mini-tts"])
@pytest.mark.parametrize("form", ["mp3", "pcm", "wav", "opus"])
def test_openai(server: Live, model: str, form: str) -> None:
    """One model's answer is bytes, the other's events."""

    async def ask() -> float:
        async with openai_speech(server, model=model, response_format=form) as tts:
            return await heard(tts.synthesize(FIRST))

    assert asyncio.run(ask()) > 0.5


@pytest.mark.parametrize("encoding", ["mp3_22050_32", "pcm_24000"])
def test_elevenlabs_whole(server: Live, encoding: str) -> None:
    async def ask() -> float:
        async with eleven_speech(server, encoding=encoding) as tts:
            return await heard(tts.synthesize(FIRST))

    assert asyncio.run(ask()) > 0.5


@pytest.mark.parametrize("auto_mode", [True, False])
@pytest.mark.parametrize("encoding", ["mp3_22050_32", "pcm_24000"])
def test_elevenlabs_in_pieces(server: Live, encoding: str, auto_mode: bool) -> None:
    """As a language model writes, two turns by one connection."""

    async def ask() -> list[float]:
        async with eleven_speech(server, encoding=encoding, auto_mode=auto_mode) as tts:
            turns = []
            for _ in range(2):
                stream = tts.stream()
                for word in (FIRST + SECOND).split(" "):
                    stream.push_text(word + " ")
                stream.end_input()
                turns.append(await heard(stream))
            return turns

    assert min(asyncio.run(ask())) > 0.5


def test_elevenlabs_voices(server: Live) -> None:
    async def ask() -> list[Any]:
        async with eleven_speech(server) as tts:
            return await tts.list_voices()

    assert asyncio.run(ask()) == []
