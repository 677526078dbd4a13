"""Where a file is, as a person writes it: a path, `hf://owner/name/file@revision`, `https://...`.

Nothing here touches a disk or the network; `cache` turns a location into a file.
"""

import os
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, urlsplit, urlunsplit

from ptts_np.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Local:
    """A file of this computer."""

    location: str

    @property
    def file(self) -> Path:
        """The path itself; a `~` that is nobody's home is left as it is."""
        return Path(os.path.expanduser(self.location))  # noqa: PTH111 - pathlib's raises

    @property
    def path(self) -> str:
        """The whole path, the same however it is written."""
        return os.path.abspath(self.file)  # noqa: PTH100 - pathlib's asks the disk

    def beside(self, name: str) -> str:
        """The location of the file called `name` from here."""
        return str(Path(self.location).parent / name)


@dataclass(frozen=True)
class Hub:
    """A file of a repository of the Hugging Face hub."""

    location: str
    repo: str
    path: str
    revision: str | None

    @property
    def fixed(self) -> bool:
        """A full commit hash: what it names never changes."""
        return re.fullmatch(r"[0-9a-f]{40}", self.revision or "") is not None

    def beside(self, name: str) -> str:
        """The location of the file called `name` from here, of the same revision."""
        path = posixpath.join(posixpath.dirname(self.path), name)
        return f"hf://{self.repo}/{path}" + (f"@{self.revision}" if self.revision else "")


@dataclass(frozen=True)
class Web:
    """An address, quoted, and the SHA-256 that what is there must have."""

    location: str
    url: str
    sha256: str | None
    fixed = True  # an address is fetched once

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def beside(self, name: str) -> str:
        """The location of the file called `name` from here, with the same query."""
        parts = urlsplit(self.url)
        path = posixpath.join(posixpath.dirname(parts.path), name)
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


Location = Local | Hub | Web


def parse(location: str) -> Location:
    """What `location` means. Raises InputError for one that makes no sense."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", location, re.IGNORECASE)
    if scheme is None:
        if not location or "\0" in location:
            raise InputError(f"{location!r} is not a path")
        return Local(location)
    if scheme[1] == "hf":
        return _parse_hub(location)
    if scheme[1].lower() == "https" or is_loopback(location):
        return _parse_web(location)
    if scheme[1].lower() == "http":
        raise InputError(f"{location} is not encrypted: use https://")
    raise InputError(f"{location}: use a path, https:// or hf://owner/name/file@revision")


def _parse_hub(location: str) -> Hub:
    match = re.fullmatch(r"hf://([\w.-]+/[\w.-]+)/([^@\\]+)(?:@([\w./-]+))?", location)
    parts = re.split("[/@]", location[5:])
    if match is None or {"", ".", ".."} & set(parts):
        raise InputError(f"{location} is not of the form hf://owner/name/file@revision")
    return Hub(location, match[1], match[2], match[3])


def _parse_web(location: str) -> Web:
    url, _, fragment = location.partition("#")
    checksum = re.fullmatch(r"sha256=([0-9a-fA-F]{64})", fragment)
    if fragment.startswith("sha256") and checksum is None:
        raise InputError(f"{location}: after #sha256= come 64 hexadecimal digits")
    if not host(url):
        raise InputError(f"{location} names no host")
    url = quote(url, safe="/:?=&%@+!$,;~*'()[]")
    return Web(location, url, checksum and checksum[1].lower())


def is_loopback(url: str) -> bool:
    """Plain http to this very computer, which can't be listened to."""
    return url.lower().startswith("http:") and host(url) in LOOPBACK


def host(url: str) -> str | None:
    """The host of an address, None where it has none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def short_name(where: Location) -> str:
    """What the configuration at `where` is called: by its file, or for `config.yaml` its folder."""
    path = PurePath(where.path)
    if path.stem != "config":
        return path.stem
    if path.parent.name:
        return path.parent.name
    if isinstance(where, Hub):
        return where.repo.split("/")[1]
    return (host(where.url) if isinstance(where, Web) else None) or path.stem
