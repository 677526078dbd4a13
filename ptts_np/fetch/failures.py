"""What is said when a download fails: what was wrong, and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from ptts_np.errors import AccessError, FetchError
from ptts_np.fetch.locations import host

STORAGE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
    errno.ENOTDIR: "there is a file in its place",
    errno.EEXIST: "there is a file in its place",
    errno.EIO: "the disk fails",
}


def unstored(location: str, error: OSError, folder: Path, variable: str) -> FetchError:
    reason = STORAGE[error.errno or 0]
    return FetchError(
        f"can't store {location} in {folder}: {reason}; set {variable} to a folder with room"
    )


def refused(location: str, status: int) -> FetchError:
    if status in (401, 403):
        return AccessError(
            f"{location} is not public (HTTP {status}): download it and give its path"
        )
    if status in (404, 410):
        return FetchError(f"{location} does not exist (HTTP {status}): check the address")
    if status < 400:
        return FetchError(f"{location} leads nowhere (HTTP {status}): use another address")
    return FetchError(f"{location} can't be had now (HTTP {status}): try again later")


def unreachable(location: str, url: str, error: BaseException) -> FetchError:
    reason = " ".join(str(getattr(error, "reason", error)).split())[:200] or type(error).__name__
    return FetchError(
        f"can't download {location} from {host(url)} ({reason}): check the connection "
        "and proxy, or give a local path"
    )
