"""The command line as a person uses it: exit codes, messages, files and pipes."""

import dataclasses
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ptts_np.cli import commands as cli
from tests.conftest import GOLDEN

FOLDER = GOLDEN / "lsd_2026_10"
USING = ["--model", str(FOLDER / "config.yaml"), "--voice", str(FOLDER / "voice.safetensors")]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def compiled(monkeypatch: pytest.MonkeyPatch, is_compiled: bool) -> None:
    """Let Numba's kernels be in the disk cache, or not."""
    from ptts_np.ops import jit

    backend = dataclasses.replace(jit.BACKEND, is_compiled=lambda: is_compiled)
    monkeypatch.setattr("ptts_np.ops.jit.BACKEND", backend)


def run(*arguments: str) -> int:
    return cli.run(list(arguments))


def start(*arguments: str, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "ptts_np", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE, **options
    )


def test_say_writes_a_file_and_one_closing_line(tmp_path: Path, capsys, monkeypatch) -> None:
    compiled(monkeypatch, True)
    assert run("say", "Hello.", *USING, "--output", "out.wav", "--seed", "1") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "times real time (model lsd_2026_10, voice" in err
    info = soundfile.info("out.wav")
    assert (info.samplerate, info.channels, info.subtype) == (24000, 1, "PCM_16")
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]


def test_the_first_compile_is_announced(capsys, monkeypatch) -> None:
    compiled(monkeypatch, False)
    assert run("say", "Hello.", *USING, "--backend", "numba", "--output", "out.wav") == 0
    assert "compiling kernels" in capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_formats_by_suffix(suffix: str) -> None:
    if suffix.upper() not in soundfile.available_formats():
        pytest.skip(f"this libsndfile has no {suffix}")
    assert run("say", "Hello.", *USING, f"--output=a.{suffix}", "--quiet") == 0
    assert soundfile.info(f"a.{suffix}").frames > 0


def test_the_default_output(capsys) -> None:
    assert run("say", "Hello.", *USING) == 0
    assert Path("speech.wav").exists()
    assert "speech.wav" in capsys.readouterr().err


def listen(monkeypatch) -> list[str]:
    """The texts that are going to be said, silently."""
    said = []

    def stream(words: str, **_):
        said.append(words)
        pieces: tuple[np.ndarray, ...] = ()
        return (piece for piece in pieces)

    monkeypatch.setattr("ptts_np.synthesis.stream", stream)
    return said


@pytest.mark.parametrize(
    "text", ["3.14", "None", "[a]", "{'a': 1}", "0x10", "True", "a=b", "-5 °C"]
)
def test_a_text_stays_text(text: str, monkeypatch) -> None:
    said = listen(monkeypatch)
    assert run("say", text, *USING, "--output", "-", "--quiet") == 0
    assert said == [text]


def test_a_pipe_carries_sound_only() -> None:
    process = start("say", "-", *USING, "--output", "-", "--seed", "2")
    out, err = process.communicate(b"Hello from a pipe.\n", timeout=120)
    assert process.returncode == 0
    assert b"times real time" in err
    assert out[:4] == b"RIFF"
    samples = np.frombuffer(out[44:], "<i2")
    run("say", "Hello from a pipe.", *USING, "--output", "same.wav", "--seed", "2", "--quiet")
    expected, _ = soundfile.read("same.wav", dtype="int16")
    np.testing.assert_array_equal(samples, expected)


def test_a_listener_who_leaves_is_no_drama() -> None:
    process = start("say", "Hello. " * 200, *USING, "--output", "-")
    process.stdout.read(100)
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=60) != 0
    assert b"Traceback" not in err
    process.stderr.close()
    process.stdin.close()


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command line in which `ptts-np` is this program."""
    program = f"{sys.executable} -m ptts_np"
    command = command.replace("ptts-np", program).replace("USING", " ".join(USING))
    return subprocess.run(["sh", "-c", command], capture_output=True, check=False, timeout=120)


@POSIX
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("ptts-np say Hello. USING --output a.wav >&-", 0),
        ("ptts-np say Hello. USING --output a.wav 2>&-", 0),
        ("ptts-np say Hello. USING --output a.wav <&- >&- 2>&-", 0),
        ("ptts-np say - USING --output a.wav <&-", 2),
        ("ptts-np say nothing --colour red 2>&-", 2),
    ],
)
def test_closed_streams(command: str, code: int, tmp_path: Path) -> None:
    """Nobody's words may go into the file that got a closed stream's number."""
    done = shell(command)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
    assert [path.name for path in tmp_path.iterdir()] == ([] if code else ["a.wav"])
    if not code:
        assert soundfile.info("a.wav").frames * 2 + 44 == Path("a.wav").stat().st_size


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", ["models", "voices", "say Hello. USING --output -", "--help"])
def test_a_full_disk_behind_standard_output(command: str) -> None:
    done = shell(f"ptts-np {command} > /dev/full")
    assert done.returncode == 1
    assert done.stderr.decode().startswith("ptts-np: ")
    assert b"Traceback" not in done.stderr
    assert b"space" in done.stderr or b"full" in done.stderr


@POSIX
def test_a_disk_that_fills_up_meanwhile(tmp_path: Path) -> None:
    """No file may grow beyond 4 kB; on NumPy, since Numba's cache is files, too."""
    for suffix in ("wav", "flac", "ogg"):
        text = "Hello. " * 50
        options = f"--backend numpy --output a.{suffix}"
        done = shell(f"ulimit -f 8; ptts-np say '{text}' USING {options}")
        assert done.returncode == 1
        assert b"can't write" in done.stderr
        assert b"Traceback" not in done.stderr
        assert list(tmp_path.iterdir()) == []


def test_a_text_that_looks_like_an_option(monkeypatch) -> None:
    said = listen(monkeypatch)
    for text in ("--help", "-h", "--output"):
        assert run("say", *USING, "--output", "-", "--quiet", "--", text) == 0
        assert said.pop() == text


def test_a_text_file(tmp_path: Path, capsys) -> None:
    Path("text.txt").write_text("\ufeffHello from a file.", encoding="utf-8")
    assert run("say", "--file", "text.txt", *USING, "--output", "a.wav") == 0
    Path("latin.txt").write_bytes("Grüße".encode("latin-1"))
    assert run("say", "--file", "latin.txt", *USING, "--output", "b.wav") == 2
    assert "not UTF-8" in capsys.readouterr().err
    assert run("say", "--file", "none.txt", *USING) == 2
    assert run("say", "--file", str(tmp_path), *USING) == 2
    assert not Path("b.wav").exists()


WRONG = [
    (["say", "Hi", "--colour", "red"], "no option --colour"),
    (["say", "Hi", "--temprature", "0.3"], "did you mean --temperature?"),
    (["say", "Hello", "world"], "put quotes around a text"),
    (["say", "Hi", "--seed", "x"], "--seed must be a whole number"),
    (["say", "Hi", "--seed", "1.5"], "--seed must be a whole number"),
    (["say", "Hi", "--temperature", "hot"], "--temperature must be a number"),
    (["say", "Hi", "--seed", "1", "--seed", "2"], "twice"),
    (["say", "Hi", "--output"], "--output needs a value"),
    (["say", "Hi", "--play=maybe"], "--play is a switch"),
    (["say", "Hi", "--output", "a.txt"], "txt"),
    (["say"], "give a text"),
    (["say", "Hi", "--file", "x"], "give a text"),
    (["sya", "Hi"], "did you mean say?"),
    (["export_voice", "a.wav"], "needs TARGET"),
    (["export_voice", "a.wav", "b.wav"], "*.safetensors"),
    (["bench", "--runs", "0"], "runs must be"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_use(arguments: list[str], message: str, tmp_path: Path, capsys, monkeypatch) -> None:
    def never(*_, **__):
        raise AssertionError("nothing may run")

    monkeypatch.setattr("ptts_np.loading.load_model", never)
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("ptts-np: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--voice", "nobody"], "no voice or file"),
        (["--voice", ""], "voice's name is empty"),
        (["--model", ""], "model's name is empty"),
        (["--backend", ""], "no backend ''"),
        (["--temperature", "9"], "temperature must be"),
        (["--output", "no/such/folder/a.wav"], "no/such/folder"),
        (["--model", "nowhere/config.yaml"], "nowhere"),
        (["--backend", "abacus"], "no backend 'abacus'"),
    ],
)
def test_what_can_not_be_done(arguments: list[str], message: str, tmp_path: Path, capsys) -> None:
    given = dict(zip(USING[::2], USING[1::2], strict=True))
    given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert run("say", "Hello.", *[part for pair in given.items() for part in pair]) > 0
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "  ", "\x00\x01\x02", "..."])
def test_texts_with_nothing_to_say(text: str, tmp_path: Path, capsys) -> None:
    assert run("say", text, *USING) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk(capsys) -> None:
    assert run("say", "Hello.", *USING, "--output", "/dev/full") == 1
    assert "space" in capsys.readouterr().err


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing(number: int, tmp_path: Path) -> None:
    (tmp_path / "kept.wav").write_bytes(b"kept")
    process = start("say", "Hello. " * 15_000, *USING, "--output", "kept.wav", cwd=tmp_path)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    for _ in range(3):  # an impatient person
        process.send_signal(number)
        time.sleep(0.01)
    _, err = process.communicate(timeout=20)
    # within an extension's import the interpreter ends itself by SIGINT, and the last signal may
    # come when all is cleaned up and it listens no more
    assert process.returncode in (128 + number, -signal.SIGINT, -number)
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.wav"]
    assert (tmp_path / "kept.wav").read_bytes() == b"kept"


EARLY = """
import os, runpy, sys
module = sys.argv.pop(1)
def interrupt(event, arguments):
    if event == "import" and arguments[0] == module:
        os.kill(os.getpid(), 2)
sys.addaudithook(interrupt)
runpy.run_module("ptts_np", run_name="__main__", alter_sys=True)
"""


@POSIX
@pytest.mark.parametrize(
    "module", ["signal", "ptts_np.cli", "inspect", "numpy", "fire", "ptts_np.loading"]
)
def test_an_interrupt_at_once(module: str, tmp_path: Path, monkeypatch) -> None:
    """While this is imported, in the order of the imports; before the first, Python is at work."""
    monkeypatch.delenv("PTTS_TYPECHECK", raising=False)
    command = [sys.executable, "-c", EARLY, module, "say", "Hello.", *USING]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.stderr == b"ptts-np: interrupted\n"
    assert done.returncode in (130, -signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_an_ignored_interrupt_stays_ignored(tmp_path: Path) -> None:
    """As in `nohup` and in the background of a shell."""
    done = shell(
        "trap '' INT; ptts-np say Hello. USING --output a.wav & sleep 0.3; kill -2 $!; wait $!"
    )
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_help(capsys) -> None:
    assert run("--help") == 0
    overview = capsys.readouterr().out
    for name, function in cli.COMMANDS.commands.items():
        assert name in overview
        assert run(name, "--help") == 0
        text = capsys.readouterr().out
        assert f"ptts-np {name}" in text
        assert "Example" in (function.__doc__ or "")
    assert run() == 0
    assert run("--version") == 0


def test_export_voice_and_use_it(capsys) -> None:
    speech = np.sin(np.arange(48000) / 20).astype(np.float32) * 0.3
    soundfile.write("me.wav", np.stack([speech, speech], axis=1), 44100, subtype="PCM_U8")
    model = ["--model", USING[1]]
    assert run("export_voice", "me.wav", "me.safetensors", *model) == 0
    assert run("say", "Hello.", *model, "--voice", "me.safetensors", "--output", "a.wav") == 0
    assert run("say", "Hello.", *model, "--voice", "me.wav", "--output", "b.wav") == 0


def test_lists(capsys) -> None:
    assert run("models") == 0
    rows = capsys.readouterr().out.splitlines()
    assert any(row.startswith("english_2m_2026-10 ") for row in rows)
    assert run("voices", "--model", "english") == 0
    assert "alba" in capsys.readouterr().out.split()


def test_progress_only_on_a_terminal(capsys, monkeypatch) -> None:
    run("say", "Hello.", *USING, "--output", "a.wav")
    assert "\r" not in capsys.readouterr().err
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", screen)
    run("say", "Hello.", *USING, "--output", "a.wav")
    assert "\r" in screen.getvalue()
    assert os.linesep.join(screen.getvalue().splitlines()[-1:]).endswith("-> a.wav")
