"""A speech by GET: `<audio src="/v1/audio/speech?input=...">`, curl, ffmpeg, players.

The first request hears it while it is made. What is finished stays in memory for a while, for those
who ask again or for parts of it: players do when somebody moves within the sound. An address stands
for one sound: without a seed its own is taken, so a sound that was forgotten is made anew the same.
"""

import asyncio
import hashlib
from contextlib import aclosing, closing
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from ptts_np.serve.caller import owner
from ptts_np.serve.documents import ERRORS, SOUND
from ptts_np.serve.errors import ApiError
from ptts_np.serve.openai_api import (
    STARTED,
    Spoken,
    coder,
    media_type,
    models_of,
    utterance,
)
from ptts_np.serve.protocols import ranges
from ptts_np.serve.protocols.finished import FinishedSounds
from ptts_np.serve.response import SpeechResponse
from ptts_np.serve.speaker import Speaker

router = APIRouter()

PART = {**SOUND, "description": "A part of a finished sound."}


class SpeechQuery(Spoken):
    voice: str | None = Field(default=None, max_length=2000)


Asked = Annotated[SpeechQuery, Query()]


@router.get(
    "/v1/audio/speech", response_class=Response, responses={200: SOUND, 206: PART, **ERRORS}
)
async def get_speech(request: Request, asked: Asked) -> Response:
    """Speak a text to a player: an address is a sound, with parts once it is finished."""
    speaker, key, fields = await _checked(request, asked)
    sounds: FinishedSounds = request.app.state.sounds
    data = sounds.get(key)
    if data is None and not ranges.from_start(request.headers):
        # some players ask for two bytes first, to learn whether there are parts
        data = await _finish(request, speaker, asked, key, sounds)
    if data is not None:
        speaker.metrics.requests.labels("openai", "kept").inc()
        return ranges.answer(data, request.headers, _etag(key), fields)
    return SpeechResponse(
        speaker,
        utterance(speaker, _seeded(asked, key), asked.voice),
        coder(speaker, asked),
        api="openai",
        media_type=media_type(asked),
        # parts can be had once it is finished
        headers={**fields, "Accept-Ranges": "bytes", "ETag": _etag(key)},
        record=sounds.record(key),
    )


@router.head("/v1/audio/speech", include_in_schema=False)
async def head_speech(request: Request, asked: Asked) -> Response:
    """What a GET would answer; nothing is spoken for it."""
    speaker, key, fields = await _checked(request, asked)
    utterance(speaker, asked, asked.voice)
    coder(speaker, asked)
    data = request.app.state.sounds.get(key)
    if data is not None:
        return ranges.answer(data, request.headers, _etag(key), fields)
    answer = Response(headers={**fields, "Accept-Ranges": "bytes", "ETag": _etag(key)})
    del answer.headers["content-length"]  # what nobody knows yet
    return answer


async def _checked(request: Request, asked: SpeechQuery) -> tuple[Speaker, str, dict[str, str]]:
    """The speaker, the sound's key and the answer's headers. Raises ApiError or Busy."""
    models = models_of(request)
    _check_page(request, models.first.settings.network.cors_origins)
    if models.first.draining:
        raise ApiError(503, "the server is about to end", headers={"Connection": "close"})
    speaker = await models.speaker(asked.model)
    said = asked.model_copy(update={"model": speaker.model.name})
    # a voice that was uploaded speaks for its owner alone
    key = hashlib.sha256(f"{owner()} {said.model_dump_json()}".encode()).hexdigest()
    fields = {
        "Content-Type": media_type(asked),
        "X-Sample-Rate": str(speaker.model.sample_rate),
        "Cache-Control": "private, max-age=3600",
    }
    return speaker, key, fields


def _check_page(request: Request, origins: tuple[str, ...]) -> None:
    """A page of another site can't make its visitors' browsers speak here.

    Browsers send no `Origin` for an <audio> element, but say where its page is from.
    """
    if request.headers.get("sec-fetch-site") not in ("cross-site", "same-site"):
        return
    page = urlsplit(request.headers.get("referer", ""))
    if "*" not in origins and f"{page.scheme}://{page.netloc}" not in origins:
        raise ApiError(403, "pages of other sites are not allowed", code="origin")


def _seeded(asked: SpeechQuery, key: str) -> SpeechQuery:
    seed = int(key[:15], 16) if asked.seed is None else asked.seed
    return asked.model_copy(update={"seed": seed})


def _etag(key: str) -> str:
    # another start of the server may be of another model
    return f'"{key[:32]}-{STARTED:x}"'


async def _finish(
    request: Request, speaker: Speaker, asked: SpeechQuery, key: str, sounds: FinishedSounds
) -> bytes | None:
    """The whole sound; None if it is too large to be kept, or nobody waits any more."""
    spoken = utterance(speaker, _seeded(asked, key), asked.voice)
    record = sounds.record(key)
    end = asyncio.get_running_loop().time() + speaker.settings.load.request_seconds
    with closing(record):
        async with aclosing(speaker.speak(spoken, coder(speaker, asked))) as pieces:
            async for piece in pieces:
                record.add(piece.data)
                if record.full or await request.is_disconnected():
                    return None
                if asyncio.get_running_loop().time() > end:
                    raise ApiError(503, "the answer took too long: ask for less", code="timeout")
        record.complete()
    return sounds.get(key)
