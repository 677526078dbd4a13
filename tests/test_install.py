"""What is installed may be little, and nothing may be writable: it speaks all the same."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ptts_np import ops

ROOT = Path(__file__).parent.parent
WITHOUT_RUST = "import sys; sys.modules['rust_numpy'] = None\n"
NO_FOLDER = "import numba.core.caching as c; c.CacheImpl._locator_classes = []\n"
COMMAND = "from ptts_np.cli.commands import run; sys.exit(run(sys.argv[1:]))"


def run(before: str, *arguments: str, **options) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PTTS_", "NUMBA_"))}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    options.setdefault("env", environment)
    command = [sys.executable, "-c", WITHOUT_RUST + before + COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, timeout=120, **options)


def samples(wav: bytes) -> np.ndarray:
    return np.frombuffer(wav[44:], np.int16)


def test_it_speaks_where_numba_can_keep_nothing() -> None:
    pytest.importorskip("numba")
    done = run(NO_FOLDER, "say", "Hi.", "--output", "-", "--seed", "1", cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    assert np.abs(samples(done.stdout)).max() > 1000
    assert b"compiling kernels" in done.stderr


def test_the_doctor_says_so() -> None:
    pytest.importorskip("numba")
    done = run(NO_FOLDER, "doctor", cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    assert b"set NUMBA_CACHE_DIR" in done.stdout
    assert b"backend numba (default): mini at" in done.stdout


def test_it_speaks_without_numba_soxr_and_rust() -> None:
    missing = "sys.modules['numba'] = sys.modules['soxr'] = None\n"
    done = run(missing, "say", "Hi.", "--output", "-", "--seed", "1", cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    assert np.abs(samples(done.stdout)).max() > 1000


def test_the_fastest_installed_backend_is_the_default(monkeypatch) -> None:
    monkeypatch.delenv("PTTS_BACKEND", raising=False)
    for missing, expected in ((["rust_numpy"], "numba"), (["rust_numpy", "numba"], "numpy")):
        with monkeypatch.context() as patch:
            for name in missing:
                patch.setitem(sys.modules, name, None)
            assert ops.default_backend() == expected
