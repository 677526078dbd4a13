"""The door: whose key came with a request, and what may be done with it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Message, Scope, Send

from ptts_np.serve import keys
from ptts_np.serve.caller import Caller
from ptts_np.serve.errors import ApiError
from ptts_np.serve.keys import Key
from ptts_np.serve.quotas import Quotas
from ptts_np.serve.settings import ServeSettings

OPEN_PATHS = ("/", "/docs", "/manifest.webmanifest", "/icon.svg", "/health", "/ready")
SUBPROTOCOL_KEY = "openai-insecure-api-key."  # browsers can't send headers with a WebSocket
SPEAKING = ("speech", "stream", "stream-input", "with-timestamps")


def needed(kind: str, method: str, path: str) -> keys.Scope | None:
    """What a key must be allowed for a request; None: any key will do."""
    if path == "/metrics":
        return "metrics"
    if kind == "http" and method in ("GET", "HEAD") and path.split("/")[-1] not in SPEAKING:
        return None
    parts = path.strip("/").split("/")
    if "voices" in parts or "voice-generation" in parts:
        return "voices"
    return "admin" if "admin" in parts else "speak"


def secret(scope: Scope, headers: Headers) -> bytes | None:
    """The key a client gives, in any of the ways that clients have."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip().encode("latin-1")  # the bytes that came
    if own := headers.get("xi-api-key"):
        return own.encode("latin-1")
    for protocol in _subprotocols(headers):
        if protocol.startswith(SUBPROTOCOL_KEY):
            return protocol.removeprefix(SUBPROTOCOL_KEY).encode("latin-1")
    if scope.get("method", "GET") == "GET":
        # an <audio> element has no headers either
        asked = parse_qs(scope.get("query_string", b""), max_num_fields=100)
        return next(iter(asked.get(b"api_key", [])), None)
    return None


def choosing(headers: Headers, send: Send) -> Send:
    """`send`, which agrees to one of the subprotocols a WebSocket offers: browsers insist on it."""
    offered = [name for name in _subprotocols(headers) if not name.startswith(SUBPROTOCOL_KEY)]

    async def chosen(message: Message) -> None:
        if message["type"] == "websocket.accept" and not message.get("subprotocol") and offered:
            message = {**message, "subprotocol": offered[0]}
        await send(message)

    return chosen


class Access:
    """Keys, quotas and how much each client has open."""

    def __init__(self, settings: ServeSettings, quotas: Quotas) -> None:
        self._settings = settings
        alone = settings.network.api_key
        self._operator = () if alone is None else (keys.operator_key(alone.get_secret_value()),)
        self._keys = self._operator
        self._quotas = quotas
        self._open: Counter[str] = Counter()
        self.reload()

    @property
    def locked(self) -> bool:
        """Whether a key is needed."""
        return bool(self._keys)

    def reload(self) -> None:
        """Read the keys anew. Raises InputError, and keeps those there were."""
        path = self._settings.network.keys
        self._keys = (*self._operator, *(() if path is None else keys.read_keys(path)))

    def caller(self, scope: Scope, headers: Headers) -> Caller:
        """Who asks. Raises ApiError for a key that is missing, wrong or not good for this."""
        kind, path = scope["type"], scope["path"]
        method = scope.get("method", "GET")
        is_open = path in OPEN_PATHS or method == "OPTIONS"
        to_do = None if is_open else needed(kind, method, path)
        key = self._key(scope, headers) if self._keys and not is_open else None
        name = _address(scope) if key is None else key.name
        working = to_do is not None and to_do != "metrics"
        caller = Caller(name, key, lambda what, n: self._wait(name, key, what, n), working)
        if to_do is not None:
            caller.require(to_do)
        if working:
            caller.charge("requests", 1)
        return caller

    @contextmanager
    def open(self, caller: Caller) -> Iterator[None]:
        """One more request of a client's is being answered. Raises ApiError if it has too many."""
        limit = self._settings.limits.client_streams
        if limit is None or not caller.working:
            yield
            return
        if self._open[caller.name] >= limit:
            raise ApiError(
                429,
                f"{limit} requests of yours are being answered: wait for one to end",
                code="quota",
                headers={"Retry-After": "1"},
            )
        self._open[caller.name] += 1
        try:
            yield
        finally:
            self._open[caller.name] -= 1
            if not self._open[caller.name]:
                del self._open[caller.name]

    def _key(self, scope: Scope, headers: Headers) -> Key:
        given = secret(scope, headers)
        found = None if given is None else keys.find(self._keys, given)
        if found is None:
            raise ApiError(
                401,
                "give the API key as `Authorization: Bearer KEY` or `xi-api-key: KEY`",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return found

    def _wait(self, name: str, key: Key | None, what: str, amount: float) -> float:
        limits = self._settings.limits
        general = {"requests": limits.client_requests, "characters": limits.client_characters}
        own = {} if key is None else {"requests": key.requests, "characters": key.characters}
        return self._quotas.wait(name, what, own.get(what) or general[what], amount)


def _subprotocols(headers: Headers) -> Iterable[str]:
    lines = headers.getlist("sec-websocket-protocol")
    return [name.strip() for line in lines for name in line.split(",") if name.strip()]


def _address(scope: Scope) -> str:
    """Where a client is; the addresses of one IPv6 network are one client's."""
    client = scope.get("client")
    try:
        address = ip_address(client[0].partition("%")[0]) if client else None
    except ValueError:
        address = None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(client[0]) if client else "unknown"
