"""The whole reading stage: spans, markup, control, hostile text."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptts_np.errors import ConfigError, InputError
from ptts_np.reading.lexicon import load_lexicon
from ptts_np.reading.policy import Policy
from ptts_np.reading.read import read


def said(text: str, **more: object) -> list[tuple[str, float]]:
    found = read(text, **more)  # type: ignore[arg-type]
    return [(segment.text, segment.pause) for segment in found.segments]


def test_every_word_has_the_characters_it_came_from() -> None:
    text = "We paid $5 & 20% to Dr. Hall, see **it** &amp; x²."
    spans = [(word.text, text[word.start : word.end]) for word in read(text).segments[0].words]
    assert ("dollars", "$5") in spans
    assert ("percent", "%") in spans
    assert ("Doctor", "Dr.") in spans
    assert ("Hall,", "Hall,") in spans
    assert ("it", "it") in spans
    assert ("and", "&amp;") in spans
    assert ("squared.", "x².") in spans


WRITTEN = [
    ("Chapter One\n\nThe gate was closed.", [("Chapter One", 0.5), ("The gate was closed.", 0)]),
    ("- apples\n- pears\n- plums", [("apples", 0.3), ("pears", 0.3), ("plums", 0)]),
    ("# Introduction\nText.", [("Introduction", 0.6), ("Text.", 0)]),
    ("A [text](https://a.com/b) here.\n=====\nMore.", [("A text here.", 0.6), ("More.", 0)]),
    ("one\n\n---\n\ntwo", [("one", 0.6), ("two", 0)]),
    ("**Bold** and *slanted* and `code`.", [("Bold and slanted and code.", 0)]),
    ("> quoted\n> text", [("quoted text", 0)]),
    ("| a | b |\n|---|---|\n| c | d |", [("a, b", 0.3), ("c, d", 0)]),
    ("```\nx = 1\n```\nEnd.", [("x equals one", 0.5), ("End.", 0)]),
    ("<p>Tea &amp; <b>cake</b></p><p>Now</p>", [("Tea and cake", 0.5), ("Now", 0)]),
    ("<html><script>no()</script><h1>Hi</h1>you</html>", [("Hi", 0.6), ("you", 0)]),
    ("A &amp; B", [("A and B", 0)]),
    ("Now<break time='2s'/> go.", [("Now", 2.0), ("go.", 0)]),
    ("Now [pause 0.5s] go [pause:250ms].", [("Now", 0.5), ("go", 0.25), (".", 0)]),
    ("exam\u00adple and \x1b[31mred\x1b[0m", [("example and red", 0)]),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN, ids=[w[0][:12] for w in WRITTEN])
def test_layout_is_heard_not_read(text: str, expected: list[tuple[str, float]]) -> None:
    assert said(text) == expected


def test_policies() -> None:
    text = "See https://example.com/a/b. 😀\n```\ncode\n```\n| a |\n|--|\n"
    skipping = Policy(code="skip", tables="skip", urls="skip", emoji="name")
    assert read(text, policy=skipping).text == "See. grinning face"
    assert read(text, policy=Policy(urls="host")).text.startswith("See example dot com")
    pauses = Policy(sentence_pause=0.2, paragraph_pause=1)
    assert [pause for _, pause in said("One. Two.\n\nThree.", policy=pauses)] == [0.2, 1, 0]
    with pytest.raises(InputError, match="sentence_pause"):
        read("x", policy=Policy(sentence_pause=1e9))


def test_a_stray_control_character_is_passed_over_with_a_warning() -> None:
    found = read("one stray \x02 in a book")
    assert found.text == "one stray in a book"
    assert len(found.warnings) == 1
    assert "U+0002" in found.warnings[0]


@pytest.mark.parametrize("text", ["a\0b", "\x01\x02\x03\x04", "\ud800"])
def test_binary_data_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)


def test_ssml() -> None:
    text = (
        "<speak>Hello <break time='1s'/> <prosody rate='slow' volume='+6dB'>slow "
        "<sub alias='World Wide Web'>WWW</sub></prosody> <mark name='here'/>"
        "<say-as interpret-as='characters'>ab1</say-as> <phoneme ph='tə'>to</phoneme> "
        "<voice name='oscar'>me &amp; you</voice></speak>"
    )
    found = read(text).segments
    assert [segment.text for segment in found] == [
        "Hello", "slow World Wide Web", "A B one to", "me and you"
    ]  # fmt: skip
    assert found[0].pause == 1
    assert (found[1].style.rate, found[1].style.volume) == (0.75, 6)
    assert found[2].marks == ("here",)
    assert found[2].words[-1].phonemes == "tə"
    assert found[3].style.voice == "oscar"
    assert [text[w.start : w.end] for w in found[3].words] == ["me", "&amp;", "you"]


BOMBS = [
    "<!DOCTYPE x [<!ENTITY a 'b'>]><speak>&a;</speak>",
    "<speak>" * 100 + "x" + "</speak>" * 100,
    "<speak>x<break time='1e9s'/></speak>",
    "<speak>x<break time='1000000000s'/></speak>",
    "<speak>x" + "<break time='60s'/>y" * 100 + "</speak>",
    "<speak>never closed",
    "<speak><evil/>x</speak>",
    "<speak><prosody rate='1000'>x</prosody></speak>",
    "<speak>&unknown;</speak>",
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_ssml_bombs_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text, markup="ssml")


def test_lexicon(tmp_path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("# mine\nNginx: engine ex\ncache: /kˈæʃ/\nC++ = see plus plus\n", "utf-8")
    found = read("Nginx has a Cache, and C++.", pronunciations=load_lexicon(path))
    assert found.text == "engine ex has a Cache, and see plus plus."
    assert [w.phonemes for w in found.segments[0].words if w.phonemes] == ["kˈæʃ"]
    path.write_text("fine: yes\nwhat is this\n", "utf-8")
    with pytest.raises(ConfigError, match="line 2"):
        load_lexicon(path)


def test_lines_of_a_script() -> None:
    text = "[oscar] Good morning.\n[clara] Hello! [laughs]\nStill me."
    found = read(text, voices=["oscar", "clara"]).segments
    assert [(s.style.voice, s.text) for s in found] == [
        ("oscar", "Good morning."),
        ("clara", "Hello! [laughs] Still me."),
    ]


MARKUPS = ["auto", "plain", "markdown", "html", "ssml"]
ODD = st.sampled_from(
    ["1/2", "$", "<b>", "&#x0;", "[pause ", "1e9s]", "\u0301", "IV ", "😀", "٣", "²", "|", "```\n",
     "½", "A.", "\n\n", "# ", "- ", "1.", "<break time=",
     "]]>", "\x02", "@a.com", "::", "'s",
     "\ue000"]
)  # fmt: skip


@given(
    st.lists(st.one_of(st.text(max_size=12), ODD), max_size=12).map("".join),
    st.sampled_from(MARKUPS),
    st.sampled_from(["en", "fr", "de", "it", "pt", "es", "nl"]),
)
def test_any_text_is_read_or_refused(text: str, markup: str, language: str) -> None:
    try:
        found = read(text, markup=markup, language=language)
    except InputError:
        return
    for segment in found.segments:
        assert 0 <= segment.pause <= 3600
        for word in segment.words:
            assert 0 <= word.start < word.end <= len(text)
            assert word.text
            assert not re.search(r"[\s\d]", word.text)


def test_digits_of_other_scripts_in_addresses() -> None:
    for text in ("٠@0.AA", "#a٣b", "https://x.org/٤"):
        words = " ".join(w.text for s in read(text, language="en").segments for w in s.words)
        assert not re.search(r"\d", words)


UNITS = [
    "a ", "9", "1 ", "[", "<", "_a ", "a.", "<!--", "![", ".", "1.", "a@", "$", "&#1", "A. ",
    "*a", "\n", "- a\n", "1-", "e\u0301", "(1", "x", "1,234", "<a ", "`", "|", "**",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("markup", ["auto", "html"])
def test_time_is_linear(unit: str, markup: str) -> None:
    read("Warm up on May 5.")
    start = time.process_time()
    read("a " * 12_500)
    plain = 4 * (time.process_time() - start)  # 100 kB of it, at this machine's speed of the moment
    taken = []
    for size in (25_000, 100_000):
        runs = []
        for _ in range(3):  # the shortest: others' work on the machine takes its time, too
            start = time.process_time()
            read(unit * (size // len(unit)), markup=markup)
            runs.append(time.process_time() - start)
        taken.append(min(runs))
    # four times the text takes four times as long, where it is quadratic sixteen times
    assert taken[1] < max(9 * taken[0], 0.5)
    assert taken[1] < max(5, 6 * plain)


def test_a_sentence_costs_little() -> None:
    text = "We met Dr. Hall on June 28, 2026 and paid $3.50 for 2 cups of tea, 5% more. "
    read(text)
    start = time.process_time()
    read(text * 200)
    assert time.process_time() - start < 200 * 2e-3


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("es", "21 días", "veintiún días"),
        ("es", "21 noches", "veintiuna noches"),
        ("es", "500 ciudades", "quinientas ciudades"),
        ("es", "31 programas", "treinta y un programas"),
        ("pt", "2 problemas", "dois problemas"),
        ("pt", "22 nações", "vinte e duas nações"),
        ("de", "v2.1", "Version zwei Punkt eins"),
        ("pt", "v2.1", "versão dois ponto um"),
    ],
)
def test_numbers_agree_with_nouns_and_versions_have_points(
    language: str, written: str, spoken: str
) -> None:
    assert read(written, language=language).text == spoken
