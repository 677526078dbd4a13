"""ElevenLabs' text to speech over HTTP, for its clients with this server as their base URL.

What only their models can do is accepted and without effect: styles, texts before and after,
dictionaries by id. Their models' names mean the one that is loaded.
"""

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from ptts_np.audio import tempo
from ptts_np.serve.documents import ERRORS, SOUND, TIMED
from ptts_np.serve.errors import ApiError
from ptts_np.serve.manner import Words
from ptts_np.serve.models import Models
from ptts_np.serve.openai_api import check_length, keep_upload, models_of, speaker_of
from ptts_np.serve.protocols.alignment import Lines, Whole
from ptts_np.serve.protocols.elevenlabs_formats import find_format
from ptts_np.serve.protocols.elevenlabs_lists import ElevenVoice, ElevenVoices, eleven_voices
from ptts_np.serve.response import SpeechResponse
from ptts_np.serve.speaker import Speaker, Utterance
from ptts_np.serve.voices import Voice

router = APIRouter()

_THEIR_MODEL = re.compile(r"eleven_\w+")
_THEIR_VOICE = re.compile(r"[A-Za-z0-9]{20}")
SEEDS = 1 << 32


class VoiceSettings(BaseModel):
    """`speed` counts; the rest is accepted and without effect."""

    model_config = ConfigDict(allow_inf_nan=False)

    speed: float | None = Field(default=None, ge=tempo.SLOWEST, le=tempo.FASTEST)


class ElevenRequest(BaseModel):
    """Null is as good as absent, for every field but the text."""

    model_config = ConfigDict(protected_namespaces=())

    text: str
    model_id: str | None = Field(default=None, max_length=200)
    voice_settings: VoiceSettings | None = None
    seed: int | None = Field(default=None, ge=0, lt=SEEDS)
    apply_text_normalization: Literal["auto", "on", "off"] | None = None

    def speed(self) -> float:
        """How many times as fast."""
        given = None if self.voice_settings is None else self.voice_settings.speed
        return 1.0 if given is None else given

    def options(self) -> dict[str, Any]:
        """As `ptts_np.stream` takes them."""
        return stream_options(self.seed, self.apply_text_normalization)


class AddedVoice(BaseModel):
    voice_id: str
    requires_verification: bool = False


def stream_options(seed: int | None, normalization: str | None) -> dict[str, Any]:
    """The options of `ptts_np.stream`: without normalization the text is read as it is."""
    return {"seed": seed} | ({"reading": "raw"} if normalization == "off" else {})


async def eleven_speaker(models: Models, name: str | None) -> Speaker:
    """A model's speaker; ElevenLabs' names mean the first. Raises ApiError or Busy."""
    return await models.speaker(None if name and _THEIR_MODEL.fullmatch(name) else name)


def find_eleven_voice(speaker: Speaker, voice: str) -> Voice:
    """A voice by its name; an id of ElevenLabs' means the default voice. Raises VoiceError."""
    known = voice in (name for name, _ in speaker.voices.names())
    return speaker.voices.find(None if _THEIR_VOICE.fullmatch(voice) and not known else voice)


VoiceId = Annotated[str, Path(max_length=2000)]
FormatName = Annotated[str | None, Query(max_length=100)]


@router.post(
    "/v1/text-to-speech/{voice_id}", response_class=Response, responses={200: SOUND, **ERRORS}
)
@router.post(
    "/v1/text-to-speech/{voice_id}/stream",
    response_class=Response,
    responses={200: SOUND, **ERRORS},
)
async def convert(
    request: Request,
    voice_id: VoiceId,
    body: ElevenRequest,
    output_format: FormatName = None,
) -> Response:
    """Speak a text, as ElevenLabs' API does; the sound is sent while it is made."""
    chosen = find_format(output_format)
    speaker = await eleven_speaker(models_of(request), body.model_id)
    return SpeechResponse(
        speaker,
        _utterance(speaker, voice_id, body),
        chosen.coder(speaker.model.sample_rate, body.speed()),
        api="elevenlabs",
        media_type=chosen.media_type,
        headers={"X-Sample-Rate": str(chosen.rate)},
    )


async def _timed(
    request: Request,
    voice_id: str,
    body: ElevenRequest,
    output_format: str | None,
    framing: type[Lines] | type[Whole],
) -> Response:
    chosen = find_format(output_format)
    speaker = await eleven_speaker(models_of(request), body.model_id)
    return SpeechResponse(
        speaker,
        _utterance(speaker, voice_id, body, Words(body.speed())),
        chosen.coder(speaker.model.sample_rate, body.speed()),
        api="elevenlabs",
        framing=framing(body.text),
        media_type="application/json",
        headers={"X-Sample-Rate": str(chosen.rate)},
    )


def _utterance(
    speaker: Speaker, voice_id: str, body: ElevenRequest, words: Words | None = None
) -> Utterance:
    check_length(speaker, len(body.text), "text")
    voice = find_eleven_voice(speaker, voice_id)
    return Utterance(body.text, voice, body.options(), words)


@router.post(
    "/v1/text-to-speech/{voice_id}/with-timestamps",
    response_class=Response,
    responses={200: TIMED, **ERRORS},
)
async def convert_with_timestamps(
    request: Request, voice_id: VoiceId, body: ElevenRequest, output_format: FormatName = None
) -> Response:
    """Speak a text; one object has the sound and when each character of the text is heard."""
    return await _timed(request, voice_id, body, output_format, Whole)


@router.post(
    "/v1/text-to-speech/{voice_id}/stream/with-timestamps",
    response_class=Response,
    responses={200: TIMED, **ERRORS},
)
async def stream_with_timestamps(
    request: Request, voice_id: VoiceId, body: ElevenRequest, output_format: FormatName = None
) -> Response:
    """Speak a text in lines of JSON: sound, and the characters that are over."""
    return await _timed(request, voice_id, body, output_format, Lines)


@router.get("/v2/voices", responses=ERRORS)
async def search_voices(request: Request) -> ElevenVoices:
    """The voices that can be asked for by name; `/v1/voices` lists them, too."""
    voices = eleven_voices(speaker_of(request))
    return ElevenVoices(voices=voices, total_count=len(voices))


@router.get("/v1/voices/{voice_id}", responses=ERRORS)
async def retrieve_voice(request: Request, voice_id: VoiceId) -> ElevenVoice:
    """One voice by its name."""
    for voice in eleven_voices(speaker_of(request)):
        if voice.voice_id == voice_id:
            return voice
    raise ApiError(404, "there is no voice of this name", param="voice_id", code="not_found")


@router.post("/v1/voices/add", responses=ERRORS)
async def add_voice(
    request: Request,
    name: Annotated[str, Form(max_length=200, description="For you: the `voice_id` counts.")],
    files: Annotated[list[UploadFile], File(min_length=1, max_length=1)],
) -> AddedVoice:
    """A voice from one recording of some seconds, as ElevenLabs' clients make one."""
    card = await keep_upload(speaker_of(request), files[0])
    return AddedVoice(voice_id=card.id)
