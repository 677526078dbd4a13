"""A location to a file on this computer, downloaded where it must be.

Hub files live in huggingface_hub's cache (its token, HF_ENDPOINT and HF_HUB_OFFLINE count), those
of other addresses in `cache_folder()`. A file is there completely or not at all. What the network
needs is imported when it is needed.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from ptts_np.errors import FetchError
from ptts_np.fetch.locations import Hub, Local, Location, Web, parse

__all__ = ["cache_folder", "cached", "fetch"]


def fetch(location: str) -> Path:
    """The file at `location`, downloaded if it is not here yet.

    `https://` addresses may end in `#sha256=<hex>`, which the content must match. Raises InputError
    for a location that makes no sense, AccessError when the owner must grant access, FetchError
    when the file is not to be had. A failed download leaves nothing.
    """
    where = parse(location)
    found = _find(where)
    if isinstance(where, Local):
        if found is None:
            raise FetchError(f"there is no file {location}: check the path")
        return found
    if found is not None and where.fixed:
        return found
    if _offline():
        if found is not None:
            return found
        raise FetchError(
            f"{location} is not in the cache and HF_HUB_OFFLINE is set: unset it to download the "
            "file once, or give a local path"
        )
    if isinstance(where, Hub):
        from ptts_np.fetch import hub

        return hub.download(where, found)
    from ptts_np.fetch import web

    return web.download(where, _web_path(where))


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


def _find(where: Location) -> Path | None:
    if isinstance(where, Local):
        path = where.file
    elif isinstance(where, Web):
        path = _web_path(where)
    else:
        from huggingface_hub import constants

        # The cache's layout is documented; looking ourselves saves 0.3 s of imports on each start.
        folder = Path(constants.HF_HUB_CACHE) / f"models--{where.repo.replace('/', '--')}"
        commit = where.revision or "main"
        if not where.fixed:
            reference = folder / "refs" / commit
            commit = reference.read_text().strip() if reference.is_file() else "none"
        path = folder / "snapshots" / commit / where.path
    return path if os.path.isfile(path) else None  # noqa: PTH113  (False for impossible names)


def _web_path(where: Web) -> Path:
    suffix = Path(urlsplit(where.url).path).suffix
    suffix = suffix if re.fullmatch(r"\.\w{1,16}", suffix) else ""
    return cache_folder() / (hashlib.sha256(where.location.encode()).hexdigest()[:32] + suffix)


def _offline() -> bool:
    value = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in ("1", "ON", "YES", "TRUE")
