"""A manifest to a corpus, from top to bottom."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike, fspath

from typing_extensions import Unpack

from ptts_np.audio.encode import Coding
from ptts_np.corpora.ahead import ahead
from ptts_np.corpora.layouts import LAYOUTS
from ptts_np.corpora.shards import Done, done_shard, read_record, record_name, speak_shards
from ptts_np.corpora.speech import Manner, Speaker
from ptts_np.corpora.store import Store
from ptts_np.corpora.worklist import ROWS, Worklist, refused_rows, write_worklist
from ptts_np.errors import InputError, OutputError
from ptts_np.fetch.atomic import explained
from ptts_np.jobs.identity import model_print
from ptts_np.jobs.lock import only_run
from ptts_np.jobs.seeds import fingerprint
from ptts_np.sampling import Options, resolve

SHARD_ROWS = 200
TRIES = 3
CODINGS = ("flac", "opus")
RESULTS = ("manifest.jsonl", "failures.jsonl", "corpus.json")


@dataclass(frozen=True)
class Progress:
    """How far the work is: shards done of all, how many of them an earlier run left, utterances,
    failures, and seconds of speech."""

    done: int
    total: int
    kept: int
    utterances: int
    failures: int
    seconds: float


@dataclass(frozen=True)
class Corpus:
    """What there is in the end: utterances, rows given up (listed in failures.jsonl), seconds of
    speech, shards, and how many of those an earlier run had left."""

    utterances: int
    failures: int
    seconds: float
    shards: int
    kept_shards: int


def corpus(
    manifest: str | PathLike[str],
    output: str | PathLike[str],
    *,
    model: str | None = None,
    voice: str | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    seed: int = 0,
    words: bool = False,
    coding: Coding = "flac",
    layout: str = "webdataset",
    shard_rows: int = SHARD_ROWS,
    on: str = "local",
    cores_each: int | None = None,
    tries: int = TRIES,
    retry_failed: bool = False,
    progress: Callable[[Progress], None] | None = None,
    **options: Unpack[Options],
) -> Corpus:
    """Speak a manifest of texts into a corpus, on this machine or on a Ray cluster.

    - `manifest`: a .jsonl, .csv or .parquet file with columns `id` and `text`, and, where a row
      has its own, `voice`, `model`, `seed` and the sampling options; other columns are carried
      along. Also at s3://, gs:// and wherever fsspec reaches.
    - `output`: a folder, or an address as those.
    - `model`, `voice`: names or files, for rows without their own; default `load_model`'s.
    - `seed`: with a row's id, the seed of each row that has none.
    - `words`: also find when each word is heard, for the models that have `text_heads`.
    - `coding`: "flac", 16 bit, or "opus", 32 kbit/s.
    - `layout`: "webdataset" (tar), "shar" (Lhotse) or "parquet".
    - `shard_rows`: rows of a shard, which is the unit of work, of resuming and of files.
    - `on`: "local", "ray" (the cluster of this machine or RAY_ADDRESS) or "ray://host:port".
    - `cores_each`: cores of each of Ray's workers, which all hold a model; default 2, or what
      the smallest machine has. On this machine alone one process takes all.
    - `tries`: how often a row is tried where the reason may pass, such as a network's.
    - `retry_failed`: speak those shards again in which rows were given up.
    - `progress`: called after each shard.

    In `output` there are in the end, beside the shards: manifest.jsonl, the facts of every
    utterance in the order of the rows; failures.jsonl, the rows that were given up, with the
    reason; corpus.json, settings, sizes and checksums. After a crash the same call goes on. The
    same rows and settings give the same bytes with one backend, whoever speaks which shard.
    Raises InputError, ConfigError, OutputError and what `load_model` raises.
    """
    _check(seed, coding, layout, shard_rows, cores_each, tries, on)
    manner = Manner(model, voice, backend, quantize, seed, coding, words, options)
    speaker = Speaker(manner)
    loaded = speaker.model(model)
    resolve(loaded.config, options)
    if words:
        _ = loaded.text_heads  # a model that has none is told of now
    if voice is not None:
        speaker.voice(model, voice)
    store = Store(fspath(output))
    settings = {**asdict(manner), "layout": layout, "model_fingerprint": model_print(loaded)}
    _check_output(store)
    with _alone(store):
        worklist = write_worklist(store, fspath(manifest), shard_rows, fingerprint(settings))
        if retry_failed:
            _forget_failures(store, worklist)
        tally = _Tally(len(worklist.shards), progress or (lambda _: None))
        missing = []
        for shard, done in ahead(partial(done_shard, store), worklist.shards):
            if done is None:
                missing.append(shard)
            else:
                tally.add(done, kept=True)
        found = _spoken(on, speaker, store, worklist, missing, layout, cores_each, tries)
        for spoken in found:
            tally.add(spoken, kept=False)
        return _finish(store, worklist, settings, tally)


def _spoken(
    on: str,
    speaker: Speaker,
    store: Store,
    worklist: Worklist,
    shards: list[int],
    layout: str,
    cores_each: int | None,
    tries: int,
) -> Iterator[Done]:
    """The shards, as they get done, wherever that is."""
    if on == "local":
        return speak_shards(speaker, store, worklist, shards, layout=layout, tries=tries)
    from ptts_np.corpora.on_ray import speak_shards_on_ray

    return speak_shards_on_ray(
        on,
        speaker.manner,
        store,
        worklist,
        shards,
        layout=layout,
        cores_each=cores_each,
        tries=tries,
    )


class _Tally:
    """Adds up what is done, for `progress`."""

    def __init__(self, total: int, tell: Callable[[Progress], None]) -> None:
        self.tell = tell
        self.now = Progress(0, total, 0, 0, 0, 0.0)

    def add(self, done: Done, kept: bool) -> None:
        now = self.now
        self.now = Progress(
            now.done + 1,
            now.total,
            now.kept + kept,
            now.utterances + done.utterances,
            now.failures + done.failures,
            now.seconds + done.seconds,
        )
        self.tell(self.now)


def _check(
    seed: int,
    coding: str,
    layout: str,
    shard_rows: int,
    cores_each: int | None,
    tries: int,
    on: str,
) -> None:
    for name, value, known in (("coding", coding, CODINGS), ("layout", layout, tuple(LAYOUTS))):
        if value not in known:
            raise InputError(f"{name} must be one of {', '.join(known)}, not {value!r}")
    if on not in ("local", "ray") and not on.startswith("ray://"):
        raise InputError(f"on must be local, ray or ray://host:port, not {on!r}")
    bounds = (
        ("seed", seed, 0, 2**63 - 1),
        ("shard_rows", shard_rows, 1, 100_000),
        ("cores_each", 1 if cores_each is None else cores_each, 1, 1024),
        ("tries", tries, 1, 100),
    )
    for name, number, low, high in bounds:
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise InputError(f"{name} must be a whole number from {low} to {high}, not {number!r}")


def _check_output(store: Store) -> None:
    """Refuse a place where something else is, which the corpus might overwrite."""
    if store.size(ROWS) is not None:
        return
    found = [name for name in RESULTS if store.size(name) is not None]
    if store.folder is not None:
        with explained(str(store.folder)):
            inside = store.folder.iterdir() if store.folder.exists() else []
            found += [path.name for path in inside if path.name != "work"]
    if found:
        raise InputError(
            f"{store.address} holds {found[0]}, which is no corpus begun here: give an empty folder"
        )


def _alone(store: Store) -> AbstractContextManager[None]:
    """One run at a time in a folder. In an object store two would write the same bytes twice."""
    return nullcontext() if store.folder is None else only_run(store.folder / "work")


def _forget_failures(store: Store, worklist: Worklist) -> None:
    for shard, record in ahead(partial(read_record, store), worklist.shards):
        if record is not None and record["failures"]:
            store.remove(record_name(shard))


def _finish(store: Store, worklist: Worklist, settings: dict[str, object], tally: _Tally) -> Corpus:
    """Write what is told of the whole: the manifest, the failures, the settings and checksums."""
    refused = refused_rows(store)
    files: dict[str, object] = {}

    def records() -> Iterator[dict[str, object]]:
        for shard, record in ahead(partial(read_record, store), worklist.shards):
            if record is None:
                raise OutputError(f"{store.address}/{record_name(shard)} is gone")
            yield record

    def lines(rows: Iterable[object]) -> Iterator[bytes]:
        for row in rows:
            yield json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"

    with store.writing("manifest.jsonl") as manifest, store.writing("failures.jsonl") as failures:
        failures.writelines(lines(asdict(each) for each in refused))
        for record in records():
            manifest.writelines(lines(record["utterances"]))  # type: ignore[arg-type]
            failures.writelines(lines(record["failures"]))  # type: ignore[arg-type]
            files.update(record["files"])  # type: ignore[call-overload]
    now = tally.now
    made = Corpus(
        now.utterances, now.failures + len(refused), round(now.seconds, 3), now.total, now.kept
    )
    summary = {
        "settings": settings,
        "utterances": made.utterances,
        "failures": made.failures,
        "seconds": made.seconds,
        "files": files,
    }
    store.write("corpus.json", json.dumps(summary, indent=1, sort_keys=True).encode())
    return made
