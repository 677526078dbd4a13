"""The figures in the documents: they stand in `results/*.json`, tables are rendered from there.

    python scripts/figures.py                       # render the tables of all documents again
    python scripts/figures.py --check               # only tell whether one is out of date
    python scripts/figures.py --keep NEW.json speed # a new measurement of results/speed.json

A record has `measured` (command, date, machine, versions), `columns` and `rows`. A cell is a
number, a text, nothing, or a pair: a number and, in brackets, what it is of the reference's. A row
whose first cell is that of the row above leaves it empty. In a document a table stands between
`<!-- figures: NAME -->` and `<!-- end of figures -->`. Each measurement is kept as one line of
`results/history/NAME.jsonl`, so that a figure can be followed over time.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results"
DOCUMENTS = ("README.md", "docs/results.md", "docs/model-card-mini.md")
REGION = re.compile(r"(<!-- figures: ([\w ]+) -->\n)(.*?)(<!-- end of figures -->)", re.DOTALL)
PACKAGES = ("numpy", "numba", "rust-numpy", "pocket-tts", "ptts")

Record = dict[str, Any]


def record(
    command: str, machine: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Record:
    """A measurement of today, on `machine`, with the versions that are installed here."""
    measured = {
        "command": command,
        "date": date.today().isoformat(),
        "machine": machine,
        "versions": {"python": sys.version.split()[0], **dict(_installed())},
    }
    return {"measured": measured, "columns": list(columns), "rows": [list(row) for row in rows]}


def _installed() -> Iterable[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def read(name: str) -> Record:
    """The record `results/NAME.json`."""
    found: Record = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def write(path: Path, kept: Record) -> None:
    """Write a record, a row a line, so that a change shows what changed."""
    lines = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in kept["rows"])
    head = json.dumps({k: v for k, v in kept.items() if k != "rows"}, indent=2, ensure_ascii=False)
    path.write_text(f'{head[:-2]},\n  "rows": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


def keep(new: Path, name: str) -> None:
    """Make `new` the record `results/NAME.json`, and a line of its history."""
    found: Record = json.loads(new.read_text(encoding="utf-8"))
    width = len(found["columns"])
    if any(len(row) != width for row in found["rows"]) or not found["measured"]["date"]:
        raise SystemExit(f"{new} is no record: its rows need {width} cells, and it a date")
    write(RESULTS / f"{name}.json", found)
    with (RESULTS / "history" / f"{name}.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps(found, ensure_ascii=False) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [_line(columns), "|" + "---|" * len(columns)]
    above: Any = None
    for row in rows:
        lines.append(_line(["" if row[0] == above else row[0], *row[1:]]))
        above = row[0]
    return "\n".join(lines)


def _line(cells: Iterable[Any]) -> str:
    return "|" + "".join(f" {text} |" if (text := cell(x)) else " |" for x in cells)


def cell(x: Any) -> str:
    """A cell as it is read: `5.1`, `3.2e-6`, `104 (0.48)`, or nothing."""
    if x is None:
        return ""
    if isinstance(x, list):
        value, ratio = x
        return f"{cell(value)} ({ratio:.2f})" if isinstance(ratio, float) else f"{value} ({ratio})"
    if isinstance(x, float) and 0 < abs(x) < 1e-3:
        return re.sub(r"e-0*", "e-", f"{x:.1e}")
    return str(x)


def value(kept: Record, first: str, second: str, column: str) -> Any:
    """The cell of `column` in the row that begins with `first` and `second`."""
    (row,) = [row for row in kept["rows"] if row[:2] == [first, second]]
    found = row[kept["columns"].index(column)]
    return found[0] if isinstance(found, list) else found


def _at_a_glance() -> str:
    """The README's table: implementations side by side."""
    speed = read("speed")
    names = {
        "PyTorch pocket-tts": "pocket-tts (PyTorch)",
        "its int8": "pocket-tts, its int8",
        "Numba": "numba, f32",
        "Rust": "rust, f32",
        "Rust, bf16": "rust, bf16",
        "Rust, int8": "rust, int8",
    }
    rows = [
        [label, *(value(speed, model, each, column) for each in names.values())]
        for label, model, column in (
            ("english (100M), x real time", "english (100M)", "x real time"),
            ("english_2m, x real time", "english_2m", "x real time"),
            ("first sound, english, ms", "english (100M)", "first sound, ms"),
            ("peak memory, english, MB", "english (100M)", "peak memory, MB"),
        )
    ]
    return table(["", *names], rows)


VIEWS: dict[str, Callable[[], str]] = {"at a glance": _at_a_glance}


def rendered(text: str) -> str:
    """A document with its tables as the records have them."""

    def region(match: re.Match[str]) -> str:
        begin, name, _, end = match.groups()
        if name in VIEWS:
            shown = VIEWS[name]()
        else:
            kept = read(name)
            shown = table(kept["columns"], kept["rows"])
        return f"{begin}\n{shown}\n\n{end}"

    return REGION.sub(region, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if one differs")
    parser.add_argument("--keep", nargs=2, metavar=("FILE", "NAME"), help="a new measurement")
    options = parser.parse_args()
    if options.keep:
        keep(Path(options.keep[0]), options.keep[1])
    for document in DOCUMENTS:
        path = ROOT / document
        before = path.read_text(encoding="utf-8")
        after = rendered(before)
        if before != after and options.check:
            raise SystemExit(f"{document} differs from results/: run python scripts/figures.py")
        if before != after:
            path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
