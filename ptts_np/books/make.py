"""A document to an audiobook, from top to bottom."""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from typing_extensions import Unpack

from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.books import plan as plans
from ptts_np.books.captions import webvtt
from ptts_np.books.document import Document
from ptts_np.books.documents.read import library, read_document
from ptts_np.books.join import Mark, Tags, format_of, write_joined
from ptts_np.books.parts import Manner, Spoken, kept_part, names_of, speak_parts
from ptts_np.books.plan import Plan
from ptts_np.errors import InputError
from ptts_np.fetch.atomic import explained, write_bytes
from ptts_np.jobs.lock import only_run
from ptts_np.loading import Model, load_model
from ptts_np.passages import language_of
from ptts_np.sampling import Options, resolve
from ptts_np.voice import default_voice, load_voice

LOUDNESS = -19.0
"""LUFS: within what audiobook shops ask of a mono file (RMS -23 to -18 dB)."""
MAX_COVER_BYTES = 8 << 20


@dataclass(frozen=True)
class Progress:
    """How far the work is: `stage` is "speaking" or "writing", `done` and `total` count characters
    or samples; `kept` of the first were there from an earlier run."""

    stage: str
    done: int
    total: int
    kept: int


@dataclass(frozen=True)
class Book:
    """What was made: the files, seconds of sound, titles of chapters, how many parts an earlier
    run had left, and the lines that could not be said, with the reason."""

    files: tuple[Path, ...]
    seconds: float
    chapters: tuple[str, ...]
    kept_parts: int
    unspoken: tuple[tuple[str, str], ...]


def book(
    source: str | PathLike[str],
    output: str | PathLike[str],
    *,
    model: Model | None = None,
    narrator: str | None = None,
    cast: Mapping[str, str] | None = None,
    chapters: Sequence[int] | None = None,
    skip: Iterable[str] = plans.SKIPPED,
    title: str | None = None,
    author: str | None = None,
    cover: str | PathLike[str] | None = None,
    format: str = "m4a",
    loudness: float | None = LOUDNESS,
    captions: bool = False,
    seed: int = 0,
    overwrite: bool = False,
    keep_parts: bool = False,
    progress: Callable[[Progress], None] | None = None,
    **options: Unpack[Options],
) -> Book:
    """Speak a document into an audiobook with chapters.

    - `source`: an EPUB, Markdown, HTML, DOCX, PDF (with text) or text file.
    - `output`: an .m4b, .m4a or .mp3 file with chapters, or a folder for a file a chapter.
    - `model`: from `load_model`; default that of `load_model()`.
    - `narrator`: any voice `load_voice` takes; default the model's. `cast`: further voices by the
      names of a script's speakers, whose blocks begin with `[name]`.
    - `chapters`: numbers from 1; default all. `skip`: kinds of blocks that are left out: heading,
      text, item, quote, caption, note, table, code.
    - `title`, `author`, `cover` (a JPEG or PNG file): instead of the document's own.
    - `format`: of the files in a folder: m4a, mp3, opus or flac.
    - `loudness`: LUFS, -40 to -5, that each voice is brought to, a few minutes at a time; None
      leaves it as it is.
    - `captions`: also write what is said with its times, as WebVTT, beside each file: in captions
      of a few words where the model has `text_heads`, else by lines.
    - `seed`: fixes the result, to the byte, with one backend and version.
    - `overwrite`: replace an output that is there. `keep_parts`: leave the folder of finished
      parts, `OUTPUT.parts`, where it is.
    - `progress`: called from time to time.

    What is finished is kept: after a crash or Ctrl-C the same call goes on, and loses the few
    minutes that were being spoken. Raises InputError, VoiceError or OutputError.
    """
    target = Path(output)
    library("av")
    suffix = target.suffix or f".{format.removeprefix('.')}"
    format_of(suffix)
    if target.suffix and not format_of(suffix).has_chapters:
        raise InputError(f"{suffix} can't hold chapters: use .m4b, .mp3, or the name of a folder")
    _check_target(target, overwrite)
    if loudness is not None and not -40 <= loudness <= -5:
        raise InputError(f"loudness must be from -40 to -5 LUFS, not {loudness}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed must be a whole number from 0, not {seed!r}")
    document = read_document(Path(source))
    model = model or load_model()
    resolve(model.config, options)
    narrator = narrator or default_voice(model)
    language = language_of(model) or "en"
    planned = plans.make_plan(
        document, narrator, cast=cast, chapters=chapters, skip=skip, language=language
    )
    voices = {name: load_voice(model, name) for name in {narrator, *(cast or {}).values()}}
    manner = Manner(
        model, voices, seed, options, loudness, words=captions and bool(model.config.text_heads)
    )
    tags = Tags(
        title or document.title, document.author if author is None else author,
        cover=_picture(cover, document),
    )  # fmt: skip

    folder = target.with_name(target.name + ".parts")
    with only_run(folder):
        teller = _Teller(progress or (lambda _: None), planned)
        spoken = _speak_all(folder, planned, manner, teller)
        files = tuple(_write_all(target, suffix, folder, planned, spoken, tags, captions, teller))
        if not keep_parts:
            shutil.rmtree(folder, ignore_errors=True)
    return Book(
        files=files,
        seconds=sum(part.samples for _, part in spoken) / SAMPLE_RATE,
        chapters=planned.titles,
        kept_parts=teller.kept_parts,
        unspoken=tuple(
            (part.lines[int(index)].text, reason)
            for part, (_, done) in zip(planned.parts, spoken, strict=True)
            for index, reason in done.unspoken.items()
        ),
    )


class _Teller:
    """Counts what is done, for `progress`."""

    def __init__(self, tell: Callable[[Progress], None], planned: Plan) -> None:
        self.tell = tell
        self.total = planned.characters
        self.kept_parts = self.kept = self.done = self.written = 0

    def speaking(self, characters: int, kept: bool) -> None:
        self.done += characters
        self.kept += characters * kept
        self.kept_parts += kept
        self.tell(Progress("speaking", self.done, self.total, self.kept))

    def writing(self, samples: int, total: int) -> None:
        self.written += samples
        self.tell(Progress("writing", self.written, total, 0))


def _check_target(target: Path, overwrite: bool) -> None:
    """Refuse an output that is there, unless it is a folder that this work has begun."""
    if overwrite or not target.exists():
        return
    if target.suffix or not target.is_dir():
        raise InputError(f"{target} is there already: --overwrite replaces it")
    begun = target.with_name(target.name + ".parts").exists()
    if not begun and any(target.iterdir()):
        raise InputError(f"the folder {target} is not empty: --overwrite writes into it")


def _picture(cover: str | PathLike[str] | None, document: Document) -> bytes | None:
    if cover is None:
        return document.cover
    try:
        with Path(cover).open("rb") as file:
            data = file.read(MAX_COVER_BYTES + 1)
    except OSError as error:
        raise InputError(f"can't read the cover {cover}: {error.strerror or error}") from error
    if len(data) > MAX_COVER_BYTES:
        raise InputError(f"the cover {cover} is larger than {MAX_COVER_BYTES >> 20} MB")
    return data


def _speak_all(
    folder: Path, planned: Plan, manner: Manner, teller: _Teller
) -> list[tuple[Path, Spoken]]:
    """The file of each part in order, spoken now or kept from an earlier run."""
    names = names_of(planned.parts, manner)
    done: dict[str, Spoken] = {}
    missing = {}
    for name, part in zip(names, planned.parts, strict=True):
        kept = done.get(name) or kept_part(folder, name)
        if kept is None:
            missing[name] = part
        else:
            done[name] = kept
            teller.speaking(sum(len(line.text) for line in part.lines), kept=True)
    for name, spoken in speak_parts(folder, missing, manner):
        done[name] = spoken
        teller.speaking(sum(len(line.text) for line in missing[name].lines), kept=False)
    if all(
        len(done[name].unspoken) == len(part.lines)
        for name, part in zip(names, planned.parts, strict=True)
    ):
        reason = next(iter(next(iter(done.values())).unspoken.values()))
        raise InputError(f"no line could be said: {reason}")
    return [(folder / f"{name}.flac", done[name]) for name in names]


def _write_all(
    target: Path,
    suffix: str,
    folder: Path,
    planned: Plan,
    spoken: list[tuple[Path, Spoken]],
    tags: Tags,
    captions: bool,
    teller: _Teller,
) -> Iterator[Path]:
    """Join the parts into the output's files."""
    total = sum(part.samples for _, part in spoken)
    marks = list(_marks(planned, spoken))
    timed = list(_timed(spoken))

    def told(samples: int) -> None:
        teller.writing(samples, total)

    if target.suffix:
        whole = folder / target.name
        write_joined(whole, [path for path, _ in spoken], marks, tags, progress=told)
        yield _move(whole, target)
        if captions:
            yield _write_captions(target, timed)
        return
    with explained(str(target)):
        target.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(marks)))
    for index, mark in enumerate(marks):
        parts = [
            path
            for part, (path, _) in zip(planned.parts, spoken, strict=True)
            if part.chapter == index
        ]
        path = target / f"{index + 1:0{digits}} {_file_name(mark.title)}{suffix}"
        track = Tags(mark.title, tags.author, tags.title, f"{index + 1}/{len(marks)}", tags.cover)
        write_joined(folder / path.name, parts, [], track, progress=told)
        yield _move(folder / path.name, path)
        if captions:
            own = [(a - mark.start, b - mark.start, text) for a, b, text in timed
                   if mark.start <= a < mark.end]  # fmt: skip
            yield _write_captions(path, own)


def _move(made: Path, target: Path) -> Path:
    """Put a finished file from the folder of parts, where a crash leaves its rubbish, in place."""
    with explained(str(target)):
        made.replace(target)
    return target


def _marks(planned: Plan, spoken: list[tuple[Path, Spoken]]) -> Iterator[Mark]:
    lengths = [0] * len(planned.titles)
    for part, (_, done) in zip(planned.parts, spoken, strict=True):
        lengths[part.chapter] += done.samples
    start = 0
    for title, length in zip(planned.titles, lengths, strict=True):
        yield Mark(title, start, start + length)
        start += length


def _timed(spoken: list[tuple[Path, Spoken]]) -> Iterator[tuple[int, int, str]]:
    """The captions of all parts, within the whole."""
    place = 0
    for _, done in spoken:
        for start, end, text in done.captions:
            yield place + start, place + end, text
        place += done.samples


def _write_captions(path: Path, timed: list[tuple[int, int, str]]) -> Path:
    beside = path.with_suffix(".vtt")
    write_bytes(beside, webvtt(timed).encode("utf-8"))
    return beside


def _file_name(title: str) -> str:
    """A chapter's title as part of a file's name on any system."""
    plain = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", title)
    return " ".join(plain.split())[:80].rstrip(". ") or "chapter"
