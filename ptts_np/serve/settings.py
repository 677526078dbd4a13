"""What an operator can set, checked before anything is loaded."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from ptts_np.errors import InputError


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Network(_Group):
    """Where the server listens, and to whom."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    api_key: SecretStr | None = None
    cors_origins: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @field_validator("api_key")
    @classmethod
    def _not_empty(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < 8:
            raise ValueError("must have 8 characters or more")
        return key

    @field_validator("allow_hosts")
    @classmethod
    def _lower(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if "/" in host or "*" in host or not host:
                raise ValueError(f"{host!r} is not the name of a host")
        return tuple(host.lower() for host in hosts)

    @field_validator("hosts")
    @classmethod
    def _names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(host.lower().rstrip(".") for host in hosts)


class Load(_Group):
    """How much at once, and for how long."""

    concurrency: int = Field(default=32, ge=1, le=256)
    streams: int = Field(default=32, ge=1, le=10_000)
    queue: int = Field(default=64, ge=0, le=10_000)
    queue_seconds: float = Field(default=60.0, gt=0)
    request_seconds: float = Field(default=900.0, gt=0)
    stall_seconds: float = Field(default=30.0, gt=0)
    silent_seconds: float = Field(default=60.0, gt=0)
    body_seconds: float = Field(default=30.0, gt=0)
    head_seconds: float = Field(default=10.0, gt=0)
    grace_seconds: float = Field(default=10.0, ge=0)


class Limits(_Group):
    """How large."""

    text_characters: int = Field(default=20_000, ge=1, le=1_000_000)
    upload_mb: float = Field(default=10.0, ge=0.01, le=1000)
    voice_mb: float = Field(default=256.0, ge=1, le=1 << 20)

    @property
    def upload_bytes(self) -> int:
        return int(self.upload_mb * (1 << 20))

    @property
    def voice_bytes(self) -> int:
        return int(self.voice_mb * (1 << 20))


MODEL_ALIASES = (
    "tts-1",
    "tts-1-1106",
    "tts-1-hd",
    "tts-1-hd-1106",
    "gpt-4o-mini-tts",
    "kokoro",
    "pocket-tts",
)
"""What clients are fixed to or limited to: each means the model that is loaded."""


class ServeSettings(_Group):
    """All of it."""

    voice: str | None = None
    voice_folder: Path | None = None
    model_aliases: tuple[str, ...] = MODEL_ALIASES
    network: Network = Network()
    load: Load = Load()
    limits: Limits = Limits()

    @field_validator("voice_folder")
    @classmethod
    def _is_folder(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError(f"{folder} is not a folder")
        return folder


def check_settings(values: dict[str, object]) -> ServeSettings:
    """Settings from what a person typed. Raises InputError."""
    try:
        return ServeSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        raise InputError(f"--{name}: {first['msg'].removeprefix('Value error, ')}") from None
