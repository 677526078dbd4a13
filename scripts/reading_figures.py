"""How many written forms are read right, by kind.

    uv run scripts/reading_figures.py                       # the test lists of all languages
    uv run scripts/reading_figures.py --list development --language en --wrong
    uv run scripts/reading_figures.py --json new.json       # a record for scripts/figures.py --keep

A list has a line for each form: its kind, the text as written, and as it is said. Capitals, hyphens
and punctuation don't count.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ptts_np.reading.read import read

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "reading"
LANGUAGES = ("en", "fr", "de", "it", "pt", "es", "nl")


def lines(which: str, language: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, written and said of each line of a list."""
    text = (FOLDER / which / f"{language}.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        kind, written, said = line.split("\t")
        yield kind, written, said


def words(text: str) -> list[str]:
    """Return what counts of a text as it is said."""
    return re.findall(r"[\w']+", text.lower())


def said(written: str, language: str) -> str:
    """Return how the reading stage says it."""
    return read(written, language=language).text


def rows() -> list[list[str | None]]:
    """Return how many forms of the test lists are right: a row for all and for each kind."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for language in LANGUAGES:
        for kind, written, expected in lines("test", language):
            for row in ("all", kind):
                total[row, language] += 1
                right[row, language] += words(said(written, language)) == words(expected)
    return [
        [row, *(_of(right[row, language], total[row, language]) for language in LANGUAGES)]
        for row in dict.fromkeys(row for row, _ in total)
    ]


def _of(right: int, total: int) -> str | None:
    return f"{right} / {total}" if total else None


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list", choices=("development", "test"), default="test")
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--wrong", action="store_true", help="print what is read otherwise")
    parser.add_argument("--json", type=Path, help="write the test lists' figures as a record")
    options = parser.parse_args()
    if options.json:
        import figures

        command = "scripts/reading_figures.py"
        found = figures.record(command, "any: nothing is timed", ["kind", *LANGUAGES], rows())
        figures.write(options.json, found)
        return
    for language in [options.language] if options.language else LANGUAGES:
        right: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for kind, written, expected in lines(options.list, language):
            total[kind] += 1
            got = said(written, language)
            right[kind] += words(got) == words(expected)
            if options.wrong and words(got) != words(expected):
                print(f"{kind}: {written}\n    {got}\n    {expected}")
        share = 100 * sum(right.values()) / sum(total.values())
        print(f"{language}: {sum(right.values())} of {sum(total.values())} right, {share:.1f} %")
        for kind in total:
            print(f"    {kind:14}{right[kind]:4} of {total[kind]}")


if __name__ == "__main__":
    main()
