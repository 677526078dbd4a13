"""A whole book to M4B, checked; and again with its process killed at random moments.

    apt-get install bible-kjv ffmpeg
    python scripts/whole_book.py bible --chapters 1-90    # Genesis and Exodus as an EPUB
    python scripts/whole_book.py manual                   # these documents as Markdown

The book is spoken by the command `ptts-np book` with `mini`. Then ffprobe must find the chapters
and tags that went in, and after `--kills` kills (SIGKILL) and as many new starts the file must be
the same to the byte. What the largest process needed of memory is told for both.
"""

import argparse
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ptts_np.books.documents.read import read_document  # noqa: E402
from ptts_np.books.plan import chapter_numbers, make_plan  # noqa: E402
from tests.books.making import epub  # noqa: E402

TITLE = "A Whole Book"
AUTHOR = "King James Version"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", choices=["bible", "manual"])
    parser.add_argument("--chapters", help="such as 1-40; default all")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--folder", type=Path, help="to keep the files in")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        source = bible(folder / "bible.epub") if options.source == "bible" else manual(folder)
        chosen = [] if options.chapters is None else ["--chapters", options.chapters]
        command = [sys.executable, "-m", "ptts_np", "book", str(source)]
        rest = ["--title", TITLE, "--author", AUTHOR, *chosen]
        quiet, shaken = folder / "quiet.m4b", folder / "shaken.m4b"
        run = undisturbed([*command, str(quiet), *rest])
        found = probed(quiet)
        faults = list(wrong(found, titles(source, options.chapters)))
        print(
            f"{len(found['chapters'])} chapters, {float(found['format']['duration']) / 3600:.2f} "
            f"hours of speech in {run.seconds:.0f} s, at most {run.megabytes:.0f} MB"
        )
        if options.kills:
            moments = kill_moments(options.kills, run.seconds, random.Random(options.seed))
            killed, largest = disturbed([*command, str(shaken), *rest], moments, shaken.exists)
            print(f"killed {killed} times, at most {largest:.0f} MB")
            if killed < options.kills:
                faults.append(f"it was finished after {killed} kills: take more chapters")
            if shaken.read_bytes() != quiet.read_bytes():
                faults.append("the bytes are others than those of an undisturbed run")
    sys.exit("\n".join(faults) if faults else 0)


# The documents


def bible(path: Path) -> Path:
    """Debian's King James Bible as an EPUB: a file a book, its chapters in the contents."""
    text = subprocess.run(
        ["bible", "gen1:1-rev22:21"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    return bible_epub(path, text)


def bible_epub(path: Path, text: str) -> Path:
    """What the program `bible` prints, as an EPUB."""
    members: dict[str, str] = {}
    contents: list[tuple[str, str]] = []
    for name, chapters in groupby(bible_chapters(text), key=lambda chapter: chapter[0]):
        file, body = f"{len(members):02}.xhtml", []
        for _, number, verses in chapters:
            said = "".join(f"<p>{escape(verse)}</p>" for verse in verses)
            body.append(f'<h2 id="c{number}">{escape(name)} {number}</h2>{said}')
            contents.append((f"{file}#c{number}", escape(f"{name} {number}")))
        members[file] = "".join(body)
    return epub(path, members, toc=contents, title="The Bible")


def bible_chapters(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """The book, number and verses of each chapter of what `bible` prints."""
    heads = list(re.finditer(r"^(\w.*?) (\d+)\n\n", text, re.MULTILINE))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        verses = re.split(r"^ +\d+ ", text[head.end() : end], flags=re.MULTILINE)
        yield head[1], int(head[2]), [" ".join(verse.split()) for verse in verses if verse.strip()]


def manual(folder: Path) -> Path:
    """The project's documents as one Markdown file, each a chapter."""
    path = folder / "manual.md"
    texts = (each.read_text(encoding="utf-8") for each in sorted((ROOT / "docs").glob("*.md")))
    path.write_text("\n\n".join(texts), encoding="utf-8")
    return path


def titles(source: Path, chapters: str | None) -> tuple[str, ...]:
    """The chapters that must be in the file."""
    numbers = None if chapters is None else chapter_numbers(chapters)
    return make_plan(read_document(source), "anyone", chapters=numbers).titles


# The runs


@dataclass(frozen=True)
class Run:
    """What a process that came to its end needed."""

    seconds: float
    megabytes: float


def undisturbed(command: Sequence[str]) -> Run:
    start = time.perf_counter()
    code, megabytes = ended(command, None)
    if code:
        sys.exit(f"{' '.join(command)} ended with {code}")
    return Run(time.perf_counter() - start, megabytes)


def ended(command: Sequence[str], moment: float | None) -> tuple[int, float]:
    """Exit code, negative for a signal, and megabytes of a process, killed after `moment`."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    timer = threading.Timer(moment or 0, process.kill)
    if moment is not None:
        timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_maxrss / 1024


def kill_moments(count: int, seconds: float, rng: random.Random) -> list[float]:
    """After how many seconds of each start its process is killed, within twice their mean.

    Some are killed while they begin; together they take about as long as the work does.
    """
    return [rng.uniform(0.1, 2 * seconds / (count + 1)) for _ in range(count)]


def disturbed(
    command: Sequence[str], moments: Iterable[float], made: Callable[[], bool] = lambda: False
) -> tuple[int, float]:
    """Start again and again, killed after each of `moments`, until one comes to its end.

    `made` says whether all is done though the process was killed, on its way out.
    Returns how often it was killed, and megabytes of the largest process.
    """
    largest = 0.0
    for killed, moment in enumerate((*moments, None)):
        code, megabytes = ended(command, moment)
        largest = max(largest, megabytes)
        if code == 0 or made():
            return killed + (code != 0), largest
        if code != -signal.SIGKILL:
            sys.exit(f"{' '.join(command)} ended with {code}")
    raise AssertionError("the last start has no end")


# The file


def probed(path: Path) -> dict[str, Any]:
    """What ffprobe says of a file's format and chapters; it must not complain."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_chapters"]
    done = subprocess.run([*command, path], capture_output=True, check=True)
    if done.stderr:
        sys.exit(f"ffprobe: {done.stderr.decode()}")
    return json.loads(done.stdout)


def wrong(found: dict[str, Any], expected: Sequence[str]) -> Iterator[str]:
    """What is not as it must be in an M4B."""
    chapters = found["chapters"]
    if [chapter["tags"]["title"] for chapter in chapters] != list(expected):
        yield f"{len(chapters)} chapters are not the {len(expected)} of the document"
    if any(a["end"] != b["start"] for a, b in pairwise(chapters)):
        yield "there are gaps between chapters"
    if abs(float(chapters[-1]["end_time"]) - float(found["format"]["duration"])) > 0.2:
        yield "the last chapter does not end with the file"
    tags = found["format"]["tags"]
    if (tags["title"], tags["artist"], tags["genre"]) != (TITLE, AUTHOR, "Audiobook"):
        yield f"the tags are {tags}"


if __name__ == "__main__":
    main()
