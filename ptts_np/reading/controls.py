"""What steers the speech from within a plain text: pauses, and the lines of a script."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from ptts_np.errors import InputError
from ptts_np.reading.markup import Block
from ptts_np.reading.traced import Traced

MAX_PAUSE = 60.0
MAX_ALL_PAUSES = 3600.0
DEFAULT_PAUSE = 0.5
STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.8, "x-strong": 1.2}

_PAUSE = re.compile(
    r"\[(?:pause|break)(?:[ :=]\s?(?P<time>[0-9.,]{1,12}\s?(?:ms|s|sec|seconds)?))?\]"
    r"|<break(?P<attributes>(?:\s[^<>]{0,200})?)/?>(?:</break>)?",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\s*\+?([0-9]{0,10}(?:[.,][0-9]{0,6})?)\s*(ms|s|sec|seconds)?\s*", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"(time|strength)\s*=\s*[\"']([^\"'<>]{0,40})[\"']", re.IGNORECASE)
_LINE = re.compile(r"^[ \t]*\[(?P<voice>[^\[\]\n]{1,80})\][ \t]*:?[ \t]*", re.MULTILINE)


def seconds(written: str) -> float:
    """Return the seconds of "0.5s" or "300ms". Raises InputError for what isn't a time."""
    match = _TIME.fullmatch(written)
    digits = match[1].replace(",", ".") if match else ""
    if match is None or not digits.strip("."):
        raise InputError(f"a pause of {written[:40]!r} is no time: write 0.5s or 500ms")
    value = float(digits) / (1000 if (match[2] or "").lower() == "ms" else 1)
    if value > MAX_PAUSE:
        raise InputError(f"a pause of {written[:40]} is longer than {MAX_PAUSE:g} seconds")
    return value


def pause_of(time: str | None, strength: str | None) -> float:
    """Return the seconds of a break with these attributes, either of which may be missing."""
    if time is not None:
        return seconds(time)
    if strength is None:
        return DEFAULT_PAUSE
    if strength not in STRENGTHS:
        raise InputError(f"a break's strength is one of {', '.join(STRENGTHS)}, not {strength!r}")
    return STRENGTHS[strength]


def paused(block: Block) -> Iterator[Block]:
    """Cut a block at the pauses written in it."""
    done = 0
    for match in _PAUSE.finditer(block.text.text):
        given = dict(_ATTRIBUTE.findall((match["attributes"] or "").lower()))
        pause = pause_of(match["time"] or given.get("time"), given.get("strength"))
        yield replace(block, text=block.text.cut(done, match.start()), pause=pause, asked=True)
        done = match.end()
    rest = block.text.cut(done, len(block.text))
    if done == 0 or rest.text.strip() or block.pause:
        yield replace(block, text=rest)


def scripted(text: Traced, voices: Collection[str]) -> Iterator[tuple[str | None, Traced]]:
    """Cut a script at the lines that begin with a voice in brackets, as `[oscar] Good morning.`

    Only names in `voices` count: other brackets are part of the text.
    """
    voice: str | None = None
    done = 0
    for match in _LINE.finditer(text.text) if voices else ():
        if match["voice"].strip() not in voices:
            continue
        if text.text[done : match.start()].strip():
            yield voice, text.cut(done, match.start())
        voice, done = match["voice"].strip(), match.end()
    yield voice, text.cut(done, len(text))
