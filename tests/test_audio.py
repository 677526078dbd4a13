"""Reading, resampling, ending on a pause, samples."""

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from ptts_np.audio.prompt import PAUSE, end_on_pause, prompt_from_audio
from ptts_np.audio.rates import resample
from ptts_np.audio.read import read_audio
from ptts_np.audio.samples import check_samples, fade_in, to_pcm16
from ptts_np.errors import AudioError, InputError
from tests.sounds import tone

GOLDEN = Path(__file__).parent / "golden"
FOLDERS = sorted(path.parent.name for path in GOLDEN.glob("*/expected.safetensors"))


# -- reading


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "tolerance"),
    [
        ("wav", "PCM_U8", 24_000, 1e-2),
        ("wav", "PCM_16", 44_100, 1e-4),
        ("wav", "PCM_24", 16_000, 1e-6),
        ("wav", "PCM_32", 48_000, 1e-6),
        ("wav", "FLOAT", 8_000, 0),
        ("wav", "DOUBLE", 24_000, 0),
        ("flac", "PCM_16", 44_100, 1e-4),
        ("ogg", "VORBIS", 24_000, 0.1),
        ("mp3", "MPEG_LAYER_III", 24_000, None),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_reads_every_kind_as_the_mean_of_its_channels(
    tmp_path: Path, suffix: str, subtype: str, rate: int, tolerance: float | None, channels: int
) -> None:
    sound = tone(0.5, rate)
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([sound, 0.5 * sound][:channels], axis=1), rate, subtype)
    expected = sound if channels == 1 else 0.75 * sound
    sources: list[Path | bytes | BinaryIO] = [
        path,
        path.read_bytes(),
        io.BytesIO(path.read_bytes()),
    ]
    for source in sources:
        samples, found = read_audio(source)
        assert found == rate
        assert samples.dtype == np.float32
        if tolerance is None:  # MP3 pads and delays: its loudness tells enough
            assert abs(np.abs(samples).max() - np.abs(expected).max()) < 0.1
        else:
            np.testing.assert_allclose(samples, expected, atol=tolerance)


def test_reads_no_more_than_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.tile(tone(1, 8_000), 120), 8_000, "PCM_U8")
    counted = _Counting(path.read_bytes())
    samples, rate = read_audio(counted, max_seconds=2.5)
    assert samples.size == 2.5 * rate
    assert counted.bytes_read < 2.5 * rate + 70_000 < 120 * rate
    assert read_audio(path)[0].size == 30 * rate
    assert read_audio(path, max_seconds=None)[0].size == 120 * rate


class _Counting(io.BytesIO):
    bytes_read = 0

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self.bytes_read += count
        return count


def test_reads_from_a_pipe() -> None:
    content = io.BytesIO()
    soundfile.write(content, tone(0.2), 24_000, "PCM_16", format="WAV")

    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

    samples, _ = read_audio(Unseekable(content.getvalue()))
    assert samples.size == 4_800


def test_refuses_unusable_sound(tmp_path: Path) -> None:
    def saved(name: str, samples: np.ndarray, rate: int = 24_000, subtype: str = "FLOAT") -> Path:
        soundfile.write(tmp_path / name, samples, rate, subtype)
        return tmp_path / name

    spoilt = tone(0.1)
    spoilt[7] = np.nan
    loud = np.full((10, 2), np.finfo(np.float32).max)
    (tmp_path / "none.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_bytes(b"this is not sound" * 40)
    (tmp_path / "a.raw").write_bytes(bytes(4_000))
    (tmp_path / "cut.wav").write_bytes(saved("whole.wav", tone(0.1)).read_bytes()[:30])
    for path, message in [
        (tmp_path / "gone.wav", "there is no file"),
        (tmp_path, "not a file"),
        (tmp_path / "none.wav", "empty"),
        (saved("zero.wav", np.zeros(0)), "empty"),
        (tmp_path / "text.wav", "can't read"),
        (tmp_path / "a.raw", "can't read"),
        (tmp_path / "cut.wav", "can't read"),
        (saved("silent.wav", np.zeros(2_400)), "silent"),
        (saved("silent8.wav", np.zeros(2_400), subtype="PCM_U8"), "silent"),
        (saved("faint.wav", tone(0.1, peak=9e-5)), "silent"),
        (saved("nan.wav", spoilt), "not finite"),
        (saved("loud.wav", loud * 1.0, subtype="DOUBLE"), "not finite"),
        (saved("slow.wav", tone(0.1), 100), "sample rate of 100 Hz"),
        (saved("fast.wav", tone(0.1), 2_000_000), "sample rate of 2000000 Hz"),
    ]:
        with pytest.raises(AudioError, match=message) as caught:
            read_audio(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(AudioError, match="empty"):
        read_audio(b"")
    with pytest.raises(AudioError, match="the audio as sound"):
        read_audio(b"RIFF")
    with pytest.raises(InputError, match="max_seconds is -1"):
        read_audio(tmp_path / "whole.wav", max_seconds=-1.0)


def test_check_samples_names_what_it_checked() -> None:
    check_samples(tone(0.1))
    with pytest.raises(AudioError, match=r"^my array is silent"):
        check_samples(np.zeros(9, np.float32), "my array")


# -- changing


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_length_and_tone(rate: int) -> None:
    resampled = resample(tone(1, rate), rate, 24_000)
    assert resampled.dtype == np.float32
    assert abs(resampled.size - 24_000) <= 1
    inner = slice(1_000, 23_000)
    np.testing.assert_allclose(resampled[inner], tone(1)[inner], atol=2e-3)


def test_resampling_to_the_same_rate_changes_nothing() -> None:
    sound = tone(0.1)
    assert resample(sound, 24_000, 24_000) is sound
    assert resample(sound[:0], 8_000, 24_000).size == 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_ends_on_the_recorded_pause(folder: str) -> None:
    expected = load_file(GOLDEN / folder / "expected.safetensors")
    ended = end_on_pause(expected["voice.audio"])
    assert ended.shape == expected["voice.audio_on_pause"].shape
    np.testing.assert_allclose(ended, expected["voice.audio_on_pause"], rtol=0, atol=1e-7)


@settings(deadline=None)
@given(n=st.integers(0, 5_000), quiet=st.integers(0, 5_000), seed=st.integers(0, 9))
def test_ending_cuts_only_silence(n: int, quiet: int, seed: int) -> None:
    loud = np.random.default_rng(seed).uniform(-0.5, 0.5, n).astype(np.float32)
    sound = np.concatenate([loud, np.full(quiet, 1e-3, np.float32)])
    before = sound.copy()
    ended = end_on_pause(sound)
    np.testing.assert_array_equal(sound, before)
    if sound.size < 480:
        assert ended is sound
        return
    assert not ended[-PAUSE:].any()
    kept = ended.size - PAUSE
    assert kept % 480 == 0
    if n >= 480:
        assert n - 480 < kept <= n + 480
    np.testing.assert_array_equal(ended[: kept - 480], sound[: kept - 480])
    assert abs(ended[kept - 1]) == 0


def test_prompt_is_24_khz_mono_and_limited(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    sound = np.concatenate([tone(2, 44_100), np.zeros(44_100, np.float32)])
    soundfile.write(path, np.stack([sound, sound], axis=1), 44_100)
    prompt = prompt_from_audio(path)
    assert abs(prompt.size - (2 * 24_000 + PAUSE)) <= 480
    assert prompt_from_audio(path, max_seconds=1.0).size == 24_000 + PAUSE
    soundfile.write(path, tone(0.05), 24_000)
    with pytest.raises(AudioError, match="lasts 50 ms"):
        prompt_from_audio(path)


@given(size=st.integers(0, 300), n=st.integers(0, 300))
def test_fade_in_rises_over_its_length_only(size: int, n: int) -> None:
    sound = np.ones(size, np.float32)
    faded = fade_in(sound, n)
    assert sound.all()
    np.testing.assert_array_equal(faded[n:], sound[n:])
    np.testing.assert_allclose(faded[:n], np.linspace(0, 1, n)[:size], atol=1e-6)


@given(st.lists(st.floats(-2, 2, width=32), max_size=50))
def test_pcm_is_clipped_and_nearest(values: list[float]) -> None:
    samples = np.array(values, np.float32)
    pcm = to_pcm16(samples)
    assert pcm.dtype == np.int16
    exact = np.clip(samples.astype(np.float64), -1, 1) * 32767
    assert (np.abs(pcm - exact) <= 0.51).all()


def test_pcm_refuses_what_is_not_finite() -> None:
    for value in (np.nan, np.inf):
        with pytest.raises(AudioError, match="not finite"):
            to_pcm16(np.array([value], np.float32))
