"""The command `corpus`: a manifest of texts to a corpus of speech."""

import sys
import time
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from ptts_np.cli.console import Notes
from ptts_np.cli.fire import sampled
from ptts_np.sampling import Options

if TYPE_CHECKING:
    from ptts_np.corpora.make import Progress


@sampled
def corpus(
    manifest: str,
    output: str,
    *,
    model: str | None = None,
    voice: str | None = None,
    seed: int = 0,
    words: bool = False,
    coding: str = "flac",
    layout: str = "webdataset",
    shard_rows: int = 200,
    on: str = "local",
    cores_each: int | None = None,
    tries: int = 3,
    retry_failed: bool = False,
    backend: str | None = None,
    quantize: str | None = None,
    quiet: bool = False,
    **options: Unpack[Options],
) -> None:
    """Speak a manifest of texts into a corpus, here or on a Ray cluster.

    After a crash or Ctrl-C the same command goes on where it was.

    Examples:
        ptts-np corpus texts.csv corpus
        ptts-np corpus texts.jsonl corpus --layout parquet --coding opus
        ptts-np corpus s3://bucket/texts.parquet s3://bucket/corpus --on ray

    Args:
        manifest: A .jsonl, .csv or .parquet file with columns id and text, and, where a row has
            its own, voice, model, seed and the sampling options.
        output: A folder, or an address such as s3://bucket/folder.
        model: Name or configuration of a model; see the command models.
        voice: Of rows without their own: a name, or a voice or audio file.
        seed: With a row's id, the seed of each row that has none.
        words: Also find when each word is heard.
        coding: flac or opus.
        layout: webdataset (tar), shar (Lhotse) or parquet.
        shard_rows: Rows of a shard, the unit of work and of files.
        on: local, ray or ray://host:port.
        cores_each: Cores of each of Ray's workers; default 2, or what the smallest machine has.
        tries: How often a row is tried where the reason may pass.
        retry_failed: Speak those shards again in which rows were given up.
        backend: numpy, numba or rust.
        quantize: bf16 or int8, for speed on the large models.
        quiet: No progress and no closing line.
    """
    from ptts_np.corpora.make import corpus as make_corpus

    notes = Notes(quiet)
    start = time.perf_counter()
    chosen: Any = coding
    try:
        made = make_corpus(
            manifest,
            output,
            model=model,
            voice=voice,
            backend=backend,
            quantize=quantize,
            seed=seed,
            words=words,
            coding=chosen,
            layout=layout,
            shard_rows=shard_rows,
            on=on,
            cores_each=cores_each,
            tries=tries,
            retry_failed=retry_failed,
            progress=_show if notes.moving else None,
            **options,
        )
    finally:
        if notes.moving:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    taken = time.perf_counter() - start
    kept = f", {made.kept_shards} kept from an earlier run" if made.kept_shards else ""
    notes.line(
        f"{made.utterances} utterances, {made.seconds / 3600:.2f} hours, in {made.shards} shards"
        f"{kept}, in {taken:.0f} s -> {output}"
    )
    if made.failures:
        rows = "row" if made.failures == 1 else "rows"
        notes.line(f"{made.failures} {rows} given up: see {output}/failures.jsonl")


def _show(progress: "Progress") -> None:
    print(
        f"\r\x1b[K{progress.done} of {progress.total} shards, {progress.utterances} utterances, "
        f"{progress.seconds / 3600:.2f} hours, {progress.failures} failures",
        end="",
        file=sys.stderr,
        flush=True,
    )
