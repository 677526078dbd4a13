# /// script
# requires-python = ">=3.11"
# dependencies = ["pipecat-ai[elevenlabs,openai]>=1.14"]
# ///
"""Pipecat's services against a running server, in an environment of their own.

    ptts-np serve &
    uv run scripts/check_pipecat.py http://127.0.0.1:8080

Its own, as it wants older versions of some packages than this project. Prints how much sound each
service got of a text; the exit code is 1 if one got none.
"""

import asyncio
import sys
import time
import urllib.request
from importlib.metadata import version
from typing import Any

import aiohttp
from pipecat.frames.frames import (
    ErrorFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
)
from pipecat.services.elevenlabs.tts import ElevenLabsHttpTTSService, ElevenLabsTTSService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.tests.utils import SleepFrame, run_test

TEXT = "Good morning, this is the first sentence. And here comes the second one."
RATE = 24_000
LEAST_SECONDS = 1.0
WAIT_SECONDS = 8.0  # for what is spoken; then the pipeline is ended


async def heard(service: Any) -> tuple[float, str]:
    """Seconds of sound and the text that was said, of a text as a language model writes it."""
    words = [LLMTextFrame(f"{word} ") for word in TEXT.split()]
    frames = [LLMFullResponseStartFrame(), *words, LLMFullResponseEndFrame()]
    down, up = await run_test(
        service, frames_to_send=[*frames, SleepFrame(sleep=WAIT_SECONDS)], start_timeout=20
    )
    errors = [str(frame.error) for frame in (*down, *up) if isinstance(frame, ErrorFrame)]
    sound = [frame for frame in down if isinstance(frame, TTSAudioRawFrame)]
    said = "".join(getattr(f, "text", "") for f in down if type(f).__name__ == "TTSTextFrame")
    return sum(len(frame.audio) for frame in sound) / (2 * RATE), "; ".join(errors) or said


async def check(url: str) -> int:
    """The exit code."""
    async with aiohttp.ClientSession() as session:
        eleven = {"api_key": "unused", "sample_rate": RATE}
        services = {
            "OpenAI": OpenAITTSService(api_key="unused", base_url=f"{url}/v1", sample_rate=RATE),
            "ElevenLabs, WebSocket": ElevenLabsTTSService(
                url=url.replace("http", "ws", 1),
                settings=ElevenLabsTTSService.Settings(voice="default"),
                **eleven,
            ),
            "ElevenLabs, HTTP": ElevenLabsHttpTTSService(
                base_url=url,
                aiohttp_session=session,
                settings=ElevenLabsHttpTTSService.Settings(voice="default"),
                **eleven,
            ),
        }
        failed = False
        for name, service in services.items():
            seconds, said = await heard(service)
            failed |= seconds < LEAST_SECONDS
            print(f"{name}: {seconds:.1f} s of sound; {said[:200]}", flush=True)
    return int(failed)


def wait_for(url: str) -> None:
    """Return when the server takes requests, after a minute in any case."""
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/ready").close()
            return
        except OSError:
            time.sleep(0.5)


if __name__ == "__main__":
    address = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    print(f"pipecat {version('pipecat-ai')} at {address}")
    wait_for(address)
    sys.exit(asyncio.run(check(address)))
