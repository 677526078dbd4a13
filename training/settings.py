"""Settings of the recipe (settings.yaml) and the folder for data, checkpoints and logs."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent / "ptts_np" / "assets" / "mini"


@dataclass(frozen=True)
class Settings:
    """The parsed settings file and the work folder."""

    values: dict[str, Any]
    work: Path

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
    p.add_argument("--settings", type=Path, default=HERE / "settings.yaml")
    p.add_argument("--work", type=Path, default=os.environ.get("PTTS_VOICE_WORK", HERE / "work"))
    return p


def load(args: argparse.Namespace) -> Settings:
    """Read the settings file named by the flags."""
    values = yaml.safe_load(args.settings.read_text(encoding="utf-8"))
    return Settings(values, Path(args.work))
