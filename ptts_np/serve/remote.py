"""A voice from an address a client gave: only from hosts the operator allows, only into memory."""

import re
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

from ptts_np.errors import VoiceError

HUB = "huggingface.co"
HUB_FILES = ".hf.co"  # where the hub redirects to
TIMEOUT = 10.0
DEADLINE = 30.0
_BLOCK = 1 << 16


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
    opener = urllib.request.build_opener(_AllowedRedirects(allow_hosts))
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
        host = (urlsplit(newurl).hostname or "").lower()
        if not (HUB in self._allow and newurl.startswith("https://") and host.endswith(HUB_FILES)):
            try:
                check_address(newurl, self._allow)
            except VoiceError as error:
                fp.close()
                raise VoiceError(f"{req.full_url} leads elsewhere: {error}") from error
        return super().redirect_request(req, fp, code, msg, headers, newurl)
