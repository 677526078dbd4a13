"""The lists of written forms: how many are read right, and what must not be lost again."""

import pytest

from scripts.reading_figures import LANGUAGES, lines, said, words

LEAST = {"en": 0.97}
LEAST_OF_OTHERS = 0.93


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", ["development", "test"])
def test_lists_are_read_right(which: str, language: str) -> None:
    forms = list(lines(which, language))
    wrong = [
        (written, said(written, language))
        for _, written, expected in forms
        if words(said(written, language)) != words(expected)
    ]
    assert 1 - len(wrong) / len(forms) >= LEAST.get(language, LEAST_OF_OTHERS), wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_two_lists_share_no_line(language: str) -> None:
    both = [{written for _, written, _ in lines(w, language)} for w in ("development", "test")]
    assert not both[0] & both[1]


def test_no_digit_is_left() -> None:
    text = "0 00 1.2.3 12:99 99:99 $ 5 1/2 3x 4th5 " + "9" * 400 + " 1e9 v2.0 7% 31/12/1999 ٣"
    for language in LANGUAGES:
        assert not any(c.isdigit() for c in said(text, language))
