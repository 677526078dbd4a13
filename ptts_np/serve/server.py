"""The process: sockets, signals, and an end that lets running streams finish."""

import asyncio
import logging
import math
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from ptts_np.errors import OutputError
from ptts_np.serve import logs, tls
from ptts_np.serve.journal import Journal
from ptts_np.serve.proxies import Proxies
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.watch import Watched, watching

log = logging.getLogger("ptts_np.serve")

KEEP_ALIVE_SECONDS = 15
CLOSING_SECONDS = 5.0
SECOND_CHANCE_SECONDS = 5.0  # for a process that was told to end, beyond its grace
MESSAGE_BYTES = 1 << 20
LISTEN = 512


def make_server(
    app: FastAPI, settings: ServeSettings, on_start: Callable[[str], None] | None = None
) -> "Server":
    """A server of the application, to `run()`; `on_start` is told its address."""
    journal = Journal(app, app.state.speaker.tracing, lines=settings.watching.log_requests)
    network = settings.network
    config = uvicorn.Config(
        Proxies(journal, network.forwarded_allow_ips, network.root_path),
        proxy_headers=False,  # see proxies.py
        host=settings.network.host,
        port=settings.network.port,
        http=_protocol(settings.load.head_seconds),
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        # when it does not end by itself, see Server
        timeout_graceful_shutdown=1,
        backlog=LISTEN,
        log_config=None,  # see logs.py
        access_log=False,
        server_header=False,
        ssl_certfile=settings.network.certfile,
        ssl_keyfile=settings.network.keyfile,
    )
    return Server(config, app, settings, on_start)


class Server(uvicorn.Server):
    """Ends on the first signal when its streams have, or their grace has; on the second at once."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        settings: ServeSettings,
        on_start: Callable[[str], None] | None,
    ) -> None:
        super().__init__(config)
        self._speaker = app.state.speaker
        self._grace = settings.load.grace_seconds
        self._network = settings.network
        self._on_start = on_start
        self._deadline: float | None = None

    @property
    def address(self) -> str:
        """Where it listens, once it has started."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        scheme = "https" if self.config.is_ssl else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_start is not None:
            self._on_start(self.address)

    async def main_loop(self) -> None:
        async with watching(self._certificates()):
            await super().main_loop()

    def _certificates(self) -> list[Watched]:
        certfile, keyfile = self._network.certfile, self._network.keyfile
        context = self.config.ssl
        if certfile is None or keyfile is None or context is None:
            return []
        # a renewal writes one after the other: a pair that does not match changes nothing
        return [
            Watched(path, lambda: tls.renew(context, certfile, keyfile))
            for path in (certfile, keyfile)
        ]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._speaker.draining:
            super().handle_exit(sig, frame)
            self.force_exit = sig == signal.SIGINT
        elif not self.started:
            super().handle_exit(sig, frame)
        else:
            self.end()

    def end(self) -> None:
        """Take no new requests, let the running ones end, then stop."""
        self._speaker.draining = True

    async def on_tick(self, counter: int) -> bool:
        if self._speaker.draining:
            now = asyncio.get_running_loop().time()
            self._deadline = self._deadline or now + self._grace
            if self._speaker.admission.open == 0 or now >= self._deadline:
                # what was made may still be on its way to a listener
                self.config.timeout_graceful_shutdown = max(1, math.ceil(self._deadline - now))
                self.should_exit = True
        return await super().on_tick(counter)


def _protocol(head_seconds: float) -> type[asyncio.Protocol]:
    """uvicorn's protocol, which by itself would wait for ever for a request to be complete."""

    class Patient(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            # for an answer that has to drop its connection, see response.py
            self.app_state = {**self.app_state, "abort": transport.abort}
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self.transport.is_closing():
                # what nobody takes would keep a closing connection open
                self.loop.call_later(CLOSING_SECONDS, self.transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            self._unwatch()
            super().connection_lost(exc)

        def handle_websocket_upgrade(self, event: Any) -> None:
            self._unwatch()
            super().handle_websocket_upgrade(event)

        def _watch(self) -> None:
            """A request's head has so many seconds; from its first byte, or the connection's."""
            if self.transport.get_protocol() is not self:
                return
            if self.cycle is not None and not self.cycle.response_complete:
                self._unwatch()
            elif self._late is None:
                self._late = self.loop.call_later(head_seconds, self.transport.abort)

        def _unwatch(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Patient


def run_server(app: FastAPI, settings: ServeSettings) -> None:
    """Serve until a signal ends it; see `check_port`."""
    model = app.state.speaker.model

    def started(address: str) -> None:
        if settings.watching.log_format == "json":
            log.info("%s speaks at %s%s", model.name, address, _wyoming(app))
        else:
            said = f"{model.name} speaks at {address}{_wyoming(app)} (Ctrl-C ends it)"
            print(said, file=sys.stderr, flush=True)

    serve_sockets(make_server(app, settings, started), settings)


def serve_sockets(
    server: Server, settings: ServeSettings, sockets: list[socket.socket] | None = None
) -> None:
    """Run the server until a signal ends it, at its own or at inherited sockets."""
    logs.configure(settings.watching.log_format)
    for number in ending_signals() - {signal.SIGINT, signal.SIGTERM}:
        signal.signal(number, server.handle_exit)
    # uvicorn raises the signal that ended it once more: that end was wanted
    with suppress(KeyboardInterrupt):
        server.run(sockets=sockets)


def ending_signals() -> set[signal.Signals]:
    """Those that mean an end, to a server of one process or of several.

    A terminal that closes sends SIGHUP: that is as gentle as SIGTERM; under nohup it is ignored,
    and stays so.
    """
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is None or signal.getsignal(hang_up) == signal.SIG_IGN:
        return {signal.SIGINT, signal.SIGTERM}
    return {signal.SIGINT, signal.SIGTERM, hang_up}


def _wyoming(app: FastAPI) -> str:
    """Where it speaks Wyoming, too."""
    address = getattr(app.state, "wyoming", None)
    return "" if address is None else f" and by Wyoming at tcp://{address[0]}:{address[1]}"


def check_port(host: str, port: int) -> None:
    """Raises OutputError where nobody can listen, before anything is loaded."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        raise OutputError(
            f"can't listen on {host}, port {port}: {error.strerror or error}; choose another"
        ) from error
