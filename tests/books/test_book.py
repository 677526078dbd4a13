"""Documents to audiobooks: chapters, tags, the same bytes after any accident."""

import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import ptts_np
from ptts_np import many
from ptts_np.audio.loudness import loudness
from ptts_np.books.make import Progress
from ptts_np.cli.commands import run
from ptts_np.errors import InputError, OutputError, PttsError
from tests.books.making import PNG, epub
from tests.conftest import GOLDEN, load_model

av = pytest.importorskip("av")
pytest.importorskip("lxml")

FOLDER = GOLDEN / "lsd_2026_10"
VOICE = str(FOLDER / "voice.safetensors")
FEW: dict[str, Any] = {"frames_after_eos": 1, "eos_threshold": -1000.0}  # as short as can be


def make(source: Path, output: Path, **options: Any) -> Any:
    """A book in noise: with a tiny model, and lines of under a second."""
    model = load_model("lsd_2026_10")
    return ptts_np.book(source, output, model=model, narrator=VOICE, **FEW, **options)


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    text = "<h1>Chapter {}</h1><p>It goes on.</p><p>And on.</p>"
    chapters = {f"{n}.xhtml": text.format(n) for n in "123"}
    return epub(tmp_path / "novel.epub", chapters, toc=[(f"{n}.xhtml", f"The {n}.") for n in "123"])


@pytest.mark.parametrize("suffix", [".m4b", ".mp3"])
def test_one_file_with_chapters(novel: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"novel{suffix}"
    made = make(novel, output, author="Bob")
    assert made.files == (output,)
    assert made.chapters == ("The 1.", "The 2.", "The 3.")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["novel.epub", output.name]
    with av.open(str(output)) as container:
        chapters = container.chapters()
        tags = container.metadata
        seconds = float(container.duration / av.time_base)
        pictures = [s for s in container.streams.video if s.disposition.attached_pic]
        assert next(bytes(packet) for packet in container.demux(pictures[0])) == PNG
    assert [chapter["metadata"]["title"] for chapter in chapters] == list(made.chapters)
    assert chapters[0]["start"] == 0
    assert all(a["end"] == b["start"] for a, b in pairwise(chapters))
    end = float(chapters[-1]["end"] * chapters[-1]["time_base"])
    assert end == pytest.approx(made.seconds, abs=0.01)
    assert seconds == pytest.approx(made.seconds, abs=0.2)
    assert (tags["title"], tags["artist"], tags["genre"]) == ("A Book", "Bob", "Audiobook")


@pytest.mark.parametrize("kind", ["m4a", "mp3", "opus", "flac"])
def test_a_folder_of_chapters_with_captions(novel: Path, tmp_path: Path, kind: str) -> None:
    made = make(novel, tmp_path / "out", format=kind, captions=True)
    names = [path.name for path in made.files]
    assert names == [f"{n} The {n}{end}" for n in "123" for end in (f".{kind}", ".vtt")]
    with av.open(str(made.files[2])) as container:
        stream = container.streams.audio[0]
        tags = {**container.metadata, **stream.metadata}  # Ogg keeps them with the stream
        frames = sum(frame.samples for frame in container.decode(stream))
        assert {key.lower(): value for key, value in tags.items()}["title"] == "The 2."
        assert frames / stream.rate == pytest.approx(made.seconds / 3, abs=1.5)
    captions = made.files[3].read_text(encoding="utf-8")
    assert captions.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:0")
    assert [row for row in captions.splitlines() if "Chapter" in row or "on." in row] == [
        "Chapter 2",
        "It goes on.",
        "And on.",
    ]


def test_captions_of_a_few_words(tmp_path: Path) -> None:
    """With `mini`, which has word times; the sound is that of a book without captions."""
    source = tmp_path / "a.md"
    text = "The first of them went away at 5 pm, and nobody saw it. The second stayed for a while."
    source.write_text(f"# One\n\n{text}\n\n# Two\n\nNot at all.\n", encoding="utf-8")
    plain = ptts_np.book(source, tmp_path / "plain.m4b")
    made = ptts_np.book(source, tmp_path / "a.m4b", captions=True)
    assert made.files[0].read_bytes() == plain.files[0].read_bytes()
    rows = made.files[1].read_text(encoding="utf-8").splitlines()
    assert " ".join(rows[3::3]) == f"One {text} Two Not at all."
    assert max(map(len, rows[3::3])) <= 50
    clocks = [moment for row in rows[2::3] for moment in row.split(" --> ")]
    assert clocks == sorted(clocks)


def test_loudness_is_even(novel: Path, tmp_path: Path) -> None:
    make(novel, tmp_path / "out", format="flac", loudness=-33.0)
    for path in (tmp_path / "out").iterdir():
        samples, rate = _samples(path)
        assert loudness(samples, rate) == pytest.approx(-33, abs=0.3)
        assert np.abs(samples).max() <= 10 ** (-1 / 20) + 1e-4


def _samples(path: Path) -> tuple[np.ndarray, int]:
    import soundfile

    return soundfile.read(path, dtype="float32")


def test_the_same_bytes_however_many_at_once(tmp_path: Path, monkeypatch: Any) -> None:
    """Lines of several voices are rows of one engine, and each is what it is alone."""
    other = tmp_path / "other.safetensors"
    tensors = load_file(VOICE)
    save_file({name: np.asarray(0.9 * t, t.dtype) for name, t in tensors.items()}, other)
    source = tmp_path / "play.md"
    lines = "".join(f"[anna] Hello, {n}.\n\n[tom] Hello.\n\nSilence.\n\n" for n in range(6))
    source.write_text(f"# One\n\n{lines}# Two\n\n{lines}", encoding="utf-8")
    cast = {"anna": VOICE, "tom": str(other)}
    first = make(source, tmp_path / "a.m4b", cast=cast).files[0].read_bytes()
    assert make(source, tmp_path / "c.m4b", cast=cast, seed=1).files[0].read_bytes() != first
    cast["tom"] = VOICE
    assert make(source, tmp_path / "d.m4b", cast=cast).files[0].read_bytes() != first
    cast["tom"] = str(other)
    monkeypatch.setattr(many, "TEXTS_SIDE_BY_SIDE", 1)
    assert make(source, tmp_path / "b.m4b", cast=cast).files[0].read_bytes() == first


def test_a_changed_chapter_alone_is_spoken_again(tmp_path: Path) -> None:
    source = tmp_path / "a.md"
    source.write_text("# One\n\nFirst.\n\n# Two\n\nSecond.", encoding="utf-8")
    assert make(source, tmp_path / "a.m4b", keep_parts=True).kept_parts == 0
    source.write_text("# One\n\nFirst.\n\n# Two\n\nAnother.", encoding="utf-8")
    assert make(source, tmp_path / "a.m4b", keep_parts=True, overwrite=True).kept_parts == 1
    assert make(source, tmp_path / "a.m4b", overwrite=True, seed=3).kept_parts == 0


def test_a_damaged_part_is_spoken_again(tmp_path: Path) -> None:
    source = tmp_path / "a.md"
    source.write_text("# One\n\nFirst.\n\n# Two\n\nSecond.", encoding="utf-8")
    good = make(source, tmp_path / "a.m4b", keep_parts=True).files[0].read_bytes()
    parts = sorted((tmp_path / "a.m4b.parts").glob("*.flac"))
    parts[0].write_bytes(parts[0].read_bytes()[:-10])
    parts[1].with_suffix(".json").write_text('{"samples": 1', encoding="utf-8")
    made = make(source, tmp_path / "a.m4b", overwrite=True)
    assert made.kept_parts == 0
    assert made.files[0].read_bytes() == good


def test_an_interruption_keeps_what_is_finished(tmp_path: Path) -> None:
    source = tmp_path / "a.md"
    source.write_text("".join(f"# C{n}\n\nText {n}.\n\n" for n in range(4)), encoding="utf-8")
    whole = make(source, tmp_path / "whole.m4b").files[0].read_bytes()

    def interrupt(progress: Progress) -> None:
        if progress.done >= progress.total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(source, tmp_path / "a.m4b", progress=interrupt)
    assert not (tmp_path / "a.m4b").exists()
    made = make(source, tmp_path / "a.m4b")
    assert made.kept_parts >= 2
    assert made.files[0].read_bytes() == whole


def test_two_runs_at_once(novel: Path, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Progress) -> None:
        begun.set()
        assert go_on.wait(60)

    first = threading.Thread(
        target=make, args=(novel, tmp_path / "a.m4b"), kwargs={"progress": wait}
    )
    first.start()
    try:
        assert begun.wait(60)
        with pytest.raises(InputError, match="another run is at work"):
            make(novel, tmp_path / "a.m4b")
    finally:
        go_on.set()
        first.join()
    assert (tmp_path / "a.m4b").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"narrator": "nobody"}, "no voice or file 'nobody'"),
        ({"cast": {"a": "nobody"}}, "no voice or file 'nobody'"),
        ({"chapters": [9]}, "no chapter 9"),
        ({"loudness": 3.0}, "-40 to -5 LUFS"),
        ({"seed": -1}, "seed must be"),
        ({"temperature": 9.0}, "temperature must be"),
        ({"cover": "none.png"}, "can't read the cover"),
    ],
)
def test_refusals_leave_nothing(novel: Path, tmp_path: Path, options: Any, words: str) -> None:
    options = {"narrator": VOICE, **options}
    with pytest.raises(PttsError, match=words):
        ptts_np.book(novel, tmp_path / "a.m4b", model=load_model("lsd_2026_10"), **options)
    assert [path.name for path in tmp_path.iterdir()] == ["novel.epub"]


@pytest.mark.parametrize("output", ["a.wav", "a.opus", "a.xyz"])
def test_files_that_hold_no_chapters(novel: Path, tmp_path: Path, output: str) -> None:
    with pytest.raises(InputError, match=r"chapters|choose from"):
        make(novel, tmp_path / output)


def test_a_cover_that_is_no_picture(novel: Path, tmp_path: Path) -> None:
    (tmp_path / "cover.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match="not a JPEG or PNG"):
        make(novel, tmp_path / "a.m4b", cover=tmp_path / "cover.png")
    assert not (tmp_path / "a.m4b").exists()


def test_an_output_that_exists_is_kept(novel: Path, tmp_path: Path) -> None:
    (tmp_path / "a.m4b").write_text("mine", encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    for output in ("a.m4b", "out"):
        with pytest.raises(InputError, match="--overwrite"):
            make(novel, tmp_path / output)
    assert (tmp_path / "a.m4b").read_text(encoding="utf-8") == "mine"


def test_a_line_that_cannot_be_said_is_told(tmp_path: Path) -> None:
    """Another language's letters in `mini`'s English: the rest is spoken, the line is named."""
    source = tmp_path / "a.md"
    source.write_text("# One\n\nHello.\n\n你好。\n", encoding="utf-8")
    made = ptts_np.book(source, tmp_path / "a.m4b")
    assert [text for text, _ in made.unspoken] == ["你好。"]
    source.write_text("你好。", encoding="utf-8")
    with pytest.raises(InputError, match="no line could be said"):
        ptts_np.book(source, tmp_path / "b.m4b")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on files there")
def test_a_full_disk(novel: Path, tmp_path: Path) -> None:
    """Where nothing more can be written, that is said, and no half file stays."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OutputError, match="can't write"):
            make(novel, tmp_path / "a.m4b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "a.m4b").exists()
    assert not list((tmp_path / "a.m4b.parts").glob("*.flac"))
    make(novel, tmp_path / "a.m4b")


def test_the_command(novel: Path, tmp_path: Path, capsys: Any) -> None:
    using = ["--model", str(FOLDER / "config.yaml"), "--narrator", VOICE, "--eos_threshold=-1000"]
    assert run(["book", str(novel), "--contents"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["2", "7", "words", "The", "2."]
    output = str(tmp_path / "a.m4b")
    assert run(["book", str(novel), output, *using, "--chapters", "2-3", "--title", "Mine"]) == 0
    assert "in 2 chapters, made in" in capsys.readouterr().err
    with av.open(output) as container:
        assert container.metadata["title"] == "Mine"
    assert run(["book", str(novel), output, *using]) == 2
    assert "is there already: --overwrite replaces it" in capsys.readouterr().err
    assert run(["book", str(novel)]) == 2
    assert run(["book", str(novel), output, "--cast", "anna"]) == 2
    assert "'anna' has no voice" in capsys.readouterr().err


def test_without_the_extra(novel: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    start = time.perf_counter()
    with pytest.raises(InputError, match=r'pip install "ptts-np\[book\]"'):
        make(novel, tmp_path / "a.m4b")
    assert time.perf_counter() - start < 5
