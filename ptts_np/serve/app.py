"""The application and its routes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel
from starlette.formparsers import MultiPartParser

import ptts_np
from ptts_np.loading import Model, load_model
from ptts_np.serve import errors, journal, openai_api, pages, pocket_api, websocket
from ptts_np.serve.access import Access
from ptts_np.serve.commons import Commons
from ptts_np.serve.documents import ERRORS
from ptts_np.serve.errors import ApiError
from ptts_np.serve.heads import Heads
from ptts_np.serve.middleware import Gatekeeper
from ptts_np.serve.models import Models
from ptts_np.serve.protocols import (
    audio_get,
    audio_lists,
    captions,
    elevenlabs_rest,
    elevenlabs_sockets,
)
from ptts_np.serve.protocols.finished import FinishedSounds
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.speaker import Speaker
from ptts_np.serve.tracing import Tracing
from ptts_np.serve.watch import Watched, watching

ROUTERS = (
    openai_api.router,
    audio_get.router,
    audio_lists.router,
    captions.router,
    elevenlabs_rest.router,
    elevenlabs_sockets.router,
    pocket_api.router,
    websocket.router,
)


class Status(BaseModel):
    status: str
    model: str


def create_app(
    model: Model,
    settings: ServeSettings | None = None,
    tracing: Tracing | None = None,
    load: Callable[[str], Model] = load_model,
    commons: Commons | None = None,
) -> FastAPI:
    """The web application of a loaded model; `load` is for others that the settings offer.

    Raises VoiceError for a default voice the model lacks, InputError for keys that can't be read,
    and what `find_config` does for an offered model that there isn't.
    """
    settings = settings or ServeSettings()
    commons = commons or Commons()
    access = Access(settings, commons.quotas)
    speaker = Speaker(model, settings, tracing, commons=commons)
    models = Models(speaker, load)
    # uploads stay in memory: their size is limited before they are read
    MultiPartParser.spool_max_size = max(
        MultiPartParser.spool_max_size, settings.limits.upload_bytes + 1
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await speaker.warm_up()
        watched = watching(_watched(settings, access, models))
        async with watched, speaker.metrics.shown(), _wyoming(app, speaker):
            yield
        models.close()
        await speaker.close()

    root = settings.network.root_path
    app = FastAPI(
        title="ptts-np",
        version=ptts_np.__version__,
        description="Text to speech: OpenAI's speech API, pocket-tts's form, and a page at `/`.",
        lifespan=lifespan,
        # their pages load scripts from elsewhere: see pages.py
        docs_url=None,
        redoc_url=None,
        servers=[{"url": root}] if root else None,
        # the address it would lead to lacks the path
        redirect_slashes=not root,
    )
    app.state.speaker = speaker
    app.state.models = models
    app.state.sounds = FinishedSounds(settings.limits.sound_bytes)
    errors.install(app)
    pages.add_pages(app)
    _add_status(app, speaker)
    for part in ROUTERS:
        app.include_router(part)
    app.add_middleware(Heads)
    app.add_middleware(
        Gatekeeper, settings=settings, access=access, draining=lambda: speaker.draining
    )
    if settings.network.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.network.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "DELETE"],
            # clients send headers of their own, such as x-stainless-*; none of them is trusted
            allow_headers=["*"],
            expose_headers=["X-Sample-Rate", "Retry-After", journal.HEADER],
        )
    return app


@asynccontextmanager
async def _wyoming(app: FastAPI, speaker: Speaker) -> AsyncIterator[None]:
    """Listen for Wyoming, too, where the operator wants it."""
    if speaker.settings.network.wyoming is None:
        yield
        return
    from ptts_np.serve.protocols.wyoming_discovery import listening

    async with listening(speaker) as address:
        app.state.wyoming = address
        yield


def _watched(settings: ServeSettings, access: Access, models: Models) -> list[Watched]:
    """What is read anew when it changes."""
    keys, folder = settings.network.keys, settings.voice_folder
    found = []
    if keys is not None:
        found.append(Watched(keys, access.reload))
    if folder is not None:
        found.append(Watched(folder, models.rescan))
    return found


def _add_status(app: FastAPI, speaker: Speaker) -> None:
    @app.get("/health", responses=ERRORS)
    async def health() -> Status:
        """The process is alive."""
        return Status(status="healthy", model=speaker.model.name)

    @app.get("/ready", responses=ERRORS)
    async def ready() -> Status:
        """New requests are taken."""
        if not speaker.ready or speaker.draining:
            raise ApiError(503, "the server is starting or about to end", code="not_ready")
        return Status(status="ready", model=speaker.model.name)

    @app.get("/metrics", response_class=PlainTextResponse, responses=ERRORS)
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return PlainTextResponse(
            speaker.metrics.text(), media_type="text/plain; version=1.0.0; charset=utf-8"
        )
