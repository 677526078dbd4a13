"""Every example of the documents runs, in order, in a folder of its own.

A block that can't (it needs the network, a loudspeaker, or a server that stays) says so in a
comment before it: `<!-- not run: network -->`. How many do is fixed here, so that none is
forgotten. `<!-- file: NAME -->` saves a block under that name instead.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("**/*.md")]
)
BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>not run|file): (?P<note>[^>]*?) -->\n+)?"
    r"^```(?P<language>python|sh)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LANGUAGES = re.compile(r"^```([^\s`]+)$", re.MULTILINE)
NOT_RUN = {
    "CONTRIBUTING.md": 1,
    "README.md": 6,
    "docs/books.md": 1,
    "docs/cluster.md": 2,
    "docs/corpora.md": 1,
    "docs/install.md": 2,
    "docs/notebook.md": 1,
    "docs/serve.md": 6,
    "docs/tutorial.md": 1,
}


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    mark: str | None
    note: str | None
    line: int


def blocks(document: str) -> list[Block]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return [
        Block(m["language"], m["text"], m["mark"], m["note"], text.count("\n", 0, m.start()) + 1)
        for m in BLOCK.finditer(text)
    ]


def run_all(document: str) -> list[Block]:
    return [block for block in blocks(document) if block.mark != "not run"]


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if run_all(name)])
def test_the_examples_run(document: str, tmp_path: Path) -> None:
    python = []
    for block in run_all(document):
        if block.mark == "file":
            (tmp_path / str(block.note)).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            python.append(block)
        else:
            shell = shutil.which("bash") or pytest.skip("there is no bash")
            finish(document, [shell, "-euo", "pipefail", "-c", block.text], tmp_path)
    if python:
        # lines keep their numbers, so that a traceback points into the document
        source = ""
        for block in python:
            source += "\n" * (block.line - source.count("\n")) + block.text
        finish(document, [sys.executable, "-c", source], tmp_path)


def finish(document: str, command: list[str], folder: Path) -> None:
    bin_ = str(Path(sys.executable).parent)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PTTS_")}
    environment["PATH"] = bin_ + os.pathsep + environment["PATH"]
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(folder)])
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{document}: {command[-1]}\n{done.stdout}\n{done.stderr}"


def test_examples_that_do_not_run_are_known() -> None:
    marked = {name: sum(b.mark == "not run" for b in blocks(name)) for name in DOCUMENTS}
    assert {name: count for name, count in marked.items() if count} == NOT_RUN
    for name in DOCUMENTS:
        for block in blocks(name):
            if block.language == "python":
                ast.parse(block.text)


def test_no_example_escapes() -> None:
    """A block in a language that is not run is data, and one that has a mark has a reason."""
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        data = {"html", "json", "text", "rust", "yaml"}
        assert set(LANGUAGES.findall(text)) <= {"python", "sh", *data}, name
        assert all(block.note for block in blocks(name) if block.mark), name


def test_the_notebook_runs(tmp_path: Path) -> None:
    notebook = json.loads((ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert len(cells) >= 4
    assert not any(c.get("outputs") for c in notebook["cells"]), "commit it without outputs"
    finish("notebook.ipynb", [sys.executable, "-c", "\n\n".join(cells)], tmp_path)
