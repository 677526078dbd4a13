"""The rows of a corpus in one file, of which any worker reads a shard by its place.

work/rows.jsonl       the good rows, each with its line in the manifest
work/worklist.json    where each shard begins in it; written last
work/refused.json     the rows that can't be spoken, from the manifest alone
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ptts_np.corpora.manifest import Failure, Row, read_manifest
from ptts_np.corpora.store import Store
from ptts_np.errors import InputError, OutputError

ROWS = "work/rows.jsonl"
WORKLIST = "work/worklist.json"
REFUSED = "work/refused.json"
MAX_REFUSED = 100_000


@dataclass(frozen=True)
class Worklist:
    """Places of the shards in `ROWS`: shard k is the bytes from places[k] to places[k + 1].

    `fingerprint` is that of all rows and of how they are spoken.
    """

    places: tuple[int, ...]
    rows: int
    fingerprint: str

    @property
    def shards(self) -> range:
        return range(len(self.places) - 1)


def write_worklist(store: Store, manifest: str, shard_rows: int, manner: str) -> Worklist:
    """Check a manifest and lay out its shards of `shard_rows` rows; `manner` is a fingerprint.

    A store that was begun with the same rows and manner is taken as it is. Raises InputError for
    one that was begun with others, or a manifest without a good row.
    """
    digest = hashlib.sha256(f"{manner} {shard_rows}\n".encode())
    places, rows, place = [0], 0, 0
    refused: list[Failure] = []
    earlier = read_worklist(store)
    with store.writing(ROWS) as file:
        for line, row in read_manifest(manifest):
            if isinstance(row, Failure):
                refused.append(row)
                if len(refused) > MAX_REFUSED:
                    raise InputError(f"{manifest} has more than {MAX_REFUSED} rows that are wrong")
                continue
            data = _line(line, row)
            digest.update(data)
            file.write(data)
            rows, place = rows + 1, place + len(data)
            if rows % shard_rows == 0:
                places.append(place)
        if places[-1] != place:
            places.append(place)
        if not rows:
            reason = f": {refused[0].reason} (line {refused[0].line})" if refused else ""
            raise InputError(f"{manifest} has no row to speak{reason}")
        found = Worklist(tuple(places), rows, digest.hexdigest())
        if earlier is not None and earlier.fingerprint != found.fingerprint:
            raise InputError(
                f"{store.address} was begun with another manifest or other settings: give those "
                "again, or another folder"
            )
    store.write(REFUSED, json.dumps([asdict(each) for each in refused]).encode())
    store.write(WORKLIST, json.dumps(asdict(found)).encode())
    return found


def read_worklist(store: Store) -> Worklist | None:
    """The list that an earlier run has written, if one has."""
    data = store.read(WORKLIST)
    if data is None:
        return None
    try:
        found = json.loads(data)
        return Worklist(tuple(found["places"]), int(found["rows"]), str(found["fingerprint"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{store.address}/{WORKLIST} is damaged: remove it") from error


def rows_of(store: Store, worklist: Worklist, shard: int) -> Iterator[tuple[int, Row]]:
    """The rows of one shard with their lines in the manifest."""
    data = store.read(ROWS, worklist.places[shard], worklist.places[shard + 1])
    if data is None:
        raise OutputError(f"{store.address}/{ROWS} is gone")
    for text in data.splitlines():
        line, row = json.loads(text)
        yield line, Row.model_validate(row)


def refused_rows(store: Store) -> list[Failure]:
    """The failures that `write_worklist` found."""
    return [Failure(**each) for each in json.loads(store.read(REFUSED) or b"[]")]


def _line(line: int, row: Row) -> bytes:
    # JSON has no line breaks within, and ASCII none that only some programs see
    return json.dumps([line, row.model_dump(mode="json", exclude_none=True)]).encode() + b"\n"
