"""What the OpenAPI description says of answers that are not JSON models."""

from typing import Any

from ptts_np.serve.encoders import MEDIA_TYPES, TELEPHONE_TYPES
from ptts_np.serve.errors import ErrorBody

_BINARY = {"schema": {"type": "string", "format": "binary"}}
# one server-sent event; `data` is JSON: speech.audio.delta with audio in base64, speech.audio.done
# with usage and timings, or error
_EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string", "contentMediaType": "application/json"}},
}

SOUND: dict[str, Any] = {
    "description": "Sound, mono at the rate of `X-Sample-Rate`, sent while it is made; or events.",
    "headers": {"X-Sample-Rate": {"schema": {"type": "integer"}}},
    "content": {
        **dict.fromkeys((*MEDIA_TYPES.values(), *TELEPHONE_TYPES.values()), _BINARY),
        "text/event-stream": {"schema": _EVENT},
    },
}
WAV: dict[str, Any] = {
    "description": "A WAV file, sent while it is made.",
    "content": {"audio/wav": _BINARY},
}

TIMED: dict[str, Any] = {
    "description": "JSON with sound in base64 and the times of characters; streamed, a line each.",
    "headers": {"X-Sample-Rate": {"schema": {"type": "integer"}}},
    "content": {"application/json": {"schema": {"type": "object"}}},
}


def _error(description: str) -> dict[str, Any]:
    return {"model": ErrorBody, "description": description}


ERRORS: dict[int | str, dict[str, Any]] = {
    400: _error("Something in the request can't be used; `error.param` says what."),
    401: _error("The API key is missing or wrong."),
    403: _error("A page of this origin may not ask."),
    404: _error("There is no such thing."),
    408: _error("The request came too slowly."),
    413: _error("The request is too large."),
    429: _error("Busy: try again after `Retry-After` seconds."),
    503: _error("The server is starting or about to end."),
    # declared so that nothing else is: requests that don't validate are answered with 400
    "4XX": _error("The request was refused."),
}
