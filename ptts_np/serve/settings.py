"""What an operator can set: each setting is declared here, once, for flags, environment and file.

`sources.py` gathers their values; they are checked before anything is loaded.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from ptts_np.errors import InputError
from ptts_np.serve.proxies import network


def _listed(value: object) -> object:
    """A list, which people may write as one text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _host_and_port(value: object) -> object:
    """The two parts of HOST:PORT. Raises ValueError."""
    if not isinstance(value, str):
        return value
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{value!r} is not HOST:PORT, such as 127.0.0.1:10200")
    return host.strip("[]"), int(port)


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Group(BaseModel):
    """Settings that belong together; their names are unique among all groups."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Network(Group):
    """Where the server listens, and to whom."""

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 127.0.0.1 is this computer only."
    )
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port to listen on; 0 is any that is free."
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that serve the port; one that crashes is started again. Default 1.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="What clients must give; better from the variable PTTS_API_KEY, which other "
        "users of this computer can't see.",
    )
    keys: Path | None = Field(
        default=None,
        description="YAML file of API keys, their scopes and quotas; read anew when it changes.",
    )
    certfile: Path | None = Field(
        default=None,
        description="Certificate chain (PEM) for https; read anew when it changes.",
    )
    keyfile: Path | None = Field(default=None, description="The certificate's private key (PEM).")
    wyoming: Annotated[tuple[str, int] | None, BeforeValidator(_host_and_port)] = Field(
        default=None,
        description="HOST:PORT where Home Assistant's Wyoming is spoken, such as 127.0.0.1:10200; "
        "that protocol knows no keys. Default: not at all.",
    )
    wyoming_name: str | None = Field(
        default=None,
        pattern=r"^[\w -]{1,60}$",
        description="Tell the local network of it by this name, so that Home Assistant finds it.",
    )
    cors_origins: Names = Field(
        default=(),
        description="Pages, by commas, that may ask from elsewhere; default none.",
    )
    allow_hosts: Names = Field(
        default=(),
        description="Hosts, by commas, from which clients may name voices; default none.",
    )
    hosts: Names = Field(
        default=(),
        description="Names, by commas, the server may be called by, besides addresses and "
        "localhost; * is any.",
    )

    forwarded_allow_ips: Names = Field(
        default=(),
        description="Addresses or networks, by commas, of proxies whose X-Forwarded-For, -Proto "
        "and -Host count; * is any. Default none.",
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[\w.~-]+)*/?$",
        description="Path at which a proxy shows the server, such as /tts. Default none.",
    )

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            network(value)
        return values

    @field_validator("root_path")
    @classmethod
    def _without_slash(cls, path: str) -> str:
        return path.rstrip("/")

    @field_validator("api_key")
    @classmethod
    def _not_empty(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < 8:
            raise ValueError("must have 8 characters or more")
        return key

    @field_validator("wyoming_name")
    @classmethod
    def _of_something(cls, name: str | None, given: ValidationInfo) -> str | None:
        if name is not None and given.data.get("wyoming") is None:
            raise ValueError("needs --wyoming")
        return name

    @field_validator("wyoming")
    @classmethod
    def _of_one_process(
        cls, place: tuple[str, int] | None, given: ValidationInfo
    ) -> tuple[str, int] | None:
        if place is not None and given.data.get("workers", 1) > 1:
            raise ValueError("its port is one process's: leave out --workers")
        return place

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certfile is None) != (self.keyfile is None):
            raise ValueError("certfile and keyfile come together")
        return self

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


class Load(Group):
    """How much at once, and for how long."""

    concurrency: int = Field(
        default=32,
        ge=1,
        le=256,
        description="Streams that are rows of the batch at the same moment. Default 32.",
    )
    streams: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Streams that have begun and take turns; each needs some memory. Default 32.",
    )
    queue: int = Field(
        default=64,
        ge=0,
        le=10_000,
        description="Requests waiting to begin; more are told to come again. Default 64.",
    )
    queue_seconds: float = Field(
        default=60.0, gt=0, description="Longest wait to begin. Default 60."
    )
    request_seconds: float = Field(
        default=900.0, gt=0, description="Longest time of one request. Default 900."
    )
    stall_seconds: float = Field(
        default=30.0, gt=0, description="A listener who takes nothing is dropped then. Default 30."
    )
    silent_seconds: float = Field(
        default=60.0,
        gt=0,
        description="A WebSocket that sends no text is closed then. Default 60.",
    )
    body_seconds: float = Field(
        default=30.0, gt=0, description="Time a request's body may take to come. Default 30."
    )
    head_seconds: float = Field(
        default=10.0, gt=0, description="Time a request's head may take to come. Default 10."
    )
    grace_seconds: float = Field(
        default=10.0,
        ge=0,
        description="Seconds running streams have when the server is told to end. Default 10.",
    )


class Limits(Group):
    """How large."""

    text_characters: int = Field(
        default=20_000,
        ge=1,
        le=1_000_000,
        description="Longest text of one request; default 20000.",
    )
    upload_mb: float = Field(
        default=10.0,
        ge=0.01,
        le=1000,
        description="Largest recording a client may upload; default 10.",
    )
    voice_mb: float = Field(
        default=256.0, ge=1, le=1 << 20, description="Memory for voices; default 256."
    )
    sound_mb: float = Field(
        default=64.0,
        ge=0,
        le=1 << 20,
        description="Memory for finished sounds, which players ask for in parts; default 64.",
    )
    model_mb: float = Field(
        default=2048.0,
        ge=0,
        le=1 << 24,
        description="Memory for all models' weights; default 2048.",
    )
    client_requests: float | None = Field(
        default=None,
        gt=0,
        description="Requests a minute that one client (a key, else an address) may send; default "
        "any number.",
    )
    client_characters: float | None = Field(
        default=None,
        gt=0,
        description="Characters a minute that one client may have spoken; default any number.",
    )
    client_streams: int | None = Field(
        default=None,
        ge=1,
        description="Requests of one client that each of the --workers answers at the same time; "
        "default any number.",
    )

    @property
    def upload_bytes(self) -> int:
        return int(self.upload_mb * (1 << 20))

    @property
    def sound_bytes(self) -> int:
        return int(self.sound_mb * (1 << 20))

    @property
    def model_bytes(self) -> int:
        return int(self.model_mb * (1 << 20))

    @property
    def voice_bytes(self) -> int:
        return int(self.voice_mb * (1 << 20))


MODEL_ALIASES = (
    "tts-1",
    "tts-1-1106",
    "tts-1-hd",
    "tts-1-hd-1106",
    "gpt-4o-mini-tts",
    "gpt-4o-mini-tts-2025-12-15",
    "kokoro",
    "pocket-tts",
)
"""What clients are fixed to or limited to: each means the first model."""


class Watching(Group):
    """What the operator is told."""

    log_format: Literal["text", "json"] = Field(
        default="text", description="text, or json: an object a line."
    )
    log_requests: bool = Field(
        default=False, description="Log a line for each request, without what it says."
    )
    traces: bool = Field(
        default=False,
        description="Send OpenTelemetry's traces, to where its variables (OTEL_...) say.",
    )


class ServeSettings(Group):
    """All of it."""

    model: str | None = Field(
        default=None, description="Name or configuration of a model; see the command models."
    )
    models: Names = Field(
        default=(),
        description="Other models, by commas, that are loaded when clients ask for them by name; "
        "* is all of the command models. Default none.",
    )
    backend: str | None = Field(default=None, description="numpy, numba or rust.")
    quantize: str | None = Field(
        default=None, description="bf16 or int8, for speed on the large models."
    )
    voice: str | None = Field(
        default=None,
        description="Voice of those who ask for none: a name, a voice file or an audio file.",
    )
    voice_folder: Path | None = Field(
        default=None, description="Folder of voice and audio files; their names are voices."
    )
    model_aliases: Names = Field(
        default=MODEL_ALIASES,
        description="Names, by commas, that mean the first model; default those of OpenAI's "
        "models and what other clients are fixed to.",
    )
    network: Network = Network()
    load: Load = Load()
    limits: Limits = Limits()
    watching: Watching = Watching()

    @field_validator("voice_folder")
    @classmethod
    def _is_folder(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError(f"{folder} is not a folder")
        return folder


def check_settings(values: dict[str, object]) -> ServeSettings:
    """Settings by group, from what a person typed. Raises InputError."""
    try:
        return ServeSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        # within a list the last part is a number
        name = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "config")
        raise InputError(f"--{name}: {first['msg'].removeprefix('Value error, ')}") from None
