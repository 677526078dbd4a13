"""A place to a file on this computer: a path, `hf://owner/name/file@revision`, or `https://...`.

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ptts_np.errors import AccessError, FetchError, InputError

__all__ = ["MAX_BYTES", "TIMEOUT", "AccessError", "cache_folder", "cached", "fetch", "is_local"]

MAX_BYTES = 4 * 2**30
TIMEOUT = 10.0  # seconds without an answer

_BLOCK = 2**18
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def fetch(location: str, *, base: Path | None = None) -> Path:
    """The file at `location`, downloaded if it is not here yet; relative paths start at `base`.

    `https://` addresses may end in `#sha256=<hex>`, which the content must match. Raises InputError
    for a location that makes no sense, AccessError when the owner must grant access, FetchError
    when the file is not to be had. A failed download leaves nothing.
    """
    place = _parse(location)
    found = _find(place, base)
    if isinstance(place, _Local):
        if found is None:
            raise FetchError(f"there is no file {_local_path(place, base)}: check the path")
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
    return _download_hub(place, found) if isinstance(place, _Hub) else _download_web(place)


def cached(location: str, *, base: Path | None = None) -> Path | None:
    """The file at `location` if it is here already, else None; never asks the network."""
    return _find(_parse(location), base)


def is_local(location: str) -> bool:
    """True for paths, False for hf:// and web addresses."""
    return isinstance(_parse(location), _Local)


def cache_folder() -> Path:
    """Where downloads from https:// are kept: PTTS_CACHE, or `ptts_np` in the user's caches."""
    if chosen := os.environ.get("PTTS_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        parent = "~/Library/Caches"
    else:
        parent = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(parent).expanduser() / "ptts_np"


@dataclass(frozen=True)
class _Local:
    path: str


@dataclass(frozen=True)
class _Hub:
    location: str
    repo: str
    path: str
    revision: str | None

    @property
    def fixed(self) -> bool:
        """A full commit hash: what it names never changes."""
        return re.fullmatch(r"[0-9a-f]{40}", self.revision or "") is not None


@dataclass(frozen=True)
class _Web:
    location: str
    url: str
    sha256: str | None
    fixed = True  # an address is fetched once


def _parse(location: str) -> _Local | _Hub | _Web:
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", location, re.IGNORECASE)
    if scheme is None:
        if not location or "\0" in location:
            raise InputError(f"{location!r} is not a path")
        return _Local(location)
    if scheme[1] == "hf":
        return _parse_hub(location)
    if scheme[1].lower() == "https" or _is_loopback(location):
        url, _, fragment = location.partition("#")
        checksum = re.fullmatch(r"sha256=([0-9a-fA-F]{64})", fragment)
        if fragment.startswith("sha256") and checksum is None:
            raise InputError(f"{location}: after #sha256= come 64 hexadecimal digits")
        if not _host(url):
            raise InputError(f"{location} names no host")
        url = quote(url, safe="/:?=&%@+!$,;~*'()[]")
        return _Web(location, url, checksum and checksum[1].lower())
    if scheme[1].lower() == "http":
        raise InputError(f"{location} is not encrypted: use https://")
    raise InputError(f"{location}: use a path, https:// or hf://owner/name/file@revision")


def _parse_hub(location: str) -> _Hub:
    match = re.fullmatch(r"hf://([\w.-]+/[\w.-]+)/([^@\\]+)(?:@([\w./-]+))?", location)
    parts = re.split("[/@]", location[5:])
    if match is None or {"", ".", ".."} & set(parts):
        raise InputError(f"{location} is not of the form hf://owner/name/file@revision")
    return _Hub(location, match[1], match[2], match[3])


def _is_loopback(url: str) -> bool:
    """Plain http to this very computer, which can't be listened to."""
    return url.lower().startswith("http:") and _host(url) in _LOOPBACK


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _find(place: _Local | _Hub | _Web, base: Path | None) -> Path | None:
    if isinstance(place, _Local):
        path = _local_path(place, base)
    elif isinstance(place, _Web):
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


def _local_path(place: _Local, base: Path | None) -> Path:
    return (base or Path()) / Path(place.path).expanduser()


def _web_path(place: _Web) -> Path:
    suffix = Path(urlsplit(place.url).path).suffix
    suffix = suffix if re.fullmatch(r"\.\w{1,16}", suffix) else ""
    return cache_folder() / (hashlib.sha256(place.location.encode()).hexdigest()[:32] + suffix)


def _offline() -> bool:
    value = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in ("1", "ON", "YES", "TRUE")


# -- the Hugging Face hub


def _download_hub(place: _Hub, found: Path | None) -> Path:
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


def _hub_error(place: _Hub, error: BaseException) -> FetchError:
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


def _download_web(place: _Web) -> Path:
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
            if not new.lower().startswith("https:") and not (
                _is_loopback(new) and _is_loopback(url)
            ):
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


def _receive(response: Any, temporary: Path, place: _Web) -> None:
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
        f"can't download {location} from {_host(url)} ({reason}): check the connection "
        "and proxy, or give a local path"
    )
