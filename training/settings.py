"""Settings of the recipe (settings.yaml) and the folder for data, checkpoints and logs."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training.deadline import Deadline, until

HERE = Path(__file__).resolve().parent
WHOLE = ("shards", "share", "teachers", "voices")  # sections that name speakers
ASSETS = HERE.parent / "ptts_np" / "assets" / "mini"


@dataclass(frozen=True)
class Settings:
    """The parsed settings file, the work folder, and a deadline in place of the stages' minutes."""

    values: dict[str, Any]
    work: Path
    until: Deadline | None = None

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def path(self, *parts: str) -> Path:
        """A path in the work folder, its parent made."""
        path = self.work.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def parser(description: str | None) -> argparse.ArgumentParser:
    """The flags every stage takes."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--settings", type=Path, action="append", help="files over settings.yaml")
    p.add_argument("--work", type=Path, default=os.environ.get("PTTS_VOICE_WORK", HERE / "work"))
    p.add_argument("--until", type=until, help="stop at +SECONDS or HOUR:MINUTE")
    return p


def over(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Settings with others over them, section by section; those in WHOLE are replaced."""
    found = dict(values)
    for key, change in changes.items():
        if key not in values:
            raise ValueError(f"there is no setting named {key!r}; known: {', '.join(values)}")
        old = values[key]
        whole = key in WHOLE or not isinstance(old, dict)
        found[key] = change if whole else over(old, change)
    return found


def read(*paths: Path) -> dict[str, Any]:
    """The recipe's settings with the files' over them, the last one first."""
    values = yaml.safe_load((HERE / "settings.yaml").read_text(encoding="utf-8"))
    for path in paths:
        values = over(values, yaml.safe_load(path.read_text(encoding="utf-8")))
    return values


def load(args: argparse.Namespace) -> Settings:
    """The settings the flags name."""
    return Settings(read(*(args.settings or [])), Path(args.work), args.until)
