"""OpenAI's speech API, with the model's own settings as extensions."""

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from ptts_np.audio import tempo
from ptts_np.sampling import OPTIONS
from ptts_np.serve import encoders
from ptts_np.serve.documents import ERRORS, SOUND
from ptts_np.serve.errors import ApiError
from ptts_np.serve.manner import Manner, Words
from ptts_np.serve.response import SpeechResponse
from ptts_np.serve.speaker import Speaker, Utterance

router = APIRouter()

STARTED = int(time.time())


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


class SpeechRequest(Sampling):
    """Null is as good as absent, for every field but the text."""

    model: str | None = Field(default=None, max_length=200)
    input: str = Field(description="The text to speak.")
    voice: str | VoiceName | None = Field(
        default=None, description="A name of /v1/voices, or the id of an upload."
    )
    response_format: encoders.Format | None = Field(default=None, description="Default mp3.")
    speed: float | None = Field(default=None, ge=tempo.SLOWEST, le=tempo.FASTEST)
    stream_format: Literal["audio", "sse"] | None = None
    timestamps: bool | None = Field(
        default=None, description="Words with their times, as events of stream_format sse."
    )
    instructions: str | None = Field(default=None, description="Accepted, and without effect.")


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
    temperature: float
    upload_bytes: int


def speaker_of(request: Request) -> Speaker:
    speaker: Speaker = request.app.state.speaker
    return speaker


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
    speaker = speaker_of(request)
    _check_model(speaker, body.model)
    form = body.response_format or "mp3"
    name = body.voice.id if isinstance(body.voice, VoiceName) else body.voice
    check_length(speaker, len(body.input), "input")
    speed = 1.0 if body.speed is None else body.speed
    words = Words(speed) if body.timestamps else None
    if words is not None and body.stream_format != "sse":
        raise ApiError(400, "timestamps need stream_format sse", param="timestamps")
    voice = speaker.voices.find(name)
    utterance = Utterance(body.input, voice, body.options(), words)
    rate = speaker.model.sample_rate
    return SpeechResponse(
        speaker,
        utterance,
        encoders.Coder(form, rate, speed),
        api="openai",
        events=body.stream_format == "sse",
        media_type=encoders.MEDIA_TYPES[form],
        headers={"X-Sample-Rate": str(rate)},
    )


@router.get("/v1/models", responses=ERRORS)
async def list_models(request: Request) -> ModelList:
    """The model that is loaded."""
    return ModelList(data=[_card(speaker_of(request))])


@router.get("/v1/models/{model}", responses=ERRORS)
async def retrieve_model(request: Request, model: str) -> ModelCard:
    """The model that is loaded, by its name or a name of OpenAI's."""
    _check_model(speaker_of(request), model)
    return _card(speaker_of(request))


@router.get("/v1/voices", responses=ERRORS)
async def list_voices(request: Request) -> VoiceList:
    """Voices that can be asked for by name, and whether recordings can be uploaded."""
    speaker = speaker_of(request)
    voices = speaker.voices
    return VoiceList(
        data=[VoiceCard(id=name, source=source) for name, source in voices.names()],
        default=voices.default,
        cloning=speaker.model.can_clone,
        temperature=speaker.model.config.default_temperature,
        upload_bytes=speaker.settings.limits.upload_bytes,
    )


@router.post("/v1/voices", responses=ERRORS)
async def upload_voice(request: Request, file: UploadFile) -> VoiceCard:
    """A voice from a recording of some seconds (WAV, FLAC, Ogg, MP3), kept in memory for a while.

    The same recording has the same id.
    """
    speaker = speaker_of(request)
    voice = speaker.voices.uploaded(await read_upload(speaker, file))
    slot = await speaker.admission.enter()
    try:
        await speaker.state(voice, slot)
    finally:
        slot.leave()
    return VoiceCard(id=voice.key, source="upload")


@router.delete("/v1/voices/{voice}", status_code=204, responses=ERRORS)
async def forget_voice(
    request: Request, voice: Annotated[str, Field(pattern="^upload-[0-9a-f]{32}$")]
) -> None:
    """Forget an uploaded voice at once."""
    if not speaker_of(request).voices.forget(voice):
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


def _card(speaker: Speaker) -> ModelCard:
    return ModelCard(id=speaker.model.name, created=STARTED)


def _check_model(speaker: Speaker, name: str | None) -> None:
    """The loaded model, by its name or one of those that clients are limited to."""
    aliases = (speaker.model.name, "default", *speaker.settings.model_aliases)
    if name and name.casefold() not in {alias.casefold() for alias in aliases}:
        message = f"the model {name[:100]!r} is not loaded; this server speaks with "
        raise ApiError(404, message + speaker.model.name, param="model", code="model_not_found")
