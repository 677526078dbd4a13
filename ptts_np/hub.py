"""A place to a file on this computer, downloaded where it must be; places are those of `places`.

Hub files live in huggingface_hub's cache (its token, HF_ENDPOINT and HF_HUB_OFFLINE count), those
of other addresses in `cache_folder()`. A file is there completely or not at all. What the network
needs is imported when it is needed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ptts_np.errors import AccessError, FetchError
from ptts_np.places import Hub, Local, Place, Web, host, is_loopback, parse

__all__ = ["MAX_BYTES", "TIMEOUT", "cache_folder", "cached", "fetch"]

MAX_BYTES = 4 * 2**30
TIMEOUT = 10.0  # seconds without an answer

_BLOCK = 2**18


def fetch(location: str) -> Path:
    """The file at `location`, downloaded if it is not here yet.

    `https://` addresses may end in `#sha256=<hex>`, which the content must match. Raises InputError
    for a location that makes no sense, AccessError when the owner must grant access, FetchError
    when the file is not to be had. A failed download leaves nothing.
    """
    place = parse(location)
    found = _find(place)
    if isinstance(place, Local):
        if found is None:
            raise FetchError(f"there is no file {location}: check the path")
        return found
    if found is not None and place.fixed:
        return found
    if _offline():
        if found is not None:
            return found
        raise FetchError(
            f"{location} is not in the cache and HF_HUB_OFFLINE is set: unset it to download the "
            "file once, or give a local path"
        )
    return _download_hub(place, found) if isinstance(place, Hub) else _download_web(place)


def cached(location: str) -> Path | None:
    """The file at `location` if it is here already, else None; never asks the network."""
    return _find(parse(location))


def cache_folder() -> Path:
    """Where downloads from https:// are kept: PTTS_CACHE, or `ptts_np` in the user's caches."""
    if chosen := os.environ.get("PTTS_CACHE"):
        return Local(chosen).file
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        parent = "~/Library/Caches"
    else:
        parent = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Local(parent).file / "ptts_np"


def _find(place: Place) -> Path | None:
    if isinstance(place, Local):
        path = place.file
    elif isinstance(place, Web):
        path = _web_path(place)
    else:
        from huggingface_hub import constants

        # The cache's layout is documented; looking ourselves saves 0.3 s of imports on each start.
        folder = Path(constants.HF_HUB_CACHE) / f"models--{place.repo.replace('/', '--')}"
        commit = place.revision or "main"
        if not place.fixed:
            reference = folder / "refs" / commit
            commit = reference.read_text().strip() if reference.is_file() else "none"
        path = folder / "snapshots" / commit / place.path
    return path if os.path.isfile(path) else None  # noqa: PTH113  (False for impossible names)


def _web_path(place: Web) -> Path:
    suffix = Path(urlsplit(place.url).path).suffix
    suffix = suffix if re.fullmatch(r"\.\w{1,16}", suffix) else ""
    return cache_folder() / (hashlib.sha256(place.location.encode()).hexdigest()[:32] + suffix)


def _offline() -> bool:
    value = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in ("1", "ON", "YES", "TRUE")


# -- the Hugging Face hub


def _download_hub(place: Hub, found: Path | None) -> Path:
    """The newest file of `place`; where that is not to be had, `found`, an older copy."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    # By version the library speaks through requests or httpx: its own error derives from theirs.
    expected: tuple[type[BaseException], ...] = (OSError, RuntimeError, HfHubHTTPError.__mro__[1])
    try:
        # Asked once beforehand, since the download itself retries for minutes before it gives up.
        url = hf_hub_url(place.repo, place.path, revision=place.revision)
        get_hf_file_metadata(url, timeout=constants.HF_HUB_ETAG_TIMEOUT)
        return Path(hf_hub_download(place.repo, place.path, revision=place.revision))
    except expected as error:
        if found is not None:
            return found
        raise _hub_error(place, error) from error


def _hub_error(place: Hub, error: BaseException) -> FetchError:
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = f"{constants.ENDPOINT}/{place.repo}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        return _hub_error(place, error.__cause__)
    if isinstance(error, GatedRepoError) or status == 403:
        return AccessError(
            f"{place.location} is gated: accept the terms on {page}, then run `hf auth login`"
        )
    if isinstance(error, RevisionNotFoundError):
        return FetchError(f"{place.repo} has no revision {place.revision}: check it on {page}")
    if isinstance(error, EntryNotFoundError) and status is not None:
        return FetchError(f"{place.repo} has no file {place.path}: check it on {page}")
    if status == 401:
        return AccessError(
            f"{place.repo} does not exist or is private: check {page}, or run `hf auth login`"
        )
    if isinstance(error, RepositoryNotFoundError):
        return FetchError(f"{place.repo} does not exist: check the name on {constants.ENDPOINT}")
    if status is not None:
        return _refused(place.location, status)
    if isinstance(error, OSError) and error.errno in _STORAGE:
        return _unstored(place.location, error, Path(constants.HF_HUB_CACHE), "HF_HOME")
    return _unreachable(place.location, constants.ENDPOINT, error)


# -- other addresses


def _download_web(place: Web) -> Path:
    import urllib.error
    from http.client import HTTPException

    target = _web_path(place)
    try:
        with _open(place.url) as response, _arriving(target) as temporary:
            _receive(response, temporary, place)
    except FetchError:
        raise
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(place.location, error.code) from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise _unreachable(place.location, place.url, error) from error
    except OSError as error:
        if error.errno not in _STORAGE:
            raise _unreachable(place.location, place.url, error) from error
        raise _unstored(place.location, error, target.parent, "PTTS_CACHE") from error
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


@contextmanager
def _arriving(target: Path) -> Iterator[Path]:
    """A file beside `target` to write to, which takes its place if the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _receive(response: Any, temporary: Path, place: Web) -> None:
    """Writes the body, which must be complete, of the right sum and not too large."""
    length = response.headers.get("Content-Length", "")
    expected = int(length) if length.isdigit() else None
    too_large = FetchError(
        f"{place.location} is larger than {MAX_BYTES} bytes: download it yourself"
    )
    if expected is not None and expected > MAX_BYTES:
        raise too_large
    digest = hashlib.sha256()
    size = 0
    with temporary.open("xb") as file, _progress(place.location, expected) as show:
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
        raise FetchError(f"{place.location} broke off at {size} of {expected} bytes: try again")
    if place.sha256 is not None and digest.hexdigest() != place.sha256:
        raise FetchError(
            f"{place.location} has the SHA-256 {digest.hexdigest()}: it was changed or damaged"
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


# -- what went wrong

_STORAGE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
    errno.ENOTDIR: "there is a file in its place",
    errno.EEXIST: "there is a file in its place",
    errno.EIO: "the disk fails",
}


def _unstored(location: str, error: OSError, folder: Path, variable: str) -> FetchError:
    reason = _STORAGE[error.errno or 0]
    return FetchError(
        f"can't store {location} in {folder}: {reason}; set {variable} to a folder with room"
    )


def _refused(location: str, status: int) -> FetchError:
    if status in (401, 403):
        return AccessError(
            f"{location} is not public (HTTP {status}): download it and give its path"
        )
    if status in (404, 410):
        return FetchError(f"{location} does not exist (HTTP {status}): check the address")
    if status < 400:
        return FetchError(f"{location} leads nowhere (HTTP {status}): use another address")
    return FetchError(f"{location} can't be had now (HTTP {status}): try again later")


def _unreachable(location: str, url: str, error: BaseException) -> FetchError:
    reason = " ".join(str(getattr(error, "reason", error)).split())[:200] or type(error).__name__
    return FetchError(
        f"can't download {location} from {host(url)} ({reason}): check the connection "
        "and proxy, or give a local path"
    )
