"""What programs with a menu of voices and models ask for, and OpenAI's voices of one's own."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request, UploadFile
from pydantic import BaseModel

from ptts_np.serve.documents import ERRORS
from ptts_np.serve.models import Models, State, model_bytes
from ptts_np.serve.openai_api import (
    STARTED,
    UPLOADED,
    forget_upload,
    keep_upload,
    models_of,
    speaker_of,
)

router = APIRouter()


class AudioVoice(BaseModel):
    id: str
    name: str
    object: Literal["audio.voice"] = "audio.voice"
    created_at: int = STARTED
    type: Literal["audio_sample"] = "audio_sample"


class AudioVoices(BaseModel):
    object: Literal["list"] = "list"
    voices: list[AudioVoice]


class AudioModel(BaseModel):
    """`bytes` and `voices` are of a model that is loaded."""

    id: str
    name: str
    state: State
    bytes: int | None
    voices: list[str] | None


class AudioModels(BaseModel):
    object: Literal["list"] = "list"
    models: list[AudioModel]


class DeletedVoice(BaseModel):
    id: str
    deleted: bool = True
    object: Literal["audio.voice.deleted"] = "audio.voice.deleted"


@router.get("/v1/audio/voices", responses=ERRORS)
async def list_audio_voices(request: Request) -> AudioVoices:
    """The voices that can be asked for by name, as menus of other programs read them."""
    names = [name for name, _ in speaker_of(request).voices.names()]
    return AudioVoices(voices=[AudioVoice(id=name, name=name) for name in names])


@router.get("/v1/audio/models", responses=ERRORS)
async def list_audio_models(request: Request) -> AudioModels:
    """The models that speak here: loaded, being loaded, or loaded when they are asked for."""
    models = models_of(request)
    return AudioModels(models=[_model(models, name) for name in models.names()])


@router.post("/v1/audio/voices", responses=ERRORS)
async def create_audio_voice(
    request: Request,
    name: Annotated[str, Form(max_length=200, description="For you: the `id` is what to ask for.")],
    audio_sample: UploadFile,
    consent: Annotated[str, Form(description="Accepted, and without effect.")] = "",
    type: Annotated[Literal["audio_sample"], Form()] = "audio_sample",
) -> AudioVoice:
    """A voice from a recording of some seconds, as OpenAI's clients make one; see /v1/voices."""
    card = await keep_upload(speaker_of(request), audio_sample)
    return AudioVoice(id=card.id, name=name)


@router.delete("/v1/audio/voices/{voice}", responses=ERRORS)
async def delete_audio_voice(
    request: Request, voice: Annotated[str, Path(pattern=UPLOADED)]
) -> DeletedVoice:
    """Forget an uploaded voice at once."""
    forget_upload(models_of(request), voice)
    return DeletedVoice(id=voice)


def _model(models: Models, name: str) -> AudioModel:
    speaker = models.loaded(name)
    return AudioModel(
        id=name,
        name=name,
        state=models.state(name),
        bytes=None if speaker is None else model_bytes(speaker.model),
        voices=None if speaker is None else [voice for voice, _ in speaker.voices.names()],
    )
