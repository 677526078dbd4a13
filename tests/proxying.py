"""A small reverse proxy: it shows a server under a path and tells who asked for what."""

import contextlib
import itertools
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def proxied(url: str, root: str = "", *, cuts: bool = True, headers: str = "") -> Iterator[str]:
    """The address at which the server at `url` is shown; `headers` are sent along.

    A proxy that `cuts` hands paths on without `root`. It asks by the server's own name, and says in
    X-Forwarded-Host by which it was asked itself.
    """
    target = urlsplit(url)

    class Connection(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            lines = itertools.takewhile(lambda line: line.strip(), iter(self.rfile.readline, b""))
            head = b"".join(lines).decode("latin-1")
            host = re.search(r"(?im)^host: *(.*?)\r$", head)
            if host is None:
                return  # a browser opens connections that it may need
            told = f"X-Forwarded-Host: {host[1]}\r\n{headers}"
            if "upgrade:" not in head.lower():
                # one request each, so that only the first head is to be rewritten
                head = re.sub(r"(?im)^connection:.*\n", "", head)
                told += "Connection: close\r\n"
            head = re.sub(r"(?im)^host:.*\n", f"Host: {target.netloc}\r\n{told}", head, count=1)
            if cuts:
                head = head.replace(f" {root}/", " /", 1)
            with socket.create_connection((target.hostname, target.port)) as server:
                server.sendall(head.encode("latin-1") + b"\r\n")
                forth = threading.Thread(target=_pass, args=(self.rfile.read1, server))
                forth.start()
                _pass(server.recv, self.connection)
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                forth.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Connection) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}{root}"
        finally:
            proxy.shutdown()
            thread.join(10)


def _pass(source: Callable[[int], bytes], target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source(1 << 16):
            target.sendall(data)
