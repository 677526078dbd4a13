"""The two descriptions of the project, pyproject.toml and pixi.toml, say the same."""

import re
from pathlib import Path
from typing import Any

import pytest

tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
ROOT = Path(__file__).parent.parent


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / name).read_text(encoding="utf-8"))
    return found


def test_pixi_installs_what_the_group_dev_does() -> None:
    group = read("pyproject.toml")["dependency-groups"]["dev"]
    names = dict(re.fullmatch(r"([\w-]+)(?:\[\w+\])?(.*)", each).groups() for each in group)
    pixi = read("pixi.toml")
    extras = pixi["pypi-dependencies"]["ptts-np"]["extras"]
    assert [each for each in group if each.startswith("ptts-np")] == [
        f"ptts-np[{extra}]" for extra in extras
    ]
    del names["ptts-np"]
    assert pixi["feature"]["dev"]["pypi-dependencies"] == names


def test_pixi_takes_the_same_pythons() -> None:
    lowest = read("pyproject.toml")["project"]["requires-python"]
    assert read("pixi.toml")["dependencies"]["python"].split(",")[0] == lowest
