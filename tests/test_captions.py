"""Captions: what is shown of the text as written, and when; the files and the command."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.errors import InputError
from ptts_np.times import captions
from ptts_np.times.captions import Caption, as_json, clock, srt, webvtt, write
from ptts_np.times.words import SpokenWord
from tests.test_cli import run

TEXT = "It costs **$5** — or so. [pause 1s] They said: no <b> & --> yes."


def spoken(text: str, pattern: str = r"[\w$]+[.,:]?") -> list[SpokenWord]:
    """The words of a text, half a second each, with as much before the next."""
    found = [m for m in re.finditer(pattern, text) if m.group() not in ("pause", "1s", "b")]
    return [SpokenWord(m.group(), i, i + 0.5, *m.span()) for i, m in enumerate(found)]


def test_captions_show_the_text_as_written(monkeypatch) -> None:
    monkeypatch.setattr(captions, "PAUSE", 2.0)
    words = spoken(TEXT)
    five = next(i for i, word in enumerate(words) if word.word == "$5")
    # two words read from the same characters
    words.insert(five, words[five])
    assert captions.captions(TEXT, words) == [
        Caption(0, 4.5, "It costs $5 or so."),
        Caption(5, 8.5, "They said: no yes."),
    ]


def test_a_caption_ends_before_a_pause_and_before_it_is_too_long() -> None:
    words = [SpokenWord("a", 0, 0.5, 0, 1), SpokenWord("b", 1.2, 1.5, 2, 3)]
    assert [c.text for c in captions.captions("a b", words)] == ["a", "b"]
    long = "word " * 30
    words = [SpokenWord("word", i, i + 0.9, 5 * i, 5 * i + 4) for i in range(30)]
    found = captions.captions(long, words)
    assert max(len(c.text) for c in found) <= captions.LONGEST
    assert " ".join(c.text for c in found) == long.strip()
    assert captions.captions("...", []) == []


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "00:00:00.000"), (59.9996, "00:01:00.000"), (3661.5, "01:01:01.500")],
)
def test_the_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_the_files(tmp_path: Path) -> None:
    found = [Caption(0, 1.5, "A & B --> <i>"), Caption(2, 3, "C")]
    assert srt(found) == (
        "1\n00:00:00,000 --> 00:00:01,500\nA & B -> <i>\n\n2\n00:00:02,000 --> 00:00:03,000\nC\n"
    )
    assert webvtt(found) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nA &amp; B --&gt; &lt;i>\n\n"
        "00:00:02.000 --> 00:00:03.000\nC\n"
    )
    words = spoken("Hé, “you”.")
    write(tmp_path / "a.JSON", "Hé, “you”.", words)
    data = json.loads((tmp_path / "a.JSON").read_text(encoding="utf-8"))
    assert data["text"] == "Hé, “you”."
    assert data["words"][0] == {"word": "Hé,", "start": 0, "end": 0.5, "first": 0, "last": 3}
    assert json.loads(as_json("", [])) == {"text": "", "words": []}
    with pytest.raises(InputError, match=r"\.srt, \.vtt, \.json"):
        write(tmp_path / "a.txt", "", [])


@given(st.text(max_size=80), st.data())
@settings(max_examples=80, deadline=None)
def test_any_text_makes_well_formed_captions(text: str, data) -> None:
    words = spoken(text, r"\S+")
    found = captions.captions(text, words)
    for made, rows in ((srt(found), 3), (webvtt(found), 2)):
        blocks = [block for block in made.split("\n\n") if "-->" in block]
        assert len(blocks) == len(found)
        assert all(len(block.strip("\n").split("\n")) <= rows for block in blocks)
        assert made.count(" --> ") == len(found)


@pytest.mark.parametrize("suffix", ["srt", "vtt", "json"])
def test_say_writes_captions(suffix: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "Stop here, please. [pause 0.5s] It costs $5."
    assert run("say", text, "--output=a.wav", f"--captions=a.{suffix}", "--quiet", "--seed=1") == 0
    made = Path(f"a.{suffix}").read_text(encoding="utf-8")
    assert "$5." in made
    if suffix == "srt":
        assert [row for row in made.splitlines() if row[:1].isalpha()] == [
            "Stop here, please.",
            "It costs $5.",
        ]


def test_captions_of_another_kind_are_refused_before_the_work(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("say", "Hello.", "--output=a.wav", "--captions=a.txt") == 2
    assert not Path("a.wav").exists()


def test_what_was_passed_over_is_told(tmp_path: Path, monkeypatch, caplog) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("say", "One stray \x02 in a text of some length." * 3, "--output=a.wav") == 0
    assert "U+0002" in caplog.text
