"""The script that speaks a whole book and kills its process, on a few chapters in noise."""

import random
import shutil
import sys
from pathlib import Path

import pytest

from ptts_np.books.documents.read import read_document
from scripts import whole_book
from tests.conftest import GOLDEN

pytest.importorskip("av")
pytest.importorskip("lxml")

FOLDER = GOLDEN / "lsd_2026_10"
PRINTED = """
Genesis 1

  1 In the beginning God created the heaven and the earth.
  2 And the earth was without form, and void; and darkness was upon the face of
the deep.

Genesis 2

  1 Thus the heavens & the earth were finished.

1 Samuel 1

  1 Now there was a certain man.
"""


def test_the_bible_as_an_epub(tmp_path: Path) -> None:
    document = read_document(whole_book.bible_epub(tmp_path / "b.epub", PRINTED))
    assert [chapter.title for chapter in document.chapters] == [
        "Genesis 1",
        "Genesis 2",
        "1 Samuel 1",
    ]
    texts = [[b.text for b in c.blocks if b.kind == "text"] for c in document.chapters]
    assert texts[0][1].endswith("upon the face of the deep.")
    assert texts[1:] == [
        ["Thus the heavens & the earth were finished."],
        ["Now there was a certain man."],
    ]


def test_the_manual_has_a_chapter_a_document(tmp_path: Path) -> None:
    found = whole_book.titles(whole_book.manual(tmp_path), None)
    assert "Books" in found
    assert "Corpora" in found
    assert whole_book.titles(whole_book.manual(tmp_path), "2") == found[1:2]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
@pytest.mark.parametrize("kind", ["epub", "md"])
def test_killed_at_random_moments(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed again and again, at any moment; the end is that of one quiet run."""
    monkeypatch.setenv("PTTS_TYPECHECK", "0")
    source = tmp_path / f"a.{kind}"
    if kind == "epub":
        verses = "\n".join(f"Genesis {n}\n\n  1 Verse {n}.\n" for n in range(1, 41))
        whole_book.bible_epub(source, verses)
    else:
        source.write_text("".join(f"# C{n}\n\nText {n}.\n\n" for n in range(40)), encoding="utf-8")
    command = [sys.executable, "-m", "ptts_np", "book", str(source)]
    rest = ["--model", str(FOLDER / "config.yaml"), "--narrator", str(FOLDER / "voice.safetensors")]
    rest += ["--backend", "numba", "--frames_after_eos", "1", "--eos_threshold", "-1000"]
    rest += ["--title", whole_book.TITLE, "--author", whole_book.AUTHOR]
    quiet, shaken = tmp_path / "quiet.m4b", tmp_path / "shaken.m4b"
    run = whole_book.undisturbed([*command, str(quiet), *rest])
    rng = random.Random(kind)
    moments = [*whole_book.kill_moments(3, run.seconds, rng), 0.7 * run.seconds]
    killed, _ = whole_book.disturbed([*command, str(shaken), *rest], moments, shaken.exists)
    assert killed > 0
    assert shaken.read_bytes() == quiet.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {source.name, "quiet.m4b", "shaken.m4b"}
    if shutil.which("ffprobe"):
        found = whole_book.probed(quiet)
        assert not list(whole_book.wrong(found, whole_book.titles(source, None)))
        assert list(whole_book.wrong(found, ["Another"]))
