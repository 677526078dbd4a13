"""Recordings as people have them: as voices they are what they sound like."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from ptts_np.audio.mono import Mono
from ptts_np.audio.packed import packing
from ptts_np.audio.prompt import LEAD, begin_soon, prompt_from_audio
from ptts_np.audio.read import read_audio
from ptts_np.errors import AudioError

RATE = 24_000


def tone(seconds: float, peak: float = 0.5) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def wav(samples: np.ndarray, subtype: str = "PCM_16") -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, RATE, subtype, format="WAV")
    return content.getvalue()


# -- silence first


@given(st.integers(0, 5 * RATE), st.floats(0, 0.004))
def test_silence_before_the_first_word_is_cut(silent: int, noise: float) -> None:
    before = np.random.default_rng(1).uniform(-noise, noise, silent).astype(np.float32)
    prompt = begin_soon(np.concatenate([before, tone(1)]))
    # to the 20 ms that it is looked at in
    assert abs(prompt.size - RATE - min(silent, LEAD)) <= 480
    np.testing.assert_array_equal(prompt[-RATE:], tone(1))


def test_a_prompt_that_begins_with_silence() -> None:
    quiet = np.zeros(8 * RATE, np.float32)
    late = prompt_from_audio(wav(np.concatenate([quiet, tone(2)])))
    soon = prompt_from_audio(wav(np.concatenate([quiet[:LEAD], tone(2)])))
    np.testing.assert_array_equal(late, soon)


# -- sides that cancel each other out


def test_inverted_sides_are_one_voice() -> None:
    sides = np.stack([tone(1), -tone(1)], axis=1)
    np.testing.assert_allclose(read_audio(wav(sides))[0], tone(1), atol=1e-4)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_two_sides_are_never_silent(left: float, right: float) -> None:
    mono = Mono()
    sides = np.stack([left * tone(0.1), right * tone(0.1)], axis=1).astype(np.float32)
    for start in range(0, len(sides), 1000):
        mono.feed(sides[start : start + 1000])
    found = mono.samples()
    assert found.shape == (len(sides),)
    assert np.abs(found).max() >= 0.04 * np.abs(sides).max()
    if abs(left + right) > 0.3 * abs(left):
        np.testing.assert_array_equal(found, sides.mean(axis=1))


# -- a WAV that was a stream


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_stream_is_read_to_its_end(tmp_path: Path, size: int, subtype: str) -> None:
    content = wav(tone(1), subtype)
    place = content.index(b"data") + 4
    unknown = struct.pack("<I", size)
    stream = content[:4] + unknown + content[8:place] + unknown + content[place + 4 :]
    expected = read_audio(content)[0]
    (tmp_path / "stream.wav").write_bytes(stream)
    for source in (stream, io.BytesIO(stream), tmp_path / "stream.wav"):
        np.testing.assert_array_equal(read_audio(source)[0], expected)
    np.testing.assert_array_equal(read_audio(stream, max_seconds=0.25)[0], expected[: RATE // 4])
    # cut within a sample
    assert abs(read_audio(stream[:-1])[0].size - expected.size) <= 1


def test_a_stream_without_sound_is_empty() -> None:
    content = wav(tone(1))
    place = content.index(b"data") + 4
    with pytest.raises(AudioError, match="empty"):
        read_audio(content[:place] + bytes(4))


@given(st.integers(0, 60), st.binary(min_size=1, max_size=8))
def test_a_damaged_header_is_an_error_or_sound(place: int, change: bytes) -> None:
    content = wav(tone(0.1))
    damaged = content[:place] + change + content[place + len(change) :]
    try:
        samples, _ = read_audio(damaged)
    except AudioError:
        return
    assert np.isfinite(samples).all()


# -- telephones' and browsers'


def packed(container: str, codec: str, samples: np.ndarray, rate: int = RATE) -> bytes:
    av = pytest.importorskip("av")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="stereo")
        sides = np.ascontiguousarray(samples.reshape(len(samples), -1).T)
        layout = "mono" if len(sides) == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(sides, format="fltp", layout=layout)
        frame.sample_rate = RATE
        size = stream.codec_context.frame_size
        framer = av.AudioResampler(stream.codec_context.format, "stereo", rate, size or 1024)
        for ready in [*framer.resample(frame), *framer.resample(None)]:
            output.mux(stream.encode(ready))
        output.mux(stream.encode(None))
    return buffer.getvalue()


KINDS = [("ipod", "aac", RATE), ("adts", "aac", RATE), ("webm", "libopus", 48_000)]


@pytest.mark.parametrize(("container", "codec", "rate"), KINDS)
def test_reads_what_telephones_and_browsers_record(
    tmp_path: Path, container: str, codec: str, rate: int
) -> None:
    content = packed(container, codec, tone(3), rate)
    (tmp_path / "voice.m4a").write_bytes(content)
    for source in (content, tmp_path / "voice.m4a", io.BytesIO(content)):
        prompt = prompt_from_audio(source, max_seconds=2)
        assert abs(prompt.size - 2 * RATE) < 0.2 * RATE
        spectrum = np.abs(np.fft.rfft(prompt[:RATE]))
        assert abs(int(spectrum.argmax()) - 440) <= 2
    samples, found = read_audio(content, max_seconds=0.5)
    assert (samples.size, found) == (rate // 2, rate)
    inverted = packed(container, codec, np.stack([tone(1), -tone(1)], axis=1), rate)
    assert np.abs(read_audio(inverted)[0]).max() > 0.2


@pytest.mark.parametrize(("container", "codec", "rate"), KINDS)
@pytest.mark.parametrize("cut", [0.01, 0.5, 0.9])
def test_damaged_files_are_told(container: str, codec: str, rate: int, cut: float) -> None:
    content = packed(container, codec, tone(1), rate)
    noise = np.random.default_rng(3).bytes(len(content))
    for data in (content[: int(cut * len(content))], content[:12] + noise[12:]):
        try:
            assert np.isfinite(read_audio(data)[0]).all()
        except AudioError:
            continue  # and nothing else


def test_lists_that_lead_elsewhere_are_no_sound(tmp_path: Path) -> None:
    """FFmpeg would open what a playlist names, on this computer or another."""
    (tmp_path / "secret.wav").write_bytes(wav(tone(1)))
    for text in (
        f"#EXTM3U\n#EXTINF:1,\n{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{tmp_path}/secret.wav'\n",
    ):
        assert packing(text.encode()) is None
        with pytest.raises(AudioError, match="can't read"):
            read_audio(text.encode())
        # nor where it claims to be a file of another kind
        with pytest.raises(AudioError):
            read_audio(b"\x00\x00\x00\x18ftyp" + text.encode())


def test_without_pyav_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(AudioError, match=r"ptts-np\[formats\]"):
        read_audio(b"\x00\x00\x00\x18ftypM4A " + bytes(100))
