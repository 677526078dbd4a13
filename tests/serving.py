"""A real server on a free port of this computer, and what to compare its answers with."""

import functools
import importlib
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest

import ptts_np
from ptts_np.audio.samples import to_pcm16
from ptts_np.audio.write import wav_header
from ptts_np.loading import Model
from ptts_np.serve.app import create_app
from ptts_np.serve.server import Server, make_server
from ptts_np.serve.settings import ServeSettings, check_settings
from ptts_np.serve.speaker import Speaker
from ptts_np.serve.tracing import Tracing
from tests.conftest import GOLDEN

FOLDER = GOLDEN / "lsd_2026_10"
VOICE = FOLDER / "voice.safetensors"
TEXT = "Hello there, world."
TLS = ssl.create_default_context()  # httpx would make one for each request, which takes longer


@functools.cache
def tiny_model() -> Model:
    return ptts_np.load_model(str(FOLDER / "config.yaml"))


def options(seed: int, frames: int = 0) -> dict[str, Any]:
    """Sampling that ends after 7 frames and `frames` more."""
    return {"seed": seed, "eos_threshold": -1000.0, "frames_after_eos": frames}


def speech(seed: int, frames: int = 0, text: str = TEXT) -> np.ndarray:
    """What a request should get, made alone and without a server."""
    voice = ptts_np.load_voice(tiny_model(), VOICE)
    return ptts_np.generate(text, model=tiny_model(), voice=voice, **options(seed, frames))


def pcm(samples: np.ndarray) -> bytes:
    return to_pcm16(samples).astype("<i2").tobytes()


def recording(seconds: float = 1.0) -> bytes:
    """A WAV to clone."""
    time = np.arange(int(seconds * 24_000)) / 24_000
    samples = (0.3 * np.sin(700 * time) * np.sin(9 * time)).astype(np.float32)
    return wav_header(24_000, samples.size) + pcm(samples)


def settings(**groups: Any) -> ServeSettings:
    network = {"port": 0, **groups.pop("network", {})}
    return check_settings({"voice": str(VOICE), "network": network, **groups})


@dataclass
class Live:
    """A running server."""

    server: Server
    speaker: Speaker
    url: str
    app: Any = None

    def ask(self, seed: int = 0, frames: int = 0, **more: Any) -> dict[str, Any]:
        """A request's JSON."""
        body = {"input": TEXT, "response_format": "pcm", **options(seed, frames)}
        return {**body, **more}

    def until(self, condition: Any, seconds: float = 5.0) -> None:
        """Wait for something of the server's to become true."""
        end = time.monotonic() + seconds
        while not condition(self.speaker):
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.005)

    def idle(self, seconds: float = 5.0) -> None:
        self.until(lambda speaker: speaker.admission.open == 0, seconds)


@contextmanager
def live(
    chosen: ServeSettings | None = None,
    model: Model | None = None,
    tracing: Tracing | None = None,
    load: Callable[[str], Model] = ptts_np.load_model,
) -> Iterator[Live]:
    """Serve until the block ends; `load` is for models that clients ask for."""
    chosen = chosen or settings()
    app = create_app(model or tiny_model(), chosen, tracing, load)
    started = threading.Event()
    server = make_server(app, chosen, lambda address: started.set())
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(60)
        yield Live(server, app.state.speaker, server.address, app)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def client(module: str) -> Any:
    """A client's module. Where `PTTS_CLIENTS` promises all of them, one that is missing fails."""
    if os.environ.get("PTTS_CLIENTS") == "all":
        return importlib.import_module(module)
    return pytest.importorskip(module, reason="the group clients is not installed")


def get(url: str, **more: Any) -> httpx.Response:
    return httpx.get(url, timeout=30, verify=TLS, **more)


def post(url: str, **more: Any) -> httpx.Response:
    return httpx.post(url, timeout=30, verify=TLS, **more)
