"""Writing sound, which leaves all or nothing."""

import io
import os
import subprocess
import sys
import threading
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptts_np.audio.read import read_audio
from ptts_np.audio.samples import to_pcm16
from ptts_np.audio.write import AudioWriter, wav_header, write_audio, write_wav_stream
from ptts_np.errors import InputError, OutputError
from ptts_np.fetch.atomic import write_bytes
from tests.sounds import tone


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Pipe(io.RawIOBase):
    """Somewhere to write that can't seek."""

    def __init__(self) -> None:
        super().__init__()
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.content += bytes(data)
        return len(data)


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "ogg", "opus", "mp3", "WAV"])
def test_writes_what_it_can_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    sound = tone(6)  # longer than one block
    write_audio(path, sound, 24_000)
    samples, rate = read_audio(path)
    assert rate == (48_000 if suffix == "opus" and rate == 48_000 else 24_000)
    assert files_in(tmp_path) == [path.name]
    if suffix in ("wav", "WAV", "flac", "aiff"):
        np.testing.assert_array_equal(np.rint(samples * 32768), to_pcm16(sound))
    else:
        assert abs(samples.size / rate - 6) < 0.2
        assert abs(np.abs(samples[rate : 5 * rate]).max() - 0.5) < 0.1


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, 1_000), max_size=6), suffix=st.sampled_from(["wav", "flac"]))
def test_written_in_pieces_equals_written_whole(
    tmp_path: Path, cuts: list[int], suffix: str
) -> None:
    sound = tone(1_000 / 24_000)
    write_audio(tmp_path / f"whole.{suffix}", sound, 24_000)
    with AudioWriter(tmp_path / f"pieces.{suffix}", 24_000) as writer:
        for piece in np.split(sound, sorted(cuts)):
            writer.write(piece)
    assert writer.n_samples == 1_000
    whole = (tmp_path / f"whole.{suffix}").read_bytes()
    assert (tmp_path / f"pieces.{suffix}").read_bytes() == whole


def test_a_wav_says_what_it_is(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tone(0.1), 24_000)
    with wave.open(str(tmp_path / "a.wav")) as sound:
        assert sound.getparams()[:4] == (1, 2, 24_000, 2_400)
    assert len(wav_header(24_000, 3)) == 44
    assert wav_header(24_000, 2**40)[40:] == wav_header(24_000, 2**50)[40:]


@pytest.mark.parametrize("name", ["out", "out.txt", "out.wav.bak"])
def test_unknown_suffix_lists_the_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"must end in \.wav, \.flac, \.ogg") as caught:
        write_audio(tmp_path / name, tone(0.1), 24_000)
    assert name in str(caught.value)
    assert files_in(tmp_path) == []


def test_refuses_a_rate_the_format_has_not(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="12345 Hz"):
        write_audio(tmp_path / "a.mp3", tone(0.1), 12_345)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_after_an_error_the_old_file_is_still_there(
    tmp_path: Path, suffix: str, error: type[BaseException]
) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"old")
    writer = AudioWriter(path, 24_000)
    with pytest.raises(error), writer:  # noqa: PT012
        writer.write(tone(1))
        assert len(files_in(tmp_path)) == 2
        raise error
    assert files_in(tmp_path) == [path.name]
    assert path.read_bytes() == b"old"
    with pytest.raises(OutputError, match="not open"):
        writer.write(tone(1))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_a_full_disk(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"old")
    real_open = Path.open

    def open_full(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if "x" not in mode:
            return real_open(self, mode, *rest, **more)
        real_open(self, mode).close()
        return real_open(Path("/dev/full"), "wb", *rest, **more)

    monkeypatch.setattr(Path, "open", open_full)
    noise = np.random.default_rng(0).uniform(-1, 1, 100_000).astype(np.float32)
    with pytest.raises(OutputError, match="disk is full"):
        write_audio(path, noise, 24_000)
    with pytest.raises(OutputError, match="disk is full"):
        write_bytes(path, bytes(10))
    assert files_in(tmp_path) == [path.name]
    assert path.read_bytes() == b"old"


def test_write_bytes_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "voice.safetensors"
    path.write_bytes(b"old and longer")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert files_in(tmp_path) == [path.name]


def test_errors_of_the_caller_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), AudioWriter(tmp_path / "a.flac", 24_000):
        raise FileNotFoundError("something else")
    assert files_in(tmp_path) == []


def test_devices_are_written_to_and_not_replaced() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(OutputError, match="disk is full"):
        write_audio(Path("/dev/full"), tone(1), 24_000)
    assert Path("/dev/full").is_char_device()
    write_audio(Path("/dev/null"), tone(1), 24_000)
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipes_take_wav_only(tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        os.mkfifo(tmp_path / name)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "a.wav").read_bytes()))
    reader.start()
    write_audio(tmp_path / "a.wav", tone(0.1), 24_000)
    reader.join(10)
    assert len(received[0]) == 44 + 2 * 2_400
    reader = threading.Thread(target=lambda: received.append((tmp_path / "a.flac").read_bytes()))
    reader.start()
    with pytest.raises(OutputError, match="only takes WAV"):
        write_audio(tmp_path / "a.flac", tone(0.1), 24_000)
    reader.join(10)
    assert files_in(tmp_path) == ["a.flac", "a.wav"]


def test_places_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.wav").mkdir()
    for path, message in [
        (tmp_path / "none" / "a.wav", "folder does not exist"),
        (tmp_path / "file" / "a.wav", "folder is a file"),
        (tmp_path / "folder.wav", "it is a folder"),
        (tmp_path / ("a" * 300 + ".wav"), "can't write"),
    ]:
        with pytest.raises(OutputError, match=message):
            write_audio(path, tone(0.1), 24_000)
    assert files_in(tmp_path) == ["file", "folder.wav"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_one_may_not_write_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission"):
        write_audio(tmp_path / "a.wav", tone(0.1), 24_000)
    tmp_path.chmod(0o700)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    target = tmp_path / "deep" / "real.wav"
    target.touch()
    (tmp_path / "link.wav").symlink_to(target)
    write_audio(tmp_path / "link.wav", tone(0.1), 24_000)
    assert (tmp_path / "link.wav").is_symlink()
    assert read_audio(target)[0].size == 2_400


def test_streams_a_wav_into_a_pipe() -> None:
    pipe = Pipe()
    sound = tone(0.3)
    assert write_wav_stream(pipe, 24_000, iter(np.split(sound, [0, 100, 4_000]))) == 7_200
    assert pipe.content[:44] == wav_header(24_000)
    assert pipe.content[4:8] == pipe.content[40:44] == b"\xff" * 4
    samples, rate = read_audio(pipe.content)
    assert rate == 24_000
    np.testing.assert_array_equal(np.rint(samples * 32768), to_pcm16(sound))


def test_chunks_leave_as_soon_as_they_come() -> None:
    pipe = Pipe()
    seen = []

    def chunks() -> Any:
        for _ in range(3):
            seen.append(len(pipe.content))
            yield tone(0.1)

    write_wav_stream(io.BufferedWriter(pipe), 24_000, chunks())
    assert seen == [44, 44 + 4_800, 44 + 9_600]


def test_stream_errors() -> None:
    class Closed(Pipe):
        def write(self, data: Any) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        write_wav_stream(Closed(), 24_000, [])
    if Path("/dev/full").exists():
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            pytest.raises(OutputError, match="disk is full"),
        ):
            write_wav_stream(full, 24_000, [])


def test_writing_a_wav_loads_no_sound_library(tmp_path: Path) -> None:
    code = (
        "import sys, numpy; from pathlib import Path; from ptts_np.audio.write import write_audio;"
        f"write_audio(Path({str(tmp_path / 'a.wav')!r}), numpy.ones(9, numpy.float32), 24000);"
        "print(sorted({'soundfile', 'soxr'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
