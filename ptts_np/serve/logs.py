"""The log on stderr, as text or as lines of JSON, in which no one's words are.

An exception's message may quote what it failed on, so only its kind is written, and where it came
from. Each line that is written within a request has the request's id.
"""

import json
import logging
import sys
import traceback
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, Literal

from ptts_np.serve.journal import ENTRY

Format = Literal["text", "json"]

LOGGERS = ("ptts_np", "uvicorn", "websockets", "asyncio")


class _Silent(logging.Formatter):
    """Formats nothing of an exception but its kind and its frames."""

    def entry(self, record: logging.LogRecord) -> dict[str, Any]:
        """What is told of a record, by name."""
        request = ENTRY.get()
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request is not None:
            told["request_id"] = request.id
        told |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = record.exc_info[0].__name__
            told["frames"] = _frames(record.exc_info[2])
        return told


class JsonLines(_Silent):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.entry(record), default=str)


class Text(_Silent):
    """For people: what happened, then `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        told = self.entry(record)
        told.pop("logger")
        first = f"{told.pop('time')[:23]} {told.pop('level').upper()} {told.pop('message')}"
        frames = told.pop("frames", [])
        more = [f"{name}={value}" for name, value in told.items() if value is not None]
        return "\n    ".join([" ".join([first, *more]), *frames])


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)]


def configure(form: Format) -> None:
    """Write the server's log to stderr in this form, from warnings on; each request's, too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Text())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    logging.getLogger("ptts_np").setLevel(logging.INFO)
