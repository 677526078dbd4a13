"""A voice from an address a client gave: only from hosts the operator allows, only into memory.

A name may be made to mean another computer later, so the addresses it has are looked at, too,
before any is connected to: this computer and private networks are nobody's business.
"""

import asyncio
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from ptts_np.errors import VoiceError
from ptts_np.serve.admission import Busy

HUB = "huggingface.co"
HUB_FILES = ".hf.co"  # where the hub redirects to
TIMEOUT = 10.0
DEADLINE = 30.0
RETRY_AFTER = 5
_BLOCK = 1 << 16
# NAT64, and IPv4 addresses written as IPv6
_TRANSLATED = [ip_network("64:ff9b::/96"), ip_network("::/96")]
_AT_ONCE = threading.BoundedSemaphore(8)

T = TypeVar("T")


def check_address(address: str, allow_hosts: tuple[str, ...]) -> str:
    """The https:// address to fetch. Raises VoiceError unless the operator allows its host."""
    url = _hub_address(address) if address.startswith("hf://") else address
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise VoiceError(f"{address[:200]!r} is not an address") from None
    name = host if port in (None, 443) else f"{host}:{port}"
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        raise VoiceError("a voice's address starts with https:// or hf:// and names its host")
    if name not in allow_hosts:
        raise VoiceError(f"this server does not fetch voices from {name[:100]}")
    return quote(url, safe="/:?=&%@+!$,;~*'()[]")


def fetch(url: str, allow_hosts: tuple[str, ...], max_bytes: int) -> bytes:
    """The body at a checked address. Raises VoiceError."""
    deadline = time.monotonic() + DEADLINE
    request = urllib.request.Request(url, headers={"User-Agent": "ptts-np"})
    opener = urllib.request.build_opener(_AllowedRedirects(allow_hosts), _PublicOnly())
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            data = bytearray()
            while block := response.read(_BLOCK):
                data += block
                if len(data) > max_bytes:
                    raise VoiceError(f"the voice at {url} is larger than {max_bytes} bytes")
                if time.monotonic() > deadline:
                    raise VoiceError(f"{url} took longer than {DEADLINE:.0f} seconds")
    except VoiceError:
        raise
    except (OSError, HTTPException, urllib.error.URLError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise VoiceError(f"can't fetch {url}: {reason}") from error
    return bytes(data)


async def in_background(function: Callable[[], T]) -> T:
    """Carry out what may wait for the network. Raises Busy and what `function` does.

    Whoever does not want it any more leaves at once, as the end of the process does: it would wait
    for the threads of a pool.
    """
    if not _AT_ONCE.acquire(blocking=False):
        raise Busy(RETRY_AFTER)
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()

    def work() -> None:
        try:
            done.set_result(function())
        except BaseException as error:  # noqa: BLE001 - handed over to who waits
            done.set_exception(error)
        finally:
            _AT_ONCE.release()

    threading.Thread(target=work, name="ptts-fetch", daemon=True).start()
    return await asyncio.wrap_future(done)


def _hub_address(address: str) -> str:
    match = re.fullmatch(r"hf://([\w.-]+/[\w.-]+)/([^@\\?#]+)(?:@([\w.-]+))?", address)
    if match is None or {"", ".", ".."} & set(re.split("[/@]", address[5:])):
        raise VoiceError("an address on the hub is hf://owner/name/file@revision")
    return f"https://{HUB}/{match[1]}/resolve/{match[3] or 'main'}/{match[2]}"


class _AllowedRedirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, allow_hosts: tuple[str, ...]) -> None:
        self._allow = allow_hosts

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> Any:
        host = urlsplit(newurl).netloc.lower()
        if not (HUB in self._allow and newurl.startswith("https://") and host.endswith(HUB_FILES)):
            try:
                check_address(newurl, self._allow)
            except VoiceError as error:
                fp.close()
                raise VoiceError(f"{req.full_url} leads elsewhere: {error}") from error
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _PublicOnly(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_PublicConnection, req)


class _Checked(HTTPConnection):
    """Looks where it leads before it knocks there: what a private address answers is told nobody.

    The addresses that were looked at are those that are connected to, so that a name can't mean
    another computer in between.
    """

    def connect(self) -> None:
        # with a proxy this is the proxy's address, the operator's choice, and it looks names up
        if self._tunnel_host is None:  # type: ignore[attr-defined]
            self._create_connection = _connect_public
        super().connect()


def _connect_public(
    address: tuple[str, int], timeout: float, source: tuple[str, int] | None = None
) -> socket.socket:
    """As `socket.create_connection`. Raises VoiceError, before it connects, unless all of the
    name's addresses are public."""
    host, port = address
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not all(map(is_public, addresses)):
        raise VoiceError(f"{host} is not on the public internet: no voices from there")
    for number, ip in enumerate(addresses):
        try:
            return socket.create_connection((ip, port), timeout, source)
        except OSError:
            if number + 1 == len(addresses):
                raise
    raise OSError("the name has no address")


# HTTPSConnection first connects as the class after it does
class _PublicConnection(HTTPSConnection, _Checked):
    pass


def is_public(address: str) -> bool:
    """Whether an IP address, and one that is hidden within it, belongs to the internet at large."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (inner := _within(ip)):
        return all(map(_is_global, inner))
    return _is_global(ip)


def _within(ip: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that packets to an IPv6 address may be handed on to."""
    found = [one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if one is not None]
    if any(ip in network for network in _TRANSLATED):
        found.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return found


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast
