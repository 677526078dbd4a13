"""What is kept of each request: an id that the client is told, and a line in the log.

What people say is in none of it: no text, no query, no path that is not a route's.
"""

import logging
import re
import time
import uuid
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ptts_np.serve.caller import CALLER
from ptts_np.serve.tracing import Tracing

log = logging.getLogger("ptts_np.serve.requests")

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Entry:
    """One request's: `figures` add up while it is worked on."""

    id: str
    figures: Counter[str] = field(default_factory=Counter)


ENTRY: ContextVar[Entry | None] = ContextVar("entry", default=None)
"""None for what the server does by itself."""


def count(**figures: float) -> None:
    """Add to the present request's figures."""
    if entry := ENTRY.get():
        entry.figures.update(figures)


class Journal:
    """The outermost layer: gives each request its id, its line and its span."""

    def __init__(self, app: ASGIApp, tracing: Tracing, *, lines: bool) -> None:
        self._app = app
        self._tracing = tracing
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        entry = Entry(given if _GIVEN.fullmatch(given) else uuid.uuid4().hex)
        ENTRY.set(entry)
        began = time.perf_counter()
        status: int | None = None

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] in _STARTS:
                status = message.get("status", 101)
                MutableHeaders(scope=message).setdefault(HEADER, entry.id)
            await send(message)

        with self._tracing.request(scope, headers) as span:
            try:
                await self._app(scope, receive, marked)
            finally:
                told = self._told(scope, entry, status, time.perf_counter() - began)
                span(told)
                if self._lines:
                    log.info("request", extra={"fields": told})

    def _told(
        self, scope: Scope, entry: Entry, status: int | None, seconds: float
    ) -> dict[str, Any]:
        route, caller = scope.get("route"), CALLER.get()
        return {
            "method": scope.get("method", "WEBSOCKET"),
            # what is no route is the client's own words
            "route": getattr(route, "path", None),
            "status": status,
            "client": caller.name if caller else None,
            "ms": round(1e3 * seconds, 1),
            **{name: round(value, 3) for name, value in entry.figures.items()},
        }


_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
