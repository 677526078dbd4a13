"""Downloads from an address: encrypted, complete, of the right sum, and not too large."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ptts_np.errors import FetchError
from ptts_np.fetch.atomic import arriving
from ptts_np.fetch.failures import STORAGE, refused, unreachable, unstored
from ptts_np.fetch.locations import Web, is_loopback

__all__ = ["MAX_BYTES", "TIMEOUT", "download"]

MAX_BYTES = 4 * 2**30
TIMEOUT = 10.0  # seconds without an answer
_BLOCK = 2**18


def download(address: Web, target: Path) -> Path:
    """Put what is at `address` into the file `target`, whole or not at all. Raises FetchError."""
    import urllib.error
    from http.client import HTTPException

    try:
        with _open(address.url) as response:
            target.parent.mkdir(parents=True, exist_ok=True)
            with arriving(target) as file:
                _receive(response, file, address)
    except FetchError:
        raise
    except urllib.error.HTTPError as error:
        error.close()
        raise refused(address.location, error.code) from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise unreachable(address.location, address.url, error) from error
    except OSError as error:
        if error.errno not in STORAGE:
            raise unreachable(address.location, address.url, error) from error
        raise unstored(address.location, error, target.parent, "PTTS_CACHE") from error
    return target


def _open(url: str) -> Any:
    """The answer to a GET, an http.client.HTTPResponse."""
    import urllib.request

    class SafeRedirects(urllib.request.HTTPRedirectHandler):
        def redirect_request(
            self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, new: str
        ) -> Any:
            if not new.lower().startswith("https:") and not (is_loopback(new) and is_loopback(url)):
                fp.close()
                raise FetchError(
                    f"{url} leads to {new}, which is not encrypted: use another address"
                )
            return super().redirect_request(req, fp, code, msg, headers, new)

    headers = {"User-Agent": "ptts-np", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers)
    response: Any = urllib.request.build_opener(SafeRedirects).open(request, timeout=TIMEOUT)
    return response


def _receive(response: Any, file: BinaryIO, address: Web) -> None:
    """Write the body, which must be complete, of the right sum and not too large."""
    length = response.headers.get("Content-Length", "")
    expected = int(length) if length.isdigit() else None
    too_large = FetchError(
        f"{address.location} is larger than {MAX_BYTES} bytes: download it yourself"
    )
    if expected is not None and expected > MAX_BYTES:
        raise too_large
    digest = hashlib.sha256()
    size = 0
    with _progress(address.location, expected) as show:
        while block := response.read(_BLOCK):
            size += len(block)
            if size > MAX_BYTES:
                raise too_large
            digest.update(block)
            file.write(block)
            show(size)
    file.flush()
    os.fsync(file.fileno())
    if expected is not None and size != expected:
        raise FetchError(f"{address.location} broke off at {size} of {expected} bytes: try again")
    if address.sha256 is not None and digest.hexdigest() != address.sha256:
        raise FetchError(
            f"{address.location} has the SHA-256 {digest.hexdigest()}: it was changed or damaged"
        )


@contextmanager
def _progress(location: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to call with the bytes so far; on a terminal it shows them on stderr."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda size: None
        return
    name = location.partition("#")[0].rsplit("/", 1)[-1][:40]
    last = 0.0

    def show(size: int) -> None:
        nonlocal last
        if time.monotonic() - last > 0.2 or size == total:
            last = time.monotonic()
            of_total = "" if total is None else f" of {total / 1e6:.1f}"
            print(f"\r{name}: {size / 1e6:.1f}{of_total} MB", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print(file=sys.stderr)
