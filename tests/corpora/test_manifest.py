"""Manifests in three formats to the same rows, and what is wrong with a row told by its line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptts_np.corpora.manifest import MAX_LINE_BYTES, Failure, Row, read_manifest
from ptts_np.errors import InputError

pytest.importorskip("fsspec")

GOOD = [
    {
        "id": "a-1",
        "text": 'Hello, "you".\nThere.',
        "voice": "alba",
        "seed": 7,
        "topic": "x",
        "temperature": None,
    },
    {"id": "b_2", "text": "Zwei.", "temperature": 0.5, "topic": None},
]


def rows(path: Path) -> list[Row | Failure]:
    return [row for _, row in read_manifest(str(path))]


def reasons(path: Path, text: str | bytes) -> list[tuple[int, str]]:
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return [(row.line, row.reason) for row in rows(path) if isinstance(row, Failure)]


def test_three_formats(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    import csv

    import pyarrow.parquet

    (tmp_path / "a.jsonl").write_text("\n\n".join(map(json.dumps, GOOD)), encoding="utf-8")
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8-sig") as file:
        names = ["id", "text", "voice", "seed", "temperature", "topic"]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(GOOD)
    pyarrow.parquet.write_table(arrow.Table.from_pylist(GOOD), tmp_path / "a.parquet")
    for suffix in ("jsonl", "csv", "parquet"):
        first, second = rows(tmp_path / f"a.{suffix}")
        assert isinstance(first, Row)
        assert isinstance(second, Row)
        assert (first.id, first.text, first.voice, first.seed) == (
            "a-1",
            GOOD[0]["text"],
            "alba",
            7,
        )
        assert (second.voice, second.seed, second.options()) == (None, None, {"temperature": 0.5})
        assert first.model_extra == {"topic": "x"}


def test_what_is_wrong_with_a_row(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": ""}',
        '{"id": "a"}',
        '{"id": "../a", "text": "x"}',
        '{"id": "a.b", "text": "x"}',
        "[1, 2]",
        "{",
        '{"id": "good", "text": "x"}',
        '{"id": "good", "text": "again"}',
        '{"id": "b", "text": "x", "seed": -1}',
        '{"id": "c", "text": "x", "temperature": "warm"}',
        "[" * 100_000,
    ]
    found = reasons(tmp_path / "a.jsonl", "\n".join(lines))
    assert [line for line, _ in found] == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    words = ["text: ", "text: ", "id: ", "id: ", "not an object", "not JSON", "occurred before"]
    words += ["seed: ", "temperature: ", "not JSON"]
    for (_, reason), word in zip(found, words, strict=True):
        assert word in reason


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    """What is too long is not kept in memory: here 64 MB, with the row after it still read."""
    import tracemalloc

    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "a", "text": "')
        for _ in range(64):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"id": "b", "text": "x"}\n')
    tracemalloc.start()
    first, second = rows(path)
    assert tracemalloc.get_traced_memory()[1] < 8 * MAX_LINE_BYTES
    tracemalloc.stop()
    assert first == Failure(None, 1, "the line is longer than 1 MB")
    assert isinstance(second, Row)


def test_a_wrong_encoding(tmp_path: Path) -> None:
    good = b'\n{"id": "b", "text": "x"}'
    found = reasons(tmp_path / "a.jsonl", '{"id": "a", "text": "Grüße"}'.encode("latin-1") + good)
    assert found == [(1, "the line is not UTF-8 (byte 23)")]
    with pytest.raises(InputError, match="can't be read from line"):
        reasons(tmp_path / "a.csv", "id,text\na,Grüße\n".encode("latin-1"))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "needs columns named id and text"),
        ("a.csv", b"name,words\na,b\n", "needs columns named id and text"),
        ("a.csv", b'id,text\na,"never closed' + b"x" * (2 << 20), "can't be read from line"),
        ("a.parquet", b"PAR1 nothing", "not a Parquet file"),
        ("a.parquet", b"", "not a Parquet file"),
        ("a.txt", b"", "must end in"),
    ],
)
def test_files_that_are_no_manifest(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words):
        rows(tmp_path / name)
    with pytest.raises(InputError, match="can't read"):
        rows(tmp_path / f"none-{name}")


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.binary(max_size=60)), st.sampled_from(["jsonl", "csv", "parquet"]))
def test_any_bytes_are_rows_failures_or_refused(tmp_path: Path, lines: Any, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes((b"id,text\n" if kind == "csv" else b"") + b"\n".join(lines))
    try:
        found = rows(path)
    except InputError:
        return
    assert all(isinstance(row, (Row, Failure)) for row in found)
