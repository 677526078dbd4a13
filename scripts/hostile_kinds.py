"""What a kind of hostile request is, and how its bytes are sent."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 20.0
DROPPED = "dropped"
HANGS = "hangs"


@dataclass(frozen=True)
class Place:
    """Where the server is."""

    url: str
    host: str
    port: int

    @staticmethod
    def of(url: str) -> "Place":
        parts = urlsplit(url)
        return Place(url, str(parts.hostname), int(parts.port or 80))

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), SECONDS)


@dataclass(frozen=True)
class Kind:
    """One kind of request. `send` tells the status of the answer, or that there was none.

    `only`: what it must be answered with; otherwise anything but a fault of the server's.
    """

    name: str
    send: Callable[[Place], str]
    only: frozenset[str] = frozenset()
    slow: bool = False

    def may(self, outcome: str) -> bool:
        """Whether a server in order may answer so."""
        if self.only:
            return outcome in self.only
        return not outcome.startswith("5") and outcome != HANGS


def refused(*statuses: int) -> frozenset[str]:
    """These answers, or none."""
    return frozenset([*map(str, statuses), DROPPED])


def answer_of(link: socket.socket) -> bytes:
    """What comes until the server hangs up, or the head is complete; `HANGS` after long silence."""
    data = b""
    try:
        while b"\r\n\r\n" not in data and len(data) < 1 << 20:
            piece = link.recv(65536)
            if not piece:
                break
            data += piece
    except TimeoutError:
        return HANGS.encode()
    except OSError:
        pass
    return data


def outcome_of(answer: bytes) -> str:
    """The status, and whether a header came in that the client made up."""
    if answer == HANGS.encode():
        return HANGS
    if not answer.startswith(b"HTTP/1.1 "):
        return DROPPED
    if b"\r\nevil:" in answer.lower():
        return "500 a header was injected"
    return answer[9:12].decode("latin-1")


def exchange(place: Place, pieces: Iterator[bytes] | list[bytes]) -> str:
    """Send bytes, read the status."""
    with place.connect() as link:
        with suppress(OSError):
            for piece in pieces:
                link.sendall(piece)
        return outcome_of(answer_of(link))


def raw(name: str, data: bytes, only: frozenset[str] = frozenset()) -> Kind:
    """Bytes as they are."""
    return Kind(name, lambda place: exchange(place, [data]), only)


def request(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """A request's bytes; headers of the same name replace the usual ones."""
    usual = {"Host": "localhost", "Connection": "close", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in {**usual, **(headers or {})}.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def speech(
    name: str,
    body: bytes | dict[str, object],
    headers: dict[str, str] | None = None,
    only: frozenset[str] = frozenset(),
) -> Kind:
    """A body for OpenAI's speech API."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "application/json", **(headers or {})}
    return raw(name, request("POST", "/v1/audio/speech", kind, data), only)


def status_of(place: Place, path: str) -> str:
    """Of a plain GET."""
    return exchange(place, [request("GET", path)])
