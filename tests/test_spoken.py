"""Numbers, times, money and abbreviations as words."""

import pytest

from ptts_np.text.spoken import cardinal, ordinal, spoken, year


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (17, "seventeen"),
        (40, "forty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (305, "three hundred five"),
        (1000, "one thousand"),
        (1_000_001, "one million one"),
        (12_345, "twelve thousand three hundred forty five"),
        (-8, "minus eight"),
        (10**15, "one quadrillion"),
    ],
)
def test_cardinals(number: int, words: str) -> None:
    assert cardinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "first"),
        (12, "twelfth"),
        (20, "twentieth"),
        (23, "twenty third"),
        (100, "one hundredth"),
    ],
)
def test_ordinals(number: int, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1984, "nineteen eighty four"),
        (1905, "nineteen oh five"),
        (1900, "nineteen hundred"),
        (2000, "two thousand"),
        (2005, "two thousand five"),
        (2026, "twenty twenty six"),
    ],
)
def test_years(number: int, words: str) -> None:
    assert year(number) == words


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hello there.", "Hello there."),
        ("Dr. Smith met Mrs. Jones.", "Doctor Smith met Missus Jones."),
        ("St. John lives on Main St.", "Saint John lives on Main Street."),
        ("It costs $3.50.", "It costs three dollars and fifty cents."),
        ("£1 and €0.99", "one pound and ninety nine cents"),
        ("$2.5 million", "two point five million dollars"),
        ("at 7:30 pm", "at seven thirty P M"),
        ("at 10:05, not 9:00", "at ten oh five, not nine o'clock"),
        ("March 3rd, 2024", "March third, twenty twenty four"),
        ("the 21st of June", "the twenty first of June"),
        ("the 1980s", "the nineteen eighties"),
        ("5 km at -3°C", "five kilometers at minus three degrees Celsius"),
        ("50% & more", "fifty percent and more"),
        ("1,234.5", "one thousand two hundred thirty four point five"),
        ("room 007", "room zero zero seven"),
        ("call 555-1234", "call five five five, one two three four"),
        ("pages 3-7", "pages three to seven"),
        ("e.g. the U.S. army", "for example the US army"),
        ("J. R. Tolkien", "J R Tolkien"),
        ("x = 1 + 2", "x equals one plus two"),
        ("No. 5", "number five"),
        ("", ""),
    ],
)
def test_spoken(written: str, said: str) -> None:
    assert spoken(written) == said


def test_no_digit_is_left() -> None:
    text = "0 00 1.2.3 12:99 99:99 $ 5 1/2 3x 4th5 " + "9" * 400 + " 1e9 v2.0 7% 31/12/1999 ٣"
    assert not any(c.isdigit() for c in spoken(text))
