"""The image's recipe, and its steps, run here: someone who is nobody, and nothing to write to."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml

pytest.importorskip("fastapi")

from ptts_np.serve import health
from ptts_np.serve.sources import SETTINGS
from tests.serving import TEXT, live

ROOT = Path(__file__).parent.parent
NOBODY = "65534"


def steps() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile and their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for step in steps():
        if step[0] == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def variables(stage: list[tuple[str, str]]) -> dict[str, str]:
    pairs = [shlex.split(text) for name, text in stage if name == "ENV"]
    return dict(pair.split("=", 1) for line in pairs for pair in line)


class TestRecipe:
    def test_the_image_runs_as_nobody(self) -> None:
        last = stages()[-1]
        assert ("USER", f"{NOBODY}:{NOBODY}") in last
        after = [name for name, _ in last[last.index(("USER", f"{NOBODY}:{NOBODY}")) :]]
        assert "RUN" not in after
        assert "COPY" not in after

    def test_commands_are_lists(self) -> None:
        """A shell between Docker and the server would keep signals from it."""
        last = dict(stages()[-1])
        assert json.loads(last["ENTRYPOINT"]) == ["ptts-np"]
        assert json.loads(last["CMD"]) == ["serve"]
        check = json.loads(last["HEALTHCHECK"].split("CMD", 1)[1])
        assert check == ["python", "-m", "ptts_np.serve.health"]

    def test_bases_have_tags_and_nothing_is_fetched_by_hand(self) -> None:
        bases = [text.split()[0] for name, text in steps() if name == "FROM"]
        assert all(re.fullmatch(r"[\w/-]+:[\w.-]+", base) for base in bases)
        assert not any(base.endswith(":latest") for base in bases)
        assert len(set(bases)) == 1  # the environment's links lead to this Python
        for name, text in steps():
            assert name != "ADD"
            assert not re.search(r"\b(sudo|curl|wget|apt-get)\b", text)
            if " pip install" in f" {text}":
                assert "--no-cache-dir" in text
                assert "," in text or "==" in text  # a version

    def test_settings_are_settings(self) -> None:
        known = {setting.variable for setting in SETTINGS.values()}
        compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
        for given in (variables(stages()[-1]), compose["services"]["ptts"]["environment"]):
            assert {name for name in given if name.startswith("PTTS_SERVE_")} <= known

    def test_what_is_copied_is_there_and_not_ignored(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert ignored[0] == "*"
        for stage in stages():
            for name, text in stage:
                if name == "COPY" and not text.startswith("--from"):
                    for source in text.split()[:-1]:
                        assert (ROOT / source).exists()
                        assert f"!{source}" in ignored

    def test_compose(self) -> None:
        service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
        ptts = service["ptts"]
        assert ptts["read_only"] is True
        assert ptts["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in ptts["security_opt"]
        assert ptts["tmpfs"] == ["/tmp"]
        (port,) = ptts["ports"]
        assert port.startswith("127.0.0.1:")  # no key is set: for this computer only
        assert port.endswith(f":{SETTINGS['port'].field.default}")

    def test_the_readme_builds_and_runs_it(self) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        assert "docker build -t ptts-np ." in text
        assert "docker run" in text


class TestHealth:
    def test_address(self) -> None:
        assert health.address({}) == "http://127.0.0.1:8080/ready"
        assert health.address({"PTTS_SERVE_PORT": "1"}) == "http://127.0.0.1:1/ready"
        tls = {"PTTS_SERVE_CERTFILE": "a.pem"}
        assert health.address(tls) == "https://127.0.0.1:8080/ready"

    def test_it_tells_whether_the_server_is_ready(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
    ) -> None:
        with live() as server:
            monkeypatch.setenv("PTTS_SERVE_PORT", server.url.rpartition(":")[2])
            assert health.main() == 0
            server.speaker.draining = True
            assert health.main() == 1
            assert "503" in capsys.readouterr().err
        assert health.main() == 1  # nobody is there


class TestService:
    """The systemd unit."""

    def unit(self) -> Path:
        return ROOT / "deploy" / "ptts-np.service"

    def test_systemd_takes_it(self, tmp_path: Path) -> None:
        if shutil.which("systemd-analyze") is None:
            pytest.skip("no systemd here")
        # its program need not be installed here
        text = self.unit().read_text(encoding="utf-8")
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        copy = tmp_path / "ptts-np.service"
        copy.write_text(text, encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        command = ["systemd-analyze", "security", "--offline=true", copy]
        told = subprocess.run(command, capture_output=True, text=True).stdout
        level = re.search(r"exposure level for \S+: ([\d.]+)", told)
        if level:  # older ones can't look at files
            assert float(level[1]) < 2

    def test_its_command_and_its_grace(self) -> None:
        text = self.unit().read_text(encoding="utf-8")
        assert "/ptts-np serve --config" in text
        grace = float(SETTINGS["grace_seconds"].field.default)
        assert float(re.search(r"TimeoutStopSec=(\d+)", text)[1]) > grace


@dataclass(frozen=True)
class Sealed:
    """An installed server, its Python, and a root that can't be written to."""

    folder: Path
    packages: Path

    def command(self, *arguments: str) -> list[str]:
        """Run Python so, as nobody; the mounts are the command's own, and gone with it."""
        python, packages = self.folder / "python", self.folder / "packages"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        environment = [
            "HOME=/",
            "PATH=/usr/bin:/bin",
            f"PYTHONPATH={packages}",
            f"LD_LIBRARY_PATH={python / 'lib'}",
        ]
        script = f"""
            set -e
            mount --make-rprivate /
            mount --bind {shlex.quote(sys.base_prefix)} {python}
            mount --bind {shlex.quote(str(self.packages))} {packages}
            for place in $(cut -d ' ' -f 2 /proc/self/mounts); do
                mount -o remount,bind,ro "$place" 2>/dev/null || true
            done
            if touch {self.folder}/writable 2>/dev/null; then exit 99; fi
            exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --no-new-privs \
                env -i {" ".join(environment)} {python}/bin/{version} "$@"
        """
        return ["unshare", "--mount", "sh", "-c", script, "sealed", *arguments]


@pytest.fixture(scope="module")
def sealed() -> Iterator[Sealed]:
    """What the Dockerfile's first stage installs, for this Python."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root becomes someone else")
    if any(shutil.which(tool) is None for tool in ("unshare", "setpriv", "mount")):
        pytest.skip("no unshare, setpriv or mount here")
    if subprocess.run(["unshare", "--mount", "true"]).returncode != 0:
        pytest.skip("no mounts of one's own are allowed here")
    build = stages()[0]
    with public_folder() as folder:
        for name in ("python", "packages", "source", "opt"):
            (folder / name).mkdir()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PTTS_")},
            **variables(build),
            "UV_PROJECT_ENVIRONMENT": str(folder / "opt" / "ptts"),
            "UV_PYTHON": sys.executable,
        }
        for name, text in build:
            if name == "COPY":
                *sources, target = text.split()
                for source in sources:
                    copy(ROOT / source, folder / "source" / (target if target != "./" else source))
            if name == "RUN" and text.startswith("uv "):
                command = [sys.executable, "-m", *text.split()]
                if subprocess.run([*command[:3], "--version"], capture_output=True).returncode:
                    command = [uv_of_this_machine(), *text.split()[1:]]
                subprocess.run(command, cwd=folder / "source", env=environment, check=True)
        (packages,) = (folder / "opt" / "ptts" / "lib").glob("python*/site-packages")
        yield Sealed(folder, packages)


def uv_of_this_machine() -> str:
    found = shutil.which("uv")
    if found is None:
        pytest.skip("no uv here")
    return found


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that everyone may look into, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def test_nothing_of_development_is_installed(sealed: Sealed) -> None:
    names = {path.name.partition("-")[0] for path in sealed.packages.iterdir()}
    assert not names & {"pytest", "torch", "rust_numpy", "mypy", "ruff", "openai", "av"}
    assert {"ptts_np", "fastapi", "uvicorn"} <= names


@pytest.mark.parametrize("command", [("say", "Hi.", "--output", "-"), ("doctor",)])
def test_nobody_speaks_where_nothing_can_be_written(
    sealed: Sealed, command: tuple[str, ...]
) -> None:
    arguments = sealed.command("-m", "ptts_np", *command)
    done = subprocess.run(arguments, capture_output=True, timeout=120, cwd="/")
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    if command[0] == "say":
        assert np.abs(np.frombuffer(done.stdout[44:], np.int16)).max() > 1000


@pytest.mark.parametrize("workers", ["1", "2"])
def test_nobody_serves_where_nothing_can_be_written(sealed: Sealed, workers: str) -> None:
    arguments = ["-m", "ptts_np", "serve", "--port", "0", "--workers", workers]
    process = subprocess.Popen(
        sealed.command(*arguments), stderr=subprocess.PIPE, text=True, cwd="/"
    )
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if " at http" in line:
                break
        url = said[-1].split(" at ")[1].split()[0] if said else ""
        end = time.monotonic() + 60
        while httpx.get(f"{url}/ready").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.1)
        body = {"input": TEXT, "response_format": "wav"}
        answer = httpx.post(f"{url}/v1/audio/speech", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        assert np.abs(np.frombuffer(answer.content[44:], np.int16)).max() > 1000
        upload = httpx.post(f"{url}/tts", data={"text": "Hi."}, files={"voice_wav": bytes(3 << 20)})
        assert upload.status_code == 400  # and no file was needed for it
        process.terminate()
        assert process.wait(20) in (0, -15)
        assert "Traceback" not in "".join(said) + process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
