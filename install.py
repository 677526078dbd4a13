"""Install ptts_np from this folder into `.venv`, with the Rust module where cargo is found.

    python3 install.py                 # then: uv run ptts-np say "Hello."
    python3 install.py say "Hello."    # what follows is a command of ptts-np, for when it is done

Needs Python 3.10 and a network; installs uv if it is not there.
"""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    uv = find_uv()
    done = subprocess.run([*uv, "sync", "--inexact", "--quiet"], cwd=HERE, check=False)
    if done.returncode:
        return done.returncode
    if is_built():
        pass
    elif shutil.which("cargo"):
        say("cargo is here: building the Rust module, once, in a minute or two")
        module = ["pip", "install", "--quiet", "--python", ".venv", "./rust-numpy/python"]
        if subprocess.run([*uv, *module], cwd=HERE, check=False).returncode:
            say("the Rust module could not be built, for the reason above; Numba speaks instead")
    else:
        say("no cargo here: Numba speaks; install Rust (https://rustup.rs) for the faster module")
    if not sys.argv[1:]:
        return 0
    # where it was called, so that files are found and written there
    command = [*uv, "run", "--no-sync", "--quiet", "--project", str(HERE)]
    command += ["python", "-m", "ptts_np", *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode


def find_uv() -> list[str]:
    """The command uv, installed for this Python if there is none."""
    if find_spec("uv") is None and (found := shutil.which("uv")):
        return [found]
    if find_spec("uv") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "uv"]
        if subprocess.run(pip, capture_output=True, check=False).returncode:
            sys.exit(
                "install: uv is needed, and pip may not install it for this Python: see "
                "https://docs.astral.sh/uv/getting-started/installation/"
            )
    return [sys.executable, "-m", "uv"]


def is_built() -> bool:
    """Whether the Rust module is installed, and no source of it is newer."""
    sources = [*(HERE / "rust-numpy").rglob("*.rs"), *(HERE / "rust-numpy").rglob("Cargo.*")]
    newest = max(source.stat().st_mtime for source in sources)
    modules = (HERE / ".venv").rglob("rust_numpy/_core*")
    return any(module.stat().st_mtime >= newest for module in modules)


def say(line: str) -> None:
    """Words go to stderr: stdout may be sound."""
    print(f"install: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
