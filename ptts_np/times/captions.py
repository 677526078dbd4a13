"""Words with their times as captions: SubRip, WebVTT, and JSON with all there is."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ptts_np.errors import InputError
from ptts_np.fetch.atomic import write_bytes
from ptts_np.times.words import SpokenWord

LONGEST = 42
"""Characters of a caption: what is read at a glance."""
PAUSE = 0.6
"""Seconds without a word after which another caption begins."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)»]*$")
_PUNCTUATION = re.compile(r" *[-–—/’',;:.!?…]* *")


class Caption(NamedTuple):
    """A piece of the text as written, on one line, and the seconds it is heard in."""

    start: float
    end: float
    text: str


def captions(text: str, words: Sequence[SpokenWord]) -> list[Caption]:
    """The text as written in captions of a few words; they end with sentences and before pauses."""
    found: list[Caption] = []
    run: list[SpokenWord] = []
    for word in words:
        if run and _ends(text, run, word):
            found.append(_caption(text, run))
            run = []
        run.append(word)
    return [*found, _caption(text, run)] if run else found


def _ends(text: str, run: Sequence[SpokenWord], word: SpokenWord) -> bool:
    before = run[-1]
    if word.first < before.last:
        return False  # both were read from the same characters
    if word.start - before.end > PAUSE or word.last - run[0].first > LONGEST:
        return True
    return bool(_SENTENCE_END.search(text[before.first : before.last]))


def _caption(text: str, run: Sequence[SpokenWord]) -> Caption:
    written, done = "", run[0].first
    for word in run:
        between = text[done : word.first]
        # what is neither said nor punctuation, as markup, is not shown
        written += between if _PUNCTUATION.fullmatch(between) else " "
        written += text[max(done, word.first) : word.last]
        done = max(done, word.last)
    return Caption(run[0].start, run[-1].end, " ".join(written.split()))


def srt(found: Iterable[Caption]) -> str:
    """SubRip."""
    rows = [
        f"{number}\n{clock(c.start, ',')} --> {clock(c.end, ',')}\n{c.text.replace('-->', '->')}\n"
        for number, c in enumerate(found, start=1)
    ]
    return "\n".join(rows)


def webvtt(found: Iterable[Caption]) -> str:
    """WebVTT."""
    rows = [f"{clock(c.start)} --> {clock(c.end)}\n{_escaped(c.text)}\n" for c in found]
    return "\n".join(["WEBVTT\n", *rows])


def _escaped(text: str) -> str:
    # an arrow would end the caption's time line; & and < begin something in WebVTT
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")


def clock(seconds: float, point: str = ".") -> str:
    """Hours, minutes, seconds and milliseconds."""
    whole, milliseconds = divmod(round(1000 * seconds), 1000)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"


def as_json(text: str, words: Iterable[SpokenWord]) -> str:
    """The text and all words, times to the millisecond."""
    rows = [json.dumps(word.as_data(), ensure_ascii=False) for word in words]
    lines = ",\n  ".join(rows)
    return f'{{\n "text": {json.dumps(text, ensure_ascii=False)},\n "words": [\n  {lines}\n ]\n}}\n'


_KINDS: dict[str, Callable[[str, Sequence[SpokenWord]], str]] = {
    ".srt": lambda text, words: srt(captions(text, words)),
    ".vtt": lambda text, words: webvtt(captions(text, words)),
    ".json": as_json,
}


def check_suffix(path: Path) -> None:
    """Raise InputError for a file that isn't named as captions are."""
    if path.suffix.lower() not in _KINDS:
        raise InputError(f"captions are written as {', '.join(_KINDS)}, not as {path.name!r}")


def write(path: Path, text: str, words: Sequence[SpokenWord]) -> None:
    """Write the words of a text by the file's suffix: .srt, .vtt or .json. Raises InputError or
    OutputError."""
    check_suffix(path)
    write_bytes(path, _KINDS[path.suffix.lower()](text, words).encode())
