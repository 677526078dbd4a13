"""The utterances of a shard to the bytes of its files, in ways that training tools read.

    webdataset    shards/NAME.tar of id.flac and id.json: WebDataset, Hugging Face `datasets`
    shar          shar/recording.NAME.tar and shar/cuts.NAME.jsonl.gz: Lhotse Shar
    parquet       shards/NAME.parquet with audio as {bytes, path}: Hugging Face `datasets`, Lhotse

All write nothing that depends on the time or the machine.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Sequence
from typing import Any

from ptts_np.audio.encode import Coding
from ptts_np.corpora.speech import Utterance
from ptts_np.corpora.store import library

Layout = Callable[[str, Sequence[Utterance], Coding], dict[str, bytes]]


def webdataset(name: str, utterances: Sequence[Utterance], coding: Coding) -> dict[str, bytes]:
    """A tar archive: each utterance's audio, then its facts, under its id."""
    members = []
    for utterance in utterances:
        key = utterance.facts["id"]
        members.append((f"{key}.{coding}", utterance.audio))
        members.append((f"{key}.json", _json(utterance.facts)))
    return {f"shards/{name}.tar": _tar(members)}


def shar(name: str, utterances: Sequence[Utterance], coding: Coding) -> dict[str, bytes]:
    """A tar archive of recordings and a list of cuts, in the same order."""
    members, cuts = [], []
    for utterance in utterances:
        facts = utterance.facts
        members.append((f"{facts['id']}.{coding}", utterance.audio))
        members.append((f"{facts['id']}.json", _json(_recording(facts))))
        cuts.append(_json(_cut(facts)))
    lines = b"".join(line + b"\n" for line in cuts)
    return {
        f"shar/recording.{name}.tar": _tar(members),
        f"shar/cuts.{name}.jsonl.gz": gzip.compress(lines, mtime=0),
    }


def parquet(name: str, utterances: Sequence[Utterance], coding: Coding) -> dict[str, bytes]:
    """A table with a column `audio`, and one for each fact."""
    arrow, writer = library("pyarrow"), library("pyarrow.parquet")
    rows: list[dict[str, Any]] = [
        {
            "audio": {"bytes": utterance.audio, "path": f"{utterance.facts['id']}.{coding}"},
            **utterance.facts,
            **{name: _text(utterance.facts[name]) for name in ("words", "columns")},
        }
        for utterance in utterances
    ]
    table = arrow.Table.from_pylist(rows, schema=_schema(arrow))
    buffer = io.BytesIO()
    # sound doesn't get smaller by another compression
    writer.write_table(table, buffer, compression="none", row_group_size=100)
    return {f"shards/{name}.parquet": buffer.getvalue()}


LAYOUTS: dict[str, Layout] = {"webdataset": webdataset, "shar": shar, "parquet": parquet}

_COLUMNS = {
    "id": "string",
    "text": "string",
    "voice": "string",
    "voice_fingerprint": "string",
    "model": "string",
    "seed": "int64",
    "temperature": "float64",
    "decode_steps": "int64",
    "noise_clamp": "float64",
    "eos_threshold": "float64",
    "frames_after_eos": "int64",
    "max_tokens": "int64",
    "sample_rate": "int64",
    "samples": "int64",
    "duration": "float64",
    "loudness": "float64",
    "peak": "float64",
    "sha256": "string",
    "words": "string",
    "columns": "string",
}


def _schema(arrow: Any) -> Any:
    """Arrow's types, and what Hugging Face `datasets` looks for to know that there is sound."""
    fields = [("audio", arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())]))]
    fields += [(name, getattr(arrow, kind)()) for name, kind in _COLUMNS.items()]
    features: dict[str, Any] = {"audio": {"_type": "Audio"}}
    features |= {name: {"dtype": kind, "_type": "Value"} for name, kind in _COLUMNS.items()}
    note = json.dumps({"info": {"features": features}})
    return arrow.schema(fields, metadata={"huggingface": note})


def _recording(facts: dict[str, Any]) -> dict[str, Any]:
    """Lhotse's manifest of a recording whose bytes stand beside it."""
    return {
        "id": facts["id"],
        "sources": [{"type": "shar", "channels": [0], "source": ""}],
        "sampling_rate": facts["sample_rate"],
        "num_samples": facts["samples"],
        "duration": facts["samples"] / facts["sample_rate"],
        "channel_ids": [0],
    }


def _cut(facts: dict[str, Any]) -> dict[str, Any]:
    """Lhotse's manifest of a cut: the whole recording, what is said in it, and all facts."""
    known = {"id", "text", "voice"}
    duration = facts["samples"] / facts["sample_rate"]
    supervision = {
        "id": facts["id"],
        "recording_id": facts["id"],
        "start": 0.0,
        "duration": duration,
        "channel": 0,
        "text": facts["text"],
        "speaker": facts["voice"],
    }
    if facts["words"]:
        supervision["alignment"] = {"word": [_aligned(word) for word in facts["words"]]}
    return {
        "id": facts["id"],
        "start": 0,
        "duration": duration,
        "channel": 0,
        "supervisions": [supervision],
        "recording": {**_recording(facts)},
        "custom": {key: value for key, value in facts.items() if key not in known},
        "type": "MonoCut",
    }


def _aligned(word: dict[str, Any]) -> list[Any]:
    """A word as Lhotse has it: symbol, start, duration, score."""
    return [word["word"], word["start"], round(word["end"] - word["start"], 3), None]


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def _json(data: Any) -> bytes:
    return _text(data).encode("utf-8")


def _tar(members: Sequence[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)  # whose time, owner and mode are always the same
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
