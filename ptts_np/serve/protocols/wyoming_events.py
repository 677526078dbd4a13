"""Wyoming's events from a connection, each of a bounded size.

An event is a line of JSON, then as many bytes of JSON and of payload as the line says. The
library's own reader would wait for, and keep, whatever a client announces.
"""

import asyncio
import json
from typing import Any

from wyoming.event import Event

from ptts_np.errors import InputError

LINE_BYTES = 1 << 16
PAYLOAD_BYTES = 1 << 20


async def read_event(reader: asyncio.StreamReader, data_bytes: int) -> Event | None:
    """The next event, None at the end. Raises InputError for what is none or too large.

    `reader` has `LINE_BYTES` as its limit; `data_bytes` bounds what follows the line. A payload is
    dropped: no event to a speaker has one that counts.
    """
    try:
        line = await reader.readuntil(b"\n")
        head = _object(line)
        data = head.get("data") or {}
        size = _size(head, "data_length", data_bytes)
        if size:
            data = {**_dictionary(data), **_object(await reader.readexactly(size))}
        await _skip(reader, _size(head, "payload_length", PAYLOAD_BYTES))
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise InputError("the connection ended within an event") from None
        return None
    except asyncio.LimitOverrunError:
        raise InputError(f"an event's line has at most {LINE_BYTES} bytes") from None
    kind = head.get("type")
    if not isinstance(kind, str):
        raise InputError("an event has a type")
    return Event(kind, _dictionary(data))


def _object(text: bytes) -> dict[str, Any]:
    try:
        return _dictionary(json.loads(text))
    except (ValueError, RecursionError):
        raise InputError("an event is a line of JSON") from None


def _dictionary(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("an event and its data are JSON objects")
    return value


def _size(head: dict[str, Any], name: str, limit: int) -> int:
    size = head.get(name) or 0
    if type(size) is not int or not 0 <= size <= limit:
        raise InputError(f"{name} is from 0 to {limit}")
    return size


async def _skip(reader: asyncio.StreamReader, size: int) -> None:
    while size:
        part = await reader.readexactly(min(size, LINE_BYTES))
        size -= len(part)
