"""JSONL, CSV or Parquet to checked rows, one at a time, and a list of those that can't be used."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ptts_np.corpora.store import library, open_text
from ptts_np.errors import InputError
from ptts_np.sampling import OPTIONS, Options

MAX_LINE_BYTES = 1 << 20
MAX_TEXT_CHARACTERS = 20_000
_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}"
_BLOCK = 4096


class Row(BaseModel):
    """One text to speak. Columns of other names are carried along in `model_extra`.

    `id` becomes a file's name in tar archives, so it is letters, digits, `_` and `-`. `voice`,
    `model`, `seed` and the sampling options are the run's own where they are left out.
    """

    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())

    id: str = Field(pattern=f"^{_ID}$", coerce_numbers_to_str=True)
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)
    voice: str | None = None
    model: str | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    temperature: float | None = None
    decode_steps: int | None = None
    noise_clamp: float | None = None
    eos_threshold: float | None = None
    frames_after_eos: int | None = None
    max_tokens: int | None = None

    def options(self) -> Options:
        """The sampling options that the row has of its own."""
        found = {name: getattr(self, name) for name in OPTIONS}
        return Options(**{name: value for name, value in found.items() if value is not None})  # type: ignore[typeddict-item]


@dataclass(frozen=True)
class Failure:
    """A row that has no speech, and why; `line` counts from 1, as its manifest does."""

    id: str | None
    line: int
    reason: str
    tries: int = 0


def read_manifest(address: str) -> Iterator[tuple[int, Row | Failure]]:
    """The rows of a manifest with their lines, by the suffix .jsonl, .csv or .parquet.

    What is wrong with one row is a Failure; InputError is raised for a file that can't be read.
    An id that occurs twice is a failure from its second time on.
    """
    suffix = PurePosixPath(address.lower()).suffix
    readers = {".jsonl": _jsonl, ".ndjson": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if suffix not in readers:
        raise InputError(f"can't read {address}: the name must end in .jsonl, .csv or .parquet")
    seen: set[int] = set()
    for line, found in readers[suffix](address):
        row = found if isinstance(found, Failure) else _checked(found, line)
        if isinstance(row, Row):
            # numbers, not strings: a tenth of the memory for millions of ids
            key = hash(row.id)
            if key in seen:
                row = Failure(row.id, line, "this id has occurred before")
            seen.add(key)
        yield line, row


def _checked(data: Any, line: int) -> Row | Failure:
    if not isinstance(data, dict):
        return Failure(None, line, "the row is not an object with columns")
    # an empty cell of ours says nothing; what is only carried along stays as it is
    given = {
        key: value
        for key, value in data.items()
        if key not in Row.model_fields or (value is not None and value != "")
    }
    try:
        return Row.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        column = ".".join(map(str, first["loc"])) or "row"
        id_ = given.get("id")
        return Failure(id_ if isinstance(id_, str) else None, line, f"{column}: {first['msg']}")


def _lines(address: str) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None for one above `MAX_LINE_BYTES`, which is passed over, not kept."""
    with open_text(address) as file:
        line = 0
        while piece := file.readline(MAX_LINE_BYTES):
            line += 1
            if len(piece) < MAX_LINE_BYTES or piece.endswith(b"\n"):
                yield line, piece
                continue
            while piece and not piece.endswith(b"\n"):
                piece = file.readline(MAX_LINE_BYTES)
            yield line, None


def _jsonl(address: str) -> Iterator[tuple[int, Any]]:
    for line, data in _lines(address):
        if data is None:
            yield line, Failure(None, line, f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
            continue
        text = data.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        try:
            yield line, json.loads(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            yield line, Failure(None, line, f"the line is not UTF-8 (byte {error.start})")
        except (ValueError, RecursionError) as error:
            yield line, Failure(None, line, f"the line is not JSON: {str(error)[:100]}")


def _csv(address: str) -> Iterator[tuple[int, Any]]:
    """CSV with a line of names first. The line of a row is its last, as spreadsheets count."""
    # an unclosed quote would else take the rest of the file for one field
    csv.field_size_limit(MAX_LINE_BYTES)
    with open_text(address) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        reader = csv.DictReader(text, strict=True)
        try:
            if not {"id", "text"} <= set(reader.fieldnames or ()):
                raise InputError(f"{address} needs columns named id and text in its first line")
            for row in reader:
                if None in row:
                    yield (
                        reader.line_num,
                        Failure(
                            row.get("id"),
                            reader.line_num,
                            "the row has more columns than the first",
                        ),
                    )
                else:
                    yield reader.line_num, row
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(
                f"{address} can't be read from line {reader.line_num + 1} on: {error}"
            ) from error


def _parquet(address: str) -> Iterator[tuple[int, Any]]:
    parquet, arrow = library("pyarrow.parquet"), library("pyarrow")
    with open_text(address) as file:
        try:
            table = parquet.ParquetFile(file)
            if not {"id", "text"} <= set(table.schema_arrow.names):
                raise InputError(f"{address} needs columns named id and text")
            line = 0
            for batch in table.iter_batches(_BLOCK):
                for row in batch.to_pylist():
                    line += 1
                    yield line, row
        except (arrow.ArrowInvalid, OSError) as error:
            raise InputError(f"{address} is not a Parquet file: {str(error)[:120]}") from error
