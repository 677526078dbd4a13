"""The names of ElevenLabs' output formats: codec_rate or codec_rate_kbps."""

from dataclasses import dataclass

from ptts_np.serve.encoders import MEDIA_TYPES, TELEPHONE_TYPES, Coder
from ptts_np.serve.errors import ApiError

DEFAULT = "mp3_44100_128"
_PCM_RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_MP3 = {22_050: (32,), 24_000: (48,), 44_100: (32, 64, 96, 128, 192)}


@dataclass(frozen=True)
class OutputFormat:
    """`rate` in Hz; `kbps` for MP3 alone: Opus takes what the sound needs."""

    codec: str
    rate: int
    kbps: int | None = None

    @property
    def media_type(self) -> str:
        return {**MEDIA_TYPES, **TELEPHONE_TYPES}[self.codec]

    def coder(self, sample_rate: int, speed: float) -> Coder:
        """Sound at `sample_rate` to this. Raises ApiError for a format that can't be made here."""
        return Coder(self.codec, sample_rate, speed, rate=self.rate, kbps=self.kbps)


FORMATS: dict[str, OutputFormat] = {
    **{f"{c}_{rate}": OutputFormat(c, rate) for c in ("pcm", "wav") for rate in _PCM_RATES},
    **{f"{c}_8000": OutputFormat(c, 8_000) for c in ("ulaw", "alaw")},
    **{
        f"mp3_{rate}_{kbps}": OutputFormat("mp3", rate, kbps)
        for rate, bitrates in _MP3.items()
        for kbps in bitrates
    },
    **{f"opus_48000_{kbps}": OutputFormat("opus", 48_000) for kbps in (32, 64, 96, 128, 192)},
}


def find_format(name: str | None) -> OutputFormat:
    """Raises ApiError for a name that ElevenLabs doesn't know either."""
    found = FORMATS.get(name or DEFAULT)
    if found is None:
        known = ", ".join(FORMATS)
        raise ApiError(400, f"output_format is one of {known}", param="output_format")
    return found
