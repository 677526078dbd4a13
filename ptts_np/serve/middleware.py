"""Who may come in, and with how much: the outermost layer of the application."""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ptts_np.fetch.locations import host as hostname
from ptts_np.serve.access import Access, choosing
from ptts_np.serve.caller import CALLER
from ptts_np.serve.errors import ApiError
from ptts_np.serve.proxies import hosts
from ptts_np.serve.settings import ServeSettings

FORM_ALLOWANCE = 64 << 10  # bytes of a form around its file
LARGE_BODY = 1 << 20
LARGE_BODIES = 16  # at the same time: they are kept in memory
BYTES_PER_CHARACTER = 12  # a character beyond the BMP, escaped in JSON


class Gatekeeper:
    """Checks the key, the origin, the size and the pace of every request before it is read."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServeSettings,
        access: Access,
        draining: Callable[[], bool],
    ) -> None:
        self._app = app
        self._access = access
        self._draining = draining
        self._origins = frozenset(settings.network.cors_origins)
        self._hosts = frozenset((settings.network.host.lower(), *settings.network.hosts))
        self._body_seconds = settings.load.body_seconds
        text = BYTES_PER_CHARACTER * settings.limits.text_characters
        self._text_bytes = text + FORM_ALLOWANCE
        self._large_bodies = 0
        self._form_bytes = settings.limits.upload_bytes + self._text_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with ExitStack() as held:
            try:
                self._check_host(scope, headers)
                self._check_origin(scope, headers)
                caller = self._access.caller(scope, headers)
                if self._draining() and scope.get("method") not in ("GET", "HEAD"):
                    raise ApiError(
                        503, "the server is about to end", headers={"Connection": "close"}
                    )
                limit = self._limit(headers)
                held.enter_context(self._access.open(caller))
                held.enter_context(self._large(min(_expected(headers), limit)))
            except ApiError as reason:
                await _refuse(reason, scope, receive, send)
                return
            CALLER.set(caller)
            if scope["type"] == "http":
                receive = _Limited(receive, limit, self._body_seconds)
            else:
                send = choosing(headers, send)
            await self._app(scope, receive, send)

    @contextmanager
    def _large(self, expected: float) -> Iterator[None]:
        """Bodies that need much memory are few at the same time. Raises ApiError."""
        large = expected > LARGE_BODY
        if large and self._large_bodies >= LARGE_BODIES:
            raise ApiError(429, "too many uploads at once", headers={"Retry-After": "2"})
        self._large_bodies += large
        try:
            yield
        finally:
            self._large_bodies -= large

    def _check_host(self, scope: Scope, headers: Headers) -> None:
        """A page of another site can't reach this server by a name that it has bound to it.

        Only a name can be bound anew: addresses and loopback names are let in, and names the
        operator knows.
        """
        for asked in hosts(scope, headers):
            host = (hostname("//" + asked) or "").rstrip(".")
            if not host or host == "localhost" or host.endswith(".localhost") or _is_ip(host):
                continue
            if host not in self._hosts and "*" not in self._hosts:
                raise ApiError(
                    403,
                    f"the server is not called {host[:100]}: its operator may allow that by "
                    "--hosts",
                    code="host",
                )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """A page of another site can't make its visitors' browsers speak here."""
        origin = headers.get("origin")
        if origin is None or scope.get("method") in ("GET", "HEAD", "OPTIONS"):
            return
        host = origin.partition("://")[2]
        own = host != "" and host in hosts(scope, headers)
        if not own and origin not in self._origins and "*" not in self._origins:
            raise ApiError(403, f"requests from {origin[:100]} are not allowed", code="origin")

    def _limit(self, headers: Headers) -> int:
        form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        limit = self._form_bytes if form else self._text_bytes
        if "content-length" in headers and _expected(headers) > limit:
            raise _too_large(limit)
        return limit


async def _refuse(reason: ApiError, scope: Scope, receive: Receive, send: Send) -> None:
    """An answer instead of the application's; to a WebSocket as one to its handshake."""
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": reason.detail})
            return
    await reason.response()(scope, receive, send)


class _Limited:
    """`receive`, which counts what comes and does not wait for ever."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._left = limit
        self._end = asyncio.get_running_loop().time() + seconds
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        left = self._end - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.1))
        except asyncio.TimeoutError:
            raise ApiError(
                408, "the request came too slowly", code="slow", headers={"Connection": "close"}
            ) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large(self._limit)
        self._complete = not message.get("more_body", False)
        return message


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _expected(headers: Headers) -> float:
    """Bytes of the body, as far as the client says."""
    if "transfer-encoding" in headers:
        return math.inf
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 16 else math.inf


def _too_large(limit: int) -> ApiError:
    # what is still to come would be read as the next request
    headers = {"Connection": "close"}
    return ApiError(413, f"a request has at most {limit} bytes", code="too_large", headers=headers)
