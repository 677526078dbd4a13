"""Hundreds of kinds of hostile requests leave a server as it was, and its listeners undisturbed."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from tests.serving import FOLDER, VOICE

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "hostile.py"


def test_hostile_requests() -> None:
    """The script's verdict, with fewer of the small requests that are all alike."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc")
    model = ["--model", str(FOLDER / "config.yaml"), "--voice", str(VOICE)]
    # other tests may be at work on the same cores
    more = ["--small", "2000", "--gap", "2"]
    command = [sys.executable, SCRIPT, *model, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = [int(line.split()[1]) for line in done.stdout.splitlines() if " kinds |" in line]
    assert max(kinds) + min(kinds) >= 300


def test_each_kind_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import hostile

    names = [kind.name for kind in hostile.all_kinds()]
    assert len(names) == len(set(names)) >= 300
