"""The figures of the documents are those of `results/`."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import bench, reading_figures

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "results").glob("*.json"))


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("figures", ROOT / "scripts" / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


figures = loaded()


@pytest.mark.parametrize("document", figures.DOCUMENTS)
def test_tables_are_those_of_the_records(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert figures.rendered(text) == text, "run python scripts/figures.py"


def test_each_record_is_shown() -> None:
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in figures.DOCUMENTS)
    assert {match[2] for match in figures.REGION.finditer(text)} == {*NAMES, *figures.VIEWS}
    assert text.count("<!-- figures: ") == len(list(figures.REGION.finditer(text)))


@pytest.mark.parametrize("name", NAMES)
def test_a_record_says_how_it_was_measured(name: str) -> None:
    kept = figures.read(name)
    measured = kept["measured"]
    assert set(measured) == {"command", "date", "machine", "versions"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", measured["date"])
    assert (ROOT / measured["command"].split()[0]).is_file() or "python -m" in measured["command"]
    assert all(len(row) == len(kept["columns"]) for row in kept["rows"])


@pytest.mark.parametrize("name", NAMES)
def test_the_last_line_of_the_history_is_the_record(name: str) -> None:
    history = (ROOT / "results" / "history" / f"{name}.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in history.splitlines()]
    assert lines[-1] == figures.read(name)
    dates = [line["measured"]["date"] for line in lines]
    assert dates == sorted(dates)


def test_the_record_of_the_reading_is_what_is_read_now() -> None:
    kept = figures.read("reading")
    assert kept["columns"] == ["kind", *reading_figures.LANGUAGES]
    assert kept["rows"] == reading_figures.rows(), "run scripts/reading_figures.py --json"


def test_a_measurement_has_the_names_and_columns_of_the_speed_record() -> None:
    kept = figures.read("speed")
    names = ["pocket-tts", "pocket-tts int8", "ptts_np rust", "ptts_np rust-bf16"]
    names += ["ptts_np rust-int8", "ptts_np numba"]
    models = bench.MODELS.values()
    assert [row[:2] for row in kept["rows"]] == [[m, bench.label(n)] for m in models for n in names]
    assert len(kept["columns"]) == len(bench.COLUMNS)
    assert bench.timed(0.1042, 0.481) == [104, 0.48]
    assert bench.timed(float("nan"), float("nan")) is None


def bf16(implementation: str, column: str) -> Any:
    (row,) = [r for r in figures.read("speed_bf16")["rows"] if r[0] == implementation]
    return row[figures.read("speed_bf16")["columns"].index(column)]


def words_wrong() -> str:
    return str(figures.read("mini")["rows"][0][1])


SENTENCES: list[tuple[str, Callable[[], str]]] = [
    ("README.md", lambda: f"{words_wrong()} of its words misheard"),
    ("docs/results.md", lambda: f"{words_wrong()} word error rate by Whisper base"),
    ("docs/results.md", lambda: f"DNSMOS {figures.read('mini')['rows'][0][3]} for `clara`"),
    ("README.md", lambda: f"{bf16('rust', 'x real time')} times real time with Rust"),
    ("README.md", lambda: f"and {bf16('numba', 'x real time')} with Numba"),
    ("README.md", lambda: f"PyTorch has {bf16('pocket-tts (PyTorch)', 'x real time')} "),
    (
        "README.md",
        lambda: (
            f"({bf16('rust', 'against pocket-tts')} and "
            f"{bf16('numba', 'against pocket-tts')} times as fast)"
        ),
    ),
]


@pytest.mark.parametrize(("document", "sentence"), SENTENCES)
def test_figures_in_sentences_are_those_of_the_records(
    document: str, sentence: Callable[[], str]
) -> None:
    text = " ".join((ROOT / document).read_text(encoding="utf-8").split())
    assert sentence() in text


CELLS = st.none() | st.integers() | st.text(st.characters(categories=["L", "N"]), min_size=1)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1))
def test_a_table_has_a_line_for_each_row(rows: list[tuple[Any, ...]]) -> None:
    lines = figures.table(["a", "b", "c"], rows).split("\n")
    assert len(lines) == len(rows) + 2
    assert all(line.count("|") == 4 for line in lines)
    above: Any = None
    for line, row in zip(lines[2:], rows, strict=True):
        shown = [text.strip() for text in line[1:-1].split("|")]
        assert shown[1:] == ["" if x is None else str(x) for x in row[1:]]
        assert shown[0] == ("" if row[0] in (above, None) else str(row[0]))
        above = row[0]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ([104, 0.48], "104 (0.48)"),
        ([60, 0.4], "60 (0.40)"),
        ([60, 60], "60 (60)"),
        (3.2e-6, "3.2e-6"),
        (5.1, "5.1"),
        (0, "0"),
        (0.04, "0.04"),
        (None, ""),
    ],
)
def test_cells(cell: Any, shown: str) -> None:
    assert figures.cell(cell) == shown


def test_a_measurement_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path)
    (tmp_path / "history").mkdir()
    for speed in (1.5, 2.5):
        new = figures.record("scripts/bench.py", "a machine", ["model", "speed"], [["m", speed]])
        figures.write(tmp_path / "new", new)
        figures.keep(tmp_path / "new", "speed")
        assert figures.read("speed") == new
        assert new["measured"]["versions"]["numpy"]
    history = (tmp_path / "history" / "speed.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["rows"] for line in history] == [[["m", 1.5]], [["m", 2.5]]]


def test_what_is_no_record_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path)
    new = figures.record("scripts/bench.py", "a machine", ["model", "speed"], [["m"]])
    figures.write(tmp_path / "new", new)
    with pytest.raises(SystemExit, match="no record"):
        figures.keep(tmp_path / "new", "speed")
    assert not (tmp_path / "speed.json").exists()
