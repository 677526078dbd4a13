"""Voices and models as ElevenLabs' clients read them."""

from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers

from ptts_np.passages import language_called
from ptts_np.serve.speaker import Speaker

_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}


class ElevenVoice(BaseModel):
    voice_id: str
    name: str
    category: str
    labels: dict[str, str] = {}
    available_for_tiers: list[str] = []
    high_quality_base_model_ids: list[str] = []


class ElevenVoices(BaseModel):
    """All of them are one page."""

    voices: list[ElevenVoice]
    has_more: bool = False
    total_count: int
    next_page_token: str | None = None


class ElevenLanguage(BaseModel):
    language_id: str
    name: str


class ElevenModel(BaseModel):
    # pydantic keeps names that begin with model_ for itself
    model_config = ConfigDict(protected_namespaces=())

    model_id: str
    name: str
    description: str = "Speaks on this computer."
    can_be_finetuned: bool = False
    can_do_text_to_speech: bool = True
    can_do_voice_conversion: bool = False
    can_use_style: bool = False
    can_use_speaker_boost: bool = False
    serves_pro_voices: bool = False
    requires_alpha_access: bool = False
    token_cost_factor: float = 0.0
    maximum_text_length_per_request: int
    languages: list[ElevenLanguage]


def asks_as_elevenlabs(headers: Headers) -> bool:
    """True for a client of ElevenLabs, where OpenAI's have an address of the same name."""
    return "xi-api-key" in headers


def eleven_voices(speaker: Speaker) -> list[ElevenVoice]:
    """The voices that can be asked for by name."""
    kinds = {"model": "premade", "folder": "cloned"}
    return [
        ElevenVoice(voice_id=name, name=name, category=kinds[source])
        for name, source in speaker.voices.names()
    ]


def eleven_model(name: str, characters: int) -> ElevenModel:
    """A model that is offered, with the longest text it takes."""
    code = language_called(name) or "en"
    return ElevenModel(
        model_id=name,
        name=name,
        maximum_text_length_per_request=characters,
        languages=[ElevenLanguage(language_id=code, name=_LANGUAGES[code])],
    )
