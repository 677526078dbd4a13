"""Hostile heads, bodies that don't come, other sites' requests, and WebSockets."""

import base64
import json
import os
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress

from hostile_kinds import (
    DROPPED,
    HANGS,
    Kind,
    Place,
    answer_of,
    exchange,
    outcome_of,
    raw,
    refused,
    request,
    speech,
)

HELLO = {"input": "Hi.", "response_format": "pcm"}
BODY = json.dumps(HELLO).encode()
JSON = {"Content-Type": "application/json"}
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def kinds() -> list[Kind]:
    """All of this file's."""
    return [*heads(), *lengths(), *sites(), *slow(), *sockets()]


def heads() -> Iterator[Kind]:
    bad = refused(400, 404, 405, 413, 414, 431, 501)
    lines = {
        "nothing but a line end": b"\r\n\r\n",
        "no method": b" / HTTP/1.1\r\n\r\n",
        "HTTP/0.9": b"GET /\r\n\r\n",
        "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS to a plain port": bytes.fromhex("16030100a5010000a10303") + bytes(160),
        "zeros": bytes(4096),
        "noise": os.urandom(4096),
        "SSH": b"SSH-2.0-OpenSSH_9.0\r\n",
        "SMTP": b"EHLO localhost\r\nMAIL FROM:<a@b>\r\n\r\n",
        "a long method": b"A" * 100_000 + b" / HTTP/1.1\r\n\r\n",
        "a long path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a long header": GET + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        "a long name of a header": GET + b"X" * 200_000 + b": a\r\n\r\n",
        "many headers": GET + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n",
        "a zero in a header": GET + b"X: a\0b\r\n\r\n",
        "a zero in the path": b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a blank before the colon": GET + b"X : a\r\n\r\n",
        "a header without a colon": GET + b"nothing\r\n\r\n",
        "a header without a name": GET + b": a\r\n\r\n",
        "no host": b"GET /health HTTP/1.1\r\n\r\n",
        "two hosts": GET + b"Host: evil.example\r\n\r\n",
        "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "TRACE": request("TRACE", "/"),
        "an unknown method": request("BREW", "/v1/audio/speech"),
        "a small method": request("post", "/v1/audio/speech", JSON, BODY),
        "PUT of a page": request("PUT", "/", {}, b"<html>"),
    }
    for name, data in lines.items():
        yield raw(name, data, bad)
    free = {
        "HTTP/9.9": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "a folded header": GET + b"X: a\r\n b\r\n\r\n",
        "bare line feeds": b"GET /health HTTP/1.1\nHost: localhost\n\n",
        "a whole address": b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "an upgrade to h2c": GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "an upgrade to nothing": GET + b"Connection: Upgrade\r\nUpgrade: \r\n\r\n",
        "100 requests at once": (GET + b"\r\n") * 100,
        "a request within a request": GET + b"\r\nGET /metrics HTTP/1.1\r\nHost: evil\r\n\r\n",
        "ranges": GET + b"Range: bytes=0-,1-,2-,3-,4-5,-1\r\n\r\n",
        "an endless range": GET + b"Range: bytes=" + b"0-1," * 10_000 + b"\r\n\r\n",
        "a cookie of 10 KB": GET + b"Cookie: " + b"a=b;" * 2500 + b"\r\n\r\n",
        "an Accept of 10,000 kinds": GET + b"Accept: " + b"a/b," * 4000 + b"\r\n\r\n",
        "methods overridden": GET + b"X-HTTP-Method-Override: DELETE\r\n\r\n",
        "forwarded for many": GET + b"X-Forwarded-For: " + b"1.2.3.4, " * 1000 + b"\r\n\r\n",
        "forwarded for nobody": GET + b"X-Forwarded-For: \xff\xfe, ::::\r\n\r\n",
        "bytes in a request's id": GET + b"X-Request-ID: \xff\xfe\r\n\r\n",
        "a long id of a request": GET + b"X-Request-ID: " + b"a" * 8000 + b"\r\n\r\n",
        "a traceparent that is none": GET + b"traceparent: 00-\xff-00-zz\r\n\r\n",
    }
    for name, data in free.items():
        yield raw(name, data)
    paths = (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "//etc/passwd",
        "/\\..\\..\\windows\\win.ini",
        "/%00",
        "/%ff%fe",
        "/%",
        "/%zz",
        "/v1/voices/%2e%2e%2f",
        "/v1/voices/..%2f..%2fetc",
        "/v1/models/%2e%2e",
        "/v1/models/" + "a" * 5000,
        "/v1/models/%0d%0aEvil:%201",
        "/?" + "a=b&" * 5000,
        "/.git/config",
        "/.env",
        "/wp-login.php",
        "/server-status",
        "/openapi.json/../metrics",
        "/health/",
        "/HEALTH",
        "/v1/audio/speech?input=" + "a" * 30_000,
        "/v1/audio/speech?%0d%0aEvil:1",
        "/;/metrics",
        "/v1//voices",
        "/metrics%20",
        "/%2fmetrics",
    )
    for path in paths:
        yield raw(f"GET {path[:60]}", request("GET", path))
    injections = {
        "an id that ends its line": {"X-Request-ID": "a\rEvil: 1"},
        "an origin that ends its line": {"Origin": "http://a\rEvil: 1"},
        "a key that ends its line": {"Authorization": "Bearer a\rEvil: 1"},
    }
    for name, headers in injections.items():
        yield raw(name, request("POST", "/v1/audio/speech", {**JSON, **headers}, BODY))


def lengths() -> Iterator[Kind]:
    bad = refused(400, 408, 413, 501)
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1"
    heads = {
        "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "a list of lengths": POST + b"Content-Length: 5, 6\r\n\r\nhello!",
        "a negative length": POST + b"Content-Length: -5\r\n\r\n",
        "a length with a plus": POST + b"Content-Length: +5\r\n\r\nhello",
        "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nhello",
        "a huge length": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        "a length of 10,000 digits": POST + b"Content-Length: " + b"9" * 10_000 + b"\r\n\r\n",
        "4 GB": POST + b"Content-Length: 4294967296\r\n\r\n",
        "a length and chunks": POST + both,
        "gzip as a transfer": POST + b"Transfer-Encoding: gzip\r\n\r\n",
        "chunks in chunks": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "chunks by another name": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "a chunk of all bytes": CHUNKED + b"ffffffffffffffff\r\na",
        "a chunk of a negative length": CHUNKED + b"-1\r\na",
        "a chunk that is none": CHUNKED + b"zz\r\na",
        "a long extension of a chunk": CHUNKED + b"1;" + b"a" * 100_000 + b"\r\na\r\n0\r\n\r\n",
        "a chunk longer than it says": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
        "many trailers": CHUNKED + b"0\r\n" + b"X: a\r\n" * 20_000 + b"\r\n",
    }
    for name, data in heads.items():
        yield raw(name, data, bad)
    yield raw("10,000 chunks of a byte", CHUNKED + b"1\r\na\r\n" * 10_000 + b"0\r\n\r\n", bad)
    yield raw("expecting to be told to go on", POST + b"Expect: 100-continue\r\n\r\n")
    yield raw("expecting a miracle", request("POST", "/tts", {"Expect": "a miracle"}, b"a=b"))
    for coding in ("gzip", "br", "deflate"):
        packed = zlib.compress(bytes(50 << 20)) if coding == "deflate" else b"\x1f\x8b" * 100
        yield speech(f"a body in {coding}", packed, {"Content-Encoding": coding}, refused(400, 415))


def sites() -> Iterator[Kind]:
    """Pages of other sites, and names bound to this computer: 403, whatever they ask for."""
    no = frozenset({"403"})
    for host in (
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "localhost@evil.example",
        "evil.example.",
        "rebound.example:80",
        "xn--lcalhost-0wb",
    ):
        for method, path in (("GET", "/"), ("POST", "/v1/audio/speech")):
            data = request(method, path, {**JSON, "Host": host}, BODY if method == "POST" else b"")
            yield raw(f"{method} by the name {host}", data, frozenset({"403", "400"}))
    for origin in (
        "null",
        "https://evil.example",
        "http://localhost.evil.example",
        "file://",
        "http://",
        "http://localhost:1",
        "https://localhost",
        "http://127.0.0.1",
        "HTTP://LOCALHOST.",
        "a",
    ):
        simple = {"Content-Type": "text/plain", "Origin": origin, "Host": "localhost:9"}
        yield speech(f"text of {origin}", BODY, simple, no)
        form = {**simple, "Content-Type": "application/x-www-form-urlencoded"}
        yield raw(f"a form of {origin}", request("POST", "/tts", form, b"text=Hi."), no)
        yield raw(
            f"a WebSocket of {origin}",
            handshake({"Origin": origin, "Host": "localhost:9"}),
            no,
        )


def slow() -> Iterator[Kind]:
    def drip(name: str, whole: bytes, at: int, step: int = 1, seconds: float = 0.3) -> Kind:
        def pieces() -> Iterator[bytes]:
            yield whole[:at]
            for start in range(at, len(whole), step):
                time.sleep(seconds)
                yield whole[start : start + step]

        return Kind(name, lambda place: exchange(place, pieces()), refused(408, 400, 200), True)

    whole = request("POST", "/v1/audio/speech", JSON, BODY)
    yield drip("a slow head", whole, 0)
    yield drip("a head that stops", whole[:40], 40)
    yield drip("a slow body", whole, len(whole) - 40)
    yield drip("a body that stops", whole[:-3], len(whole) - 3)
    yield drip("slow chunks", CHUNKED + b"1\r\na\r\n" * 100, len(CHUNKED), 6)
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"a" * 100
    yield drip("a slow form", request("POST", "/tts", form, part), 120)
    for count in (5, 20):

        def many(place: Place, count: int = count) -> str:
            links = [place.connect() for _ in range(count)]
            for link in links:
                link.sendall(GET)
            found = {outcome_of(answer_of(link)) for link in links}
            for link in links:
                link.close()
            return found.pop() if len(found) == 1 else HANGS

        yield Kind(f"{count} heads that stop", many, refused(408), True)

    def takes_nothing(place: Place) -> str:
        body = json.dumps({"input": "word " * 3000, "response_format": "pcm"}).encode()
        with socket.socket() as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.connect((place.host, place.port))
            link.sendall(request("POST", "/v1/audio/speech", JSON, body))
            time.sleep(8)
        return DROPPED

    yield Kind("one who takes nothing", takes_nothing, slow=True)


def handshake(headers: dict[str, str] | None = None) -> bytes:
    key = base64.b64encode(bytes(16)).decode()
    usual = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }
    return request("GET", "/v1/stream", {**usual, **(headers or {})})


def frame(opcode: int, data: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    first = bytes([opcode | 0x80 * final])
    mark = 0x80 * masked
    if len(data) < 126:
        length = bytes([len(data) | mark])
    elif len(data) < 1 << 16:
        length = struct.pack("!BH", 126 | mark, len(data))
    else:
        length = struct.pack("!BQ", 127 | mark, len(data))
    return first + length + bytes(4 * masked) + data


def until_closed(link: socket.socket) -> None:
    """Read until a frame that closes comes, or the connection ends."""
    end = b""
    while b"\x88" not in end and (piece := link.recv(65536)):
        end = (end + piece)[-200:]


def sockets() -> Iterator[Kind]:
    """A WebSocket's frames; the outcome is that the server ends it."""

    def talk(name: str, frames: list[bytes], pause: float = 0.0, *, slow: bool = False) -> Kind:
        def send(place: Place) -> str:
            with place.connect() as link:
                link.sendall(handshake())
                if outcome_of(answer_of(link)) != "101":
                    return HANGS
                with suppress(OSError):
                    for one in frames:
                        link.sendall(one)
                        time.sleep(pause)
                    until_closed(link)
                    return "closed"
                return DROPPED

        return Kind(name, send, frozenset({"closed", DROPPED}), slow)

    def text(value: object) -> bytes:
        return frame(1, value if isinstance(value, bytes) else json.dumps(value).encode())

    end = text({"type": "end"})
    commands: dict[str, object] = {
        "no JSON": b"hello",
        "a list": [],
        "null": None,
        "a number": 3,
        "no type": {},
        "an unknown type": {"type": "launch"},
        "a text that is a number": {"type": "text", "text": 3},
        "deep JSON": b"[" * 100_000,
        "a deep command": b'{"type":' * 20_000,
        "a lone surrogate": b'{"type": "text", "text": "\\ud800"}',
        "a long text": {"type": "text", "text": "a" * 900_000},
        "start with no voice of ours": {"type": "start", "voice": "file:///etc/passwd"},
        "a seed of 5000 digits": b'{"type": "start", "seed": ' + b"9" * 5000 + b"}",
        "an infinite temperature": b'{"type": "start", "temperature": 1e999}',
    }
    for name, command in commands.items():
        yield talk(f"WebSocket: {name}", [text(command), end])
    raws = {
        "no mask": [frame(1, b'{"type": "end"}', masked=False)],
        "reserved bits": [bytes([0xF1, 0x80, 0, 0, 0, 0])],
        "a reserved opcode": [frame(3, b"a")],
        "bytes": [frame(2, bytes(1000)), end],
        "no UTF-8": [frame(1, b"\xff\xfe")],
        "a frame of 2 GB": [struct.pack("!BBQ", 0x81, 0xFF, 1 << 31) + bytes(1000)],
        "a frame of all bytes": [struct.pack("!BBQ", 0x81, 0xFF, (1 << 64) - 1)],
        "2 MB of text": [frame(1, b"a" * (2 << 20))],
        "fragments without an end": [
            frame(1, b"a", final=False),
            *[frame(0, b"a" * 999, final=False)] * 2000,
        ],
        "a part without a beginning": [frame(0, b"a")],
        "a large ping": [frame(9, bytes(1000))],
        "a ping in parts": [frame(9, b"a", final=False)],
        "1000 pings": [frame(9, b"a") * 1000, end],
        "a close that is none": [frame(8, b"a")],
        "a close with a code that is none": [frame(8, struct.pack("!H", 5))],
        "two starts": [text({"type": "start"}) * 2],
        "text after the end": [end + text({"type": "text", "text": "more"})],
        "1000 empty texts": [text({"type": "text", "text": ""}) * 1000, end],
        "1000 cancels": [text({"type": "cancel"}) * 1000],
    }
    for name, frames in raws.items():
        yield talk(f"WebSocket: {name}", frames)
    yield talk("WebSocket: silence", [], slow=True)
    begun = end[:1] + end[1:]
    yield talk(
        "WebSocket: slow frames", [begun[n : n + 1] for n in range(len(begun))], 0.3, slow=True
    )
    bad = refused(400, 403, 404, 405, 426)
    for name, headers in {
        "another version": {"Sec-WebSocket-Version": "99"},
        "no key": {"Sec-WebSocket-Key": ""},
        "a key that is none": {"Sec-WebSocket-Key": "a"},
        "another upgrade": {"Upgrade": "websockets"},
    }.items():
        yield raw(f"WebSocket: {name}", handshake(headers), bad)
    yield raw(
        "WebSocket: 1000 protocols",
        handshake({"Sec-WebSocket-Protocol": ", ".join(f"p{n}" for n in range(1000))}),
    )
    yield raw(
        "WebSocket: a compression that is none",
        handshake({"Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=99"}),
    )
    yield Kind("WebSocket: a bomb", _bomb, frozenset({"closed", DROPPED}))


def _bomb(place: Place) -> str:
    """A compressed frame of 200 MB of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b" " * (200 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    with place.connect() as link:
        link.sendall(handshake({"Sec-WebSocket-Extensions": "permessage-deflate"}))
        if outcome_of(answer_of(link)) != "101":
            return HANGS
        with suppress(OSError):
            sent = frame(1, packed[:-4])
            link.sendall(bytes([sent[0] | 0x40]) + sent[1:])
            until_closed(link)
            return "closed"
    return DROPPED
