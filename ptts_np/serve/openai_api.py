"""OpenAI's speech API, with the model's own settings as extensions."""

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from ptts_np.audio import tempo
from ptts_np.sampling import OPTIONS
from ptts_np.serve import encoders
from ptts_np.serve.documents import ERRORS, SOUND
from ptts_np.serve.errors import ApiError
from ptts_np.serve.framing import Events
from ptts_np.serve.manner import Manner, Words
from ptts_np.serve.models import Models
from ptts_np.serve.protocols.elevenlabs_lists import (
    ElevenModel,
    ElevenVoice,
    asks_as_elevenlabs,
    eleven_model,
    eleven_voices,
)
from ptts_np.serve.response import SpeechResponse
from ptts_np.serve.speaker import Speaker, Utterance

router = APIRouter()

STARTED = int(time.time())
UPLOADED = "^upload-[0-9a-f]{32}$"


class VoiceName(BaseModel):
    id: str = Field(max_length=2000)


_FIELDS: dict[str, Any] = {
    name: (kind | None, Field(None, ge=limits.low, le=limits.high, description=limits.help))
    for name, (kind, limits) in OPTIONS.items()
}
_Sampling = create_model("Sampling", __config__=ConfigDict(allow_inf_nan=False), **_FIELDS)


class Sampling(_Sampling, Manner):  # type: ignore[valid-type, misc]
    """The options of `ptts_np.stream`."""

    seed: int | None = Field(default=None, ge=0, lt=1 << 63, description="Fixes the result.")

    def options(self) -> dict[str, Any]:
        """As `ptts_np.stream` takes them."""
        names = ("seed", *_Sampling.model_fields)
        return {name: getattr(self, name) for name in names} | self.manner()


class Spoken(Sampling):
    """What a POST and a GET of a speech share. Null is as good as absent."""

    model: str | None = Field(default=None, max_length=200)
    input: str = Field(description="The text to speak.")
    response_format: encoders.Format | None = Field(default=None, description="Default mp3.")
    speed: float | None = Field(default=None, ge=tempo.SLOWEST, le=tempo.FASTEST)
    instructions: str | None = Field(default=None, description="Accepted, and without effect.")


class SpeechRequest(Spoken):
    voice: str | VoiceName | None = Field(
        default=None, description="A name of /v1/voices, or the id of an upload."
    )
    stream_format: Literal["audio", "sse"] | None = None
    timestamps: bool | None = Field(
        default=None, description="Words with their times, as events of stream_format sse."
    )


class ModelCard(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "ptts-np"


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelCard]


class VoiceCard(BaseModel):
    id: str
    object: Literal["voice"] = "voice"
    source: Literal["model", "folder", "upload"]


class VoiceList(BaseModel):
    object: Literal["list"] = "list"
    data: list[VoiceCard]
    default: str
    cloning: bool
    words: bool = Field(description="Whether the model can tell when each word is heard.")
    temperature: float
    upload_bytes: int
    voices: list[ElevenVoice] = Field(description="The same, as ElevenLabs' clients read it.")


def speaker_of(request: Request) -> Speaker:
    speaker: Speaker = request.app.state.speaker
    return speaker


def models_of(request: Request) -> Models:
    models: Models = request.app.state.models
    return models


def check_length(speaker: Speaker, characters: int, param: str) -> None:
    """Raises ApiError for a text of too many characters."""
    limit = speaker.settings.limits.text_characters
    if characters > limit:
        message = f"the text has {characters} characters: {limit} are spoken at a time"
        raise ApiError(400, message, param=param, code="text_too_long")


@router.post("/v1/audio/speech", response_class=Response, responses={200: SOUND, **ERRORS})
async def create_speech(request: Request, body: SpeechRequest) -> Response:
    """Speak a text, as OpenAI's API does; the sound is sent while it is made.

    FLAC is sent when it is complete: its header holds the length.
    """
    speaker = await models_of(request).speaker(body.model)
    name = body.voice.id if isinstance(body.voice, VoiceName) else body.voice
    words = Words(1.0 if body.speed is None else body.speed) if body.timestamps else None
    if words is not None and body.stream_format != "sse":
        raise ApiError(400, "timestamps need stream_format sse", param="timestamps")
    return SpeechResponse(
        speaker,
        utterance(speaker, body, name, words),
        coder(speaker, body),
        api="openai",
        framing=Events() if body.stream_format == "sse" else None,
        media_type="text/event-stream" if body.stream_format == "sse" else media_type(body),
        headers={"X-Sample-Rate": str(speaker.model.sample_rate)},
    )


def utterance(
    speaker: Speaker, body: Spoken, voice: str | None, words: Words | None = None
) -> Utterance:
    """What is to be said. Raises ApiError, VoiceError."""
    check_length(speaker, len(body.input), "input")
    return Utterance(body.input, speaker.voices.find(voice), body.options(), words)


def coder(speaker: Speaker, body: Spoken) -> encoders.Coder:
    """What makes the bytes. Raises ApiError for a format that isn't here."""
    form, speed = body.response_format or "mp3", 1.0 if body.speed is None else body.speed
    return encoders.Coder(form, speaker.model.sample_rate, speed)


def media_type(body: Spoken) -> str:
    return encoders.MEDIA_TYPES[body.response_format or "mp3"]


@router.get("/v1/models", responses=ERRORS)
async def list_models(request: Request) -> ModelList | list[ElevenModel]:
    """The models that speak here; a list for ElevenLabs' clients, which send `xi-api-key`."""
    names = models_of(request).names()
    if asks_as_elevenlabs(request.headers):
        characters = speaker_of(request).settings.limits.text_characters
        return [eleven_model(name, characters) for name in names]
    return ModelList(data=[ModelCard(id=name, created=STARTED) for name in names])


@router.get("/v1/models/{model}", responses=ERRORS)
async def retrieve_model(request: Request, model: str) -> ModelCard:
    """A model that speaks here, by its name or a name of OpenAI's."""
    return ModelCard(id=models_of(request).spelled(model), created=STARTED)


@router.get("/v1/voices", responses=ERRORS)
async def list_voices(request: Request) -> VoiceList:
    """Voices that can be asked for by name, and whether recordings can be uploaded."""
    speaker = speaker_of(request)
    voices = speaker.voices
    return VoiceList(
        data=[VoiceCard(id=name, source=source) for name, source in voices.names()],
        default=voices.default,
        cloning=speaker.model.can_clone,
        words=bool(speaker.model.config.text_heads),
        temperature=speaker.model.config.default_temperature,
        upload_bytes=speaker.settings.limits.upload_bytes,
        voices=eleven_voices(speaker),
    )


@router.post("/v1/voices", responses=ERRORS)
async def upload_voice(
    request: Request,
    file: UploadFile,
    model: Annotated[str | None, Form(max_length=200, description="Who speaks with it.")] = None,
) -> VoiceCard:
    """A voice from a recording of some seconds (WAV, FLAC, Ogg, MP3; M4A, AAC and WebM where PyAV
    is installed), kept in memory for a while.

    The same recording has the same id.
    """
    return await keep_upload(await models_of(request).speaker(model), file)


async def keep_upload(speaker: Speaker, file: UploadFile) -> VoiceCard:
    """Make and keep a recording's voice. Raises ApiError, VoiceError, AudioError."""
    voice = speaker.voices.uploaded(await read_upload(speaker, file))
    slot = await speaker.admission.enter()
    try:
        await speaker.state(voice, slot)
    finally:
        slot.leave()
    return VoiceCard(id=voice.key, source="upload")


@router.delete("/v1/voices/{voice}", responses={204: {"description": "It is forgotten."}, **ERRORS})
async def forget_voice(
    request: Request, voice: Annotated[str, Field(pattern=UPLOADED)]
) -> Response:
    """Forget an uploaded voice at once; ElevenLabs' clients get JSON."""
    forget_upload(models_of(request), voice)
    if asks_as_elevenlabs(request.headers):
        return JSONResponse({"status": "ok"})
    return Response(status_code=204)


def forget_upload(models: Models, voice: str) -> None:
    """Raises ApiError for an upload that no model has in memory."""
    found = [speaker.voices.forget(voice) for speaker in models.all_loaded()]
    if not any(found):
        raise ApiError(404, "there is no such voice in memory", param="voice", code="not_found")


async def read_upload(speaker: Speaker, file: UploadFile) -> bytes:
    """The bytes of an uploaded file. Raises ApiError if they are too many."""
    limit = speaker.settings.limits.upload_bytes
    data = await file.read(limit + 1)
    if len(data) > limit:
        raise ApiError(
            413, f"a recording has at most {limit} bytes", param="file", code="too_large"
        )
    return data
