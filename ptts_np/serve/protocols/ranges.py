"""Parts of a finished sound, as `Range` asks for them (RFC 9110, section 14)."""

import re

from fastapi.responses import Response
from starlette.datastructures import Headers

from ptts_np.serve.errors import ApiError

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def from_start(headers: Headers) -> bool:
    """True if the client takes everything from the first byte on: no part is asked for."""
    return headers.get("range", "bytes=0-").replace(" ", "") == "bytes=0-"


def part(size: int, asked: str) -> tuple[int, int] | None:
    """First byte and the one after the last of a range; None for what is answered whole.

    Several ranges and what can't be read are answered whole. Raises ApiError for a range of
    nothing.
    """
    found = _ONE_RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= stop:
        raise ApiError(
            416, f"the sound has {size} bytes", headers={"Content-Range": f"bytes */{size}"}
        )
    return start, stop


def answer(data: bytes, headers: Headers, etag: str, fields: dict[str, str]) -> Response:
    """The sound, or the part that the request's `headers` ask for. Raises ApiError."""
    fields = {**fields, "Accept-Ranges": "bytes", "ETag": etag}
    if etag in [tag.strip() for tag in headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=fields)
    changed = headers.get("if-range", etag) != etag
    wanted = None if changed else part(len(data), headers.get("range", ""))
    if wanted is None:
        return Response(data, headers=fields)
    start, stop = wanted
    fields["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return Response(data[start:stop], 206, headers=fields)
