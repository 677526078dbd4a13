"""Preparing and splitting text: the recorded cases to the character, and bad or endless input."""

import json
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.errors import ConfigError, InputError
from ptts_np.text.chunks import TextRules, frames_after_eos_guess, prepare, split
from ptts_np.text.tokenizer import Tokenizer, load_tokenizer

GOLDEN = Path(__file__).parent / "golden"
FOLDERS = sorted(path.parent.name for path in GOLDEN.glob("*/cases.json"))
PLAIN = TextRules()


def golden(folder: str) -> tuple[TextRules, Tokenizer, list[dict[str, Any]]]:
    config = yaml.safe_load((GOLDEN / folder / "config.yaml").read_text(encoding="utf-8"))
    names = {field.name for field in fields(TextRules)}
    rules = TextRules(**{name: value for name, value in config.items() if name in names})
    table = config["flow_lm"]["lookup_table"]
    path = GOLDEN / folder / table["tokenizer_path"]
    cases = json.loads((GOLDEN / folder / "cases.json").read_text(encoding="utf-8"))
    tokenizer = load_tokenizer(table["tokenizer"], path, table["n_bins"])
    return rules, tokenizer, cases["text_cases"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return golden("lsd_2026_10")[1]


def test_all_six_folders_are_checked() -> None:
    assert len(FOLDERS) == 6


@pytest.mark.parametrize("folder", FOLDERS)
def test_recorded_cases(folder: str) -> None:
    rules, tokenizer, cases = golden(folder)
    assert cases
    for case in cases:
        chunks = split(case["text"], rules, tokenizer, case["max_tokens"])
        prepared = [prepare(chunk, rules) for chunk in chunks]
        assert chunks == case["chunks"]
        assert prepared == case["prepared"]
        assert [tokenizer.encode(text) for text in prepared] == case["tokens"]
        guesses = case["frames_after_eos_guess"]
        assert [frames_after_eos_guess(chunk) for chunk in chunks] == guesses
        assert [frames_after_eos_guess(chunk, rules) for chunk in chunks] == guesses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  hello ", "Hello."),
        ("Hi\r\nthere", "Hi there."),
        ("wait -", "Wait."),
        ("one, two,", "One, two."),
        ("she said “no”", "She said “no”."),
        ("she said “no.”", "She said “no.”"),
        ("she said (maybe,)", "She said (maybe.)"),
        ("and so on…", "And so on…"),
        ("Über", "Über."),
        ("42", "42."),
    ],
)
def test_prepare_writes_a_sentence(text: str, expected: str) -> None:
    assert prepare(text, PLAIN) == expected


def test_prepare_follows_the_rules() -> None:
    bare = TextRules(capitalize_first_letter=False, append_terminal_punctuation=False)
    assert prepare(" hello; you", bare) == "hello; you"
    assert prepare("a; b", TextRules(remove_semicolons=True)) == "A, b."
    padded = TextRules(pad_with_spaces_for_short_inputs=True)
    assert prepare("one two three four", padded) == " " * 8 + "One two three four."
    assert prepare("one two three four five", padded) == "One two three four five."
    quotes = TextRules(replace_characters={'"': "", "–": ","})
    assert prepare('"Hi?", she\n said – then', quotes) == "Hi? she said , then."


def test_guess_counts_the_words_that_are_left() -> None:
    assert frames_after_eos_guess("one two three four") == 3
    assert frames_after_eos_guess("one two three four five") == 1
    dashes = TextRules(replace_characters={"–": ""})
    assert frames_after_eos_guess("one – two – three") == 1
    assert frames_after_eos_guess("one – two – three", dashes) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("...", "no letter or digit"),
        ("?! — ”", "no letter or digit"),
        ("a\x00b", r"character 2 .*U\+0000"),
        ("\x1b[31mred", r"character 1 .*U\+001B"),
        ("good \x7f", r"U\+007F"),
        ("caf\udce9", r"character 4 .*U\+DCE9.*UTF-8"),
    ],
)
def test_refuses_what_can_not_be_said(text: str, message: str, tokenizer: Tokenizer) -> None:
    with pytest.raises(InputError, match=message):
        prepare(text, PLAIN)
    with pytest.raises(InputError, match=message) as caught:
        split(text, PLAIN, tokenizer, 50)
    assert "\n" not in str(caught.value)


def test_text_that_the_rules_delete_is_empty() -> None:
    with pytest.raises(InputError, match="empty"):
        prepare('""', TextRules(replace_characters={'"': ""}))


def test_text_of_unknown_characters_only() -> None:
    rules, tokenizer, _ = golden("drifting")
    with pytest.raises(InputError, match="none of the characters"):
        split("你好", rules, tokenizer, 50)


def test_refuses_rules_and_budgets_that_make_no_sense(tokenizer: Tokenizer) -> None:
    with pytest.raises(ConfigError, match="'ab'"):
        TextRules(replace_characters={"ab": "c"})
    with pytest.raises(InputError, match="max_tokens is 0"):
        split("Hello.", PLAIN, tokenizer, 0)


def test_decimals_are_not_cut_and_silent_chunks_are_dropped(tokenizer: Tokenizer) -> None:
    assert split("Take 3.14 of 2.5 now. Go.", PLAIN, tokenizer, 15) == [
        "Take 3.14 of 2.5 now.",
        "Go.",
    ]
    chunks = split('Yes. " Yes it is. " ', PLAIN, tokenizer, 3)
    assert chunks
    assert all(any(map(str.isalnum, chunk)) for chunk in chunks)


def test_phrase_without_punctuation_stays_whole_up_to_twice_the_budget(
    tokenizer: Tokenizer,
) -> None:
    text = "The lazy dog and the quick fox and the lazy dog"
    count = len(tokenizer.encode(text + "."))
    assert split(text, PLAIN, tokenizer, -(-count // 2)) == [text + "."]
    chunks = split(text, PLAIN, tokenizer, count // 2 - 2)
    assert len(chunks) > 1
    assert " ".join(chunks) == text + "."


def test_endless_text_without_punctuation_is_cut_between_words(tokenizer: Tokenizer) -> None:
    words = ["the", "lazy", "dog", "and", "then", "it", "sleeps"] * 2500
    chunks = split(" ".join(words), PLAIN, tokenizer, 50)
    assert " ".join(chunks).lower().rstrip(".").split() == words
    assert all(len(tokenizer.encode(chunk)) <= 50 for chunk in chunks)
    assert sum(len(tokenizer.encode(chunk)) for chunk in chunks) / len(chunks) > 30


def test_endless_word_is_cut_within(tokenizer: Tokenizer) -> None:
    chunks = split("a" * 20_000, PLAIN, tokenizer, 50)
    assert "".join(chunks).lower() == "a" * 20_000 + "."
    assert all(len(tokenizer.encode(chunk)) <= 50 for chunk in chunks)


def test_an_accent_stays_with_its_letter(tokenizer: Tokenizer) -> None:
    chunks = split("e\u0301" * 400, PLAIN, tokenizer, 2)
    assert len(chunks) > 1


@pytest.mark.parametrize("folder", ["lsd_2026_10", "lsd_2026_01"])
def test_time_grows_linearly(folder: str) -> None:
    rules, tokenizer, _ = golden(folder)
    sentence = "It costs 3.14 dollars, really; we left at 10.30 and came home late... Yes! "

    def seconds(text: str) -> float:
        start = time.perf_counter()
        assert len(split(text, rules, tokenizer, 50)) > len(text) // 400
        return time.perf_counter() - start

    small, large = sentence * 250, sentence * 4000
    seconds(small)
    # 16 times the text; quadratic work would take 256 times as long.
    assert seconds(large) < 80 * min(seconds(small) for _ in range(3))


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(st.sampled_from("abcdeABC 019.,;:!?…-–\"'”()\n\té\u0301你"), max_size=200),
    max_tokens=st.integers(1, 60),
    capitals=st.booleans(),
    replace=st.booleans(),
)
def test_no_letter_is_lost_and_every_chunk_can_be_prepared(
    tokenizer: Tokenizer, text: str, max_tokens: int, capitals: bool, replace: bool
) -> None:
    table = {'"': "", "–": ","} if replace else {}
    rules = TextRules(capitalize_first_letter=capitals, replace_characters=table)

    def letters(value: str) -> list[str]:
        known = value.replace("<unk>", "").lower()
        return [character for character in known if character in "abcde019"]

    try:
        chunks = split(text, rules, tokenizer, max_tokens)
    except InputError:
        assert not any(character.isalnum() and character not in "é你" for character in text)
        return
    assert letters("".join(chunks)) == letters(text)
    for chunk in chunks:
        assert chunk == chunk.strip()
        assert prepare(chunk, rules).strip()


def test_a_tokenizer_of_characters_knows_every_mark() -> None:
    """No leading space is marked there: the first mark is cut at like the others."""

    class Characters:
        n_tokens = 0x110000

        def encode(self, text: str) -> list[int]:
            return [ord(character) for character in text]

        def decode(self, ids: Sequence[int]) -> str:
            return "".join(map(chr, ids))

        def spans(self, text: str) -> list[tuple[int, int]]:
            return [(i, i + 1) for i in range(len(text))]

    chunks = split(
        "one two three, four five six, seven eight nine. ten", TextRules(), Characters(), 20
    )
    assert chunks == ["One two three,", "four five six,", "seven eight nine.", "ten."]
