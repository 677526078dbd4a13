"""A server behind a proxy: whom the proxy speaks for, by which name it was asked, and where.

Only what a trusted proxy says counts: anybody can send such headers. The name it was asked by is
kept beside the `Host` header, which stays as it came: a page of another site that has bound its own
name to this machine can forge the one, but not the other.
"""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NetworkOrAny = IPv4Network | IPv6Network | None
"""Addresses that belong together; None: any."""
ASKED = "ptts.host"
_SECURE = {"http": "https", "ws": "wss", "https": "https", "wss": "wss"}
_PLAIN = {"http": "http", "ws": "ws", "https": "http", "wss": "ws"}


def network(text: str) -> NetworkOrAny:
    """`10.0.0.1`, `10.0.0.0/8`, `::1`, or `*` for any. Raises ValueError."""
    return None if text == "*" else ip_network(text, strict=False)


def hosts(scope: Scope, headers: Headers) -> list[str]:
    """The names a request asks by: that of its `Host` header, and before it what a proxy tells."""
    return [*([scope[ASKED]] if ASKED in scope else []), headers.get("host", "")]


def told(scope: Scope, trusted: tuple[NetworkOrAny, ...]) -> Scope:
    """The request as the client sent it to the proxy; unchanged if it comes from anybody else."""
    client = scope.get("client")
    if not client or not _is_trusted(client[0], trusted):
        return scope
    headers = Headers(scope=scope)
    more: Scope = {}
    if address := _client(_listed(headers, "x-forwarded-for"), trusted):
        more["client"] = (address, 0)
    if said := _listed(headers, "x-forwarded-proto"):
        known = _SECURE if said[-1].lower() in ("https", "wss") else _PLAIN
        more["scheme"] = known.get(scope["scheme"], scope["scheme"])
    if names := _listed(headers, "x-forwarded-host"):
        more[ASKED] = names[-1]  # what came before it may be the client's own words
    return {**scope, **more}


class Proxies:
    """The layer around all others; `root_path` is where a proxy shows the server, such as /tts."""

    def __init__(self, app: ASGIApp, trusted: tuple[str, ...], root_path: str) -> None:
        self._app = app
        self._trusted = tuple(map(network, trusted))
        self._root = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope = told(scope, self._trusted)
        path: str = scope["path"]
        if self._root and path == self._root and scope["type"] == "http":
            # the page's addresses are relative to a folder
            await RedirectResponse(self._root + "/")(scope, receive, send)
            return
        # some proxies cut the path off, others hand it on
        if self._root and path.startswith(self._root + "/"):
            scope = {**scope, "path": path[len(self._root) :]}
        await self._app(scope, receive, send)


def _listed(headers: Headers, name: str) -> list[str]:
    lines = ",".join(headers.getlist(name))
    return [part.strip() for part in lines.split(",") if part.strip()]


def _client(addresses: list[str], trusted: tuple[NetworkOrAny, ...]) -> str | None:
    """The last address that is no proxy of ours: those before it are the client's own words."""
    bare = [_bare(address) for address in addresses]
    others = [one for one in bare if None in trusted or not _is_trusted(one, trusted)]
    return others[-1] if others else next(iter(bare), None)


def _bare(address: str) -> str:
    """An address without its port and brackets."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _is_trusted(address: str, trusted: tuple[NetworkOrAny, ...]) -> bool:
    if None in trusted:
        return True
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False  # a socket of this machine's file system has no address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in one for one in trusted if one is not None)
