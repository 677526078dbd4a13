"""The command `book`: a document to an audiobook."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import Unpack

from ptts_np.cli.console import Notes
from ptts_np.cli.fire import sampled
from ptts_np.errors import InputError
from ptts_np.sampling import Options

if TYPE_CHECKING:
    from ptts_np.books.make import Progress


@sampled
def book(
    source: str,
    output: str | None = None,
    *,
    narrator: str | None = None,
    cast: str | None = None,
    model: str | None = None,
    contents: bool = False,
    chapters: str | None = None,
    skip: str = "note,table,code",
    title: str | None = None,
    author: str | None = None,
    cover: str | None = None,
    format: str = "m4a",
    loudness: float = -19.0,
    level: bool = True,
    captions: bool = False,
    seed: int = 0,
    overwrite: bool = False,
    keep_parts: bool = False,
    backend: str | None = None,
    quantize: str | None = None,
    quiet: bool = False,
    **options: Unpack[Options],
) -> None:
    """Speak a document into an audiobook with chapters.

    After a crash or Ctrl-C the same command goes on where it was.

    Examples:
        ptts-np book novel.epub novel.m4b
        ptts-np book manual.md chapters --format mp3
        ptts-np book novel.epub --contents
        ptts-np book play.txt play.m4b --cast "anna=alba, tom=marius" --chapters 1-3,7

    Args:
        source: An EPUB, Markdown (.md), HTML, DOCX, PDF (with text) or text file (.txt).
        output: An .m4b, .m4a or .mp3 file, or a folder for a file a chapter.
        narrator: Name of a voice, or a voice or audio file; see the command voices.
        cast: Further voices by speakers, for blocks that begin with [anna]: "anna=alba, tom=a.wav".
        model: Name or configuration of a model; see the command models.
        contents: Only list the chapters.
        chapters: Which ones, such as 1-3,7.
        skip: Kinds of text that are left out, of heading, text, item, quote, caption, note,
            table, code; "" reads all.
        title: Instead of the document's own.
        author: Instead of the document's own.
        cover: A JPEG or PNG file, instead of the document's own.
        format: Of the files in a folder: m4a, mp3, opus or flac.
        loudness: What voices are brought to, -40 to -5 LUFS.
        level: Bring all voices to that; --nolevel leaves them as they are.
        captions: Also write what is said, with its times, beside each file (.vtt).
        seed: Whole number that fixes the result.
        overwrite: Replace an output that is there.
        keep_parts: Keep the folder of finished parts.
        backend: numpy, numba or rust.
        quantize: bf16 or int8, for speed on the large models.
        quiet: No progress and no closing line.
    """
    from ptts_np.books.plan import chapter_numbers

    if contents:
        _list_chapters(Path(source))
        return
    if output is None:
        raise InputError("book needs OUTPUT, such as book.m4b; or --contents")
    chosen = None if chapters is None else chapter_numbers(chapters)
    voices = _cast(cast or "")

    from ptts_np.books.make import book as make_book
    from ptts_np.loading import load_model

    notes = Notes(quiet)
    loaded = load_model(model, backend=backend, quantize=quantize)
    notes.first_compile(loaded.backend)
    start = time.perf_counter()
    line = _ProgressLine(notes)
    try:
        made = make_book(
            source,
            output,
            model=loaded,
            narrator=narrator,
            cast=voices,
            chapters=chosen,
            skip=[kind.strip() for kind in skip.split(",") if kind.strip()],
            title=title,
            author=author,
            cover=cover,
            format=format,
            loudness=loudness if level else None,
            captions=captions,
            seed=seed,
            overwrite=overwrite,
            keep_parts=keep_parts,
            progress=line.show,
            **options,
        )
    finally:
        line.clear()
    for text, reason in made.unspoken:
        notes.line(f"not said: {text[:60]!r}: {reason}")
    taken = time.perf_counter() - start
    kept = f", {made.kept_parts} parts kept from an earlier run" if made.kept_parts else ""
    notes.line(
        f"{_hours(made.seconds)} in {len(made.chapters)} chapters, made in {_hours(taken)}{kept} "
        f"-> {output}"
    )


def _list_chapters(source: Path) -> None:
    from ptts_np.books.documents.read import read_document

    document = read_document(source)
    for number, chapter in enumerate(document.chapters, 1):
        words = sum(len(block.text.split()) for block in chapter.blocks)
        print(f"{number:4}  {words:7} words  {chapter.title}")


def _cast(text: str) -> dict[str, str]:
    pairs = [piece.partition("=") for piece in text.split(",") if piece.strip()]
    if bad := [name for name, equals, voice in pairs if not (equals and name.strip() and voice)]:
        raise InputError(f'cast is given as "anna=alba, tom=marius"; {bad[0]!r} has no voice')
    return {name.strip(): voice.strip() for name, _, voice in pairs}


class _ProgressLine:
    """What is done and the time left, on one line of a terminal."""

    def __init__(self, notes: Notes) -> None:
        self.moving = notes.moving
        self.start = time.perf_counter()
        self.stage = ""

    def show(self, progress: "Progress") -> None:
        if not self.moving:
            return
        if progress.stage != self.stage:
            self.stage, self.start = progress.stage, time.perf_counter()
        fresh = progress.done - progress.kept
        left = (time.perf_counter() - self.start) * (progress.total - progress.done)
        rest = f", {_hours(left / fresh)} left" if fresh else ""
        part = 100 * progress.done // max(progress.total, 1)
        print(f"\r\x1b[K{progress.stage} {part} %{rest}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.moving:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _hours(seconds: float) -> str:
    minutes, whole = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02} h" if hours else f"{minutes}:{whole:02} min"
