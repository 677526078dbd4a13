"""The command `serve`: its options to the server's settings."""

import os
from importlib.util import find_spec

from ptts_np.cli.console import Notes
from ptts_np.errors import InputError

_SERVE_MODULES = ("fastapi", "prometheus_client", "python_multipart", "uvicorn", "websockets")


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    model: str | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    voice: str | None = None,
    voice_folder: str | None = None,
    concurrency: int | None = None,
    streams: int | None = None,
    queue: int | None = None,
    grace_seconds: float | None = None,
    text_characters: int | None = None,
    upload_mb: float | None = None,
    voice_mb: float | None = None,
    allow_hosts: str | None = None,
    cors_origins: str | None = None,
    hosts: str | None = None,
    model_aliases: str | None = None,
    api_key: str | None = None,
) -> None:
    """Serve a page, OpenAI's speech API, pocket-tts's form and a WebSocket.

    Examples:
        ptts-np serve
        ptts-np serve --port 8000 --model english --voice_folder voices
        PTTS_API_KEY=long-secret ptts-np serve --host 0.0.0.0

    Args:
        host: Address to listen on; 127.0.0.1 is this computer only.
        port: Port to listen on; 0 is any that is free.
        model: Name or configuration of a model; see the command models.
        backend: numpy, numba or rust.
        quantize: bf16 or int8, for speed on the large models.
        voice: Voice of those who ask for none: a name, a voice file or an audio file.
        voice_folder: Folder of voice and audio files; their names are voices.
        concurrency: Streams that are rows of the batch at the same moment. Default 32.
        streams: Streams that have begun and take turns; each needs some memory. Default 32.
        queue: Requests waiting to begin; more are told to come again. Default 64.
        grace_seconds: Seconds running streams have when the server is told to end. Default 10.
        text_characters: Longest text of one request; default 20000.
        upload_mb: Largest recording a client may upload; default 10.
        voice_mb: Memory for voices; default 256.
        allow_hosts: Hosts, by commas, from which clients may name voices; default none.
        cors_origins: Pages, by commas, that may ask from elsewhere; default none.
        hosts: Names, by commas, the server may be called by, besides addresses and localhost; * is
            any.
        model_aliases: Names, by commas, that mean the loaded model; default those of OpenAI's
            models and what other clients are fixed to.
        api_key: What clients must give; better from the variable PTTS_API_KEY, which other
            users of this computer can't see.
    """
    missing = [name for name in _SERVE_MODULES if find_spec(name) is None]
    if missing:
        raise InputError(
            f'serve needs {", ".join(missing)}: pip install "ptts-np[serve]" installs all of it'
        )
    from ptts_np.serve.server import check_port, run_server
    from ptts_np.serve.settings import check_settings

    def given(**values: object) -> dict[str, object]:
        return {name: value for name, value in values.items() if value is not None}

    settings = check_settings(
        given(
            voice=voice,
            voice_folder=voice_folder,
            model_aliases=_listed(model_aliases),
            network=given(
                host=host,
                port=port,
                api_key=api_key or os.environ.get("PTTS_API_KEY"),
                allow_hosts=_listed(allow_hosts),
                cors_origins=_listed(cors_origins),
                hosts=_listed(hosts),
            ),
            load=given(
                concurrency=concurrency,
                streams=streams,
                queue=queue,
                grace_seconds=grace_seconds,
            ),
            limits=given(text_characters=text_characters, upload_mb=upload_mb, voice_mb=voice_mb),
        )
    )
    check_port(host, port)

    from ptts_np.loading import load_model
    from ptts_np.serve.app import create_app

    loaded = load_model(model, backend=backend, quantize=quantize)
    Notes(quiet=False).first_compile(loaded.backend)
    run_server(create_app(loaded, settings), settings)


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]
