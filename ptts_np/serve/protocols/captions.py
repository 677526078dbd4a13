"""Sound with the times of words, as clients of Kokoro-FastAPI ask for captions."""

import base64
import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from ptts_np.serve.documents import ERRORS, TIMED
from ptts_np.serve.framing import WordTimes
from ptts_np.serve.manner import Words
from ptts_np.serve.openai_api import Spoken, coder, media_type, models_of, utterance
from ptts_np.serve.response import SpeechResponse

router = APIRouter()


class CaptionedRequest(Spoken):
    voice: str | None = Field(default=None, max_length=2000)
    stream: bool | None = Field(default=None, description="A line of JSON for each piece; default.")


class Captions:
    """Lines of JSON, or one object at the end."""

    def __init__(self, audio_format: str, *, whole: bool) -> None:
        self._format = audio_format
        self._whole = whole
        self._data = bytearray()
        self._words: WordTimes = []

    def piece(self, data: bytes, words: WordTimes) -> bytes:
        self._data += data
        self._words += words
        return b"" if self._whole else self._take()

    def end(self, summary: Callable[[], dict[str, Any]]) -> bytes:
        return self._take()

    def broken(self, error: dict[str, Any]) -> bytes:
        return b""

    def _take(self) -> bytes:
        data, words = bytes(self._data), self._words
        self._data, self._words = bytearray(), []
        if not data and not words:
            return b""
        times = [
            {"word": word["word"], "start_time": word["start"], "end_time": word["end"]}
            for word in words
        ]
        audio = base64.b64encode(data).decode()
        answer = {"audio": audio, "audio_format": self._format, "timestamps": times}
        return json.dumps(answer).encode() + b"\n"


@router.post("/dev/captioned_speech", response_class=Response, responses={200: TIMED, **ERRORS})
async def create_captioned_speech(request: Request, body: CaptionedRequest) -> Response:
    """Speak a text with the times of its words, as Kokoro-FastAPI does."""
    speaker = await models_of(request).speaker(body.model)
    words = Words(1.0 if body.speed is None else body.speed)
    return SpeechResponse(
        speaker,
        utterance(speaker, body, body.voice, words),
        coder(speaker, body),
        api="captions",
        framing=Captions(media_type(body), whole=body.stream is False),
        media_type="application/json",
        headers={"X-Sample-Rate": str(speaker.model.sample_rate)},
    )
