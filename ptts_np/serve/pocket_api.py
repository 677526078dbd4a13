"""pocket-tts's own form, so that its clients need no change."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from ptts_np.serve import encoders
from ptts_np.serve.documents import ERRORS, WAV
from ptts_np.serve.errors import ApiError
from ptts_np.serve.openai_api import check_length, read_upload, speaker_of
from ptts_np.serve.response import SpeechResponse
from ptts_np.serve.speaker import Utterance

router = APIRouter()


@router.post("/tts", response_class=Response, responses={200: WAV, **ERRORS})
async def text_to_speech(
    request: Request,
    text: Annotated[str, Form(description="Text to speak.")],
    voice_url: Annotated[
        str | None, Form(description="A voice's name, or an address the operator allows.")
    ] = None,
    voice_wav: UploadFile | None = None,
) -> Response:
    """Speak a text, as pocket-tts's server does."""
    speaker = speaker_of(request)
    if voice_url is not None and voice_wav is not None:
        raise ApiError(400, "give voice_url or voice_wav, not both", param="voice_wav")
    check_length(speaker, len(text), "text")
    if voice_wav is not None:
        voice = speaker.voices.uploaded(await read_upload(speaker, voice_wav))
    else:
        voice = speaker.voices.find(voice_url)
    return SpeechResponse(
        speaker,
        Utterance(text, voice),
        encoders.Coder("wav", speaker.model.sample_rate),
        api="pocket",
        media_type="audio/wav",
        headers={"Content-Disposition": "attachment; filename=generated_speech.wav"},
    )
