"""Small manifests and corpora for the tests, spoken by a tiny model in noise."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ptts_np
from tests.conftest import GOLDEN

FOLDER = GOLDEN / "lsd_2026_10"
MODEL = str(FOLDER / "config.yaml")
VOICE = str(FOLDER / "voice.safetensors")


def manifest(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(count: int) -> list[dict[str, Any]]:
    return [{"id": f"r{n}", "text": f"Text {n}.", "topic": n % 3} for n in range(count)]


def speak(source: Path, output: Any, **options: Any) -> Any:
    """A corpus of utterances of under a second."""
    few: dict[str, Any] = {"frames_after_eos": 1, "eos_threshold": -1000.0, "shard_rows": 4}
    given = {"model": MODEL, "voice": VOICE, "backend": "numba", **few, **options}
    return ptts_np.corpus(source, output, **given)


def contents(folder: Path) -> dict[str, bytes]:
    """All files but those of the work, by name."""
    return {
        str(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "work" not in path.parts
    }
