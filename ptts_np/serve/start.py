"""From settings to a server that runs: one process, or several behind one port."""

import functools
from collections.abc import Callable

from fastapi import FastAPI

from ptts_np.loading import load_model
from ptts_np.ops import Backend
from ptts_np.serve.app import create_app
from ptts_np.serve.commons import Commons
from ptts_np.serve.server import check_port, run_server
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.tls import check_certificates
from ptts_np.serve.tracing import make_tracing


def start(settings: ServeSettings, note: Callable[[Backend], None]) -> int:
    """Serve until a signal ends it; the exit code. `note` hears of the backend of one process.

    Raises InputError, OutputError and what `load_model` raises, before anything is served.
    """
    check_certificates(settings.network)
    if settings.network.workers > 1:
        from ptts_np.serve.workers import Supervisor

        return Supervisor(settings).run()
    check_port(settings.network.host, settings.network.port)
    if settings.network.wyoming is not None:
        check_port(*settings.network.wyoming)
    run_server(make_app(settings, Commons(), note), settings)
    return 0


def make_app(
    settings: ServeSettings, commons: Commons, note: Callable[[Backend], None] | None = None
) -> FastAPI:
    """The application with the model and the traces that are set."""
    tracing = make_tracing(on=settings.watching.traces)
    load = functools.partial(load_model, backend=settings.backend, quantize=settings.quantize)
    model = load(settings.model)
    if note is not None:
        note(model.backend)
    return create_app(model, settings, tracing, load, commons)
