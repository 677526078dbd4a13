"""Hostile uploads: forms that are none, and sound that is a bomb or no sound."""

import struct
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import soundfile
from hostile_kinds import Kind, raw, refused, request

FORM = {"Content-Type": "multipart/form-data; boundary=b"}
NAMED = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--b--\r\n'
# cloned, refused, or told that the model can't
TAKEN = refused(200, 400, 413, 422)


def kinds() -> list[Kind]:
    """All of this file's."""
    return [*forms(), *sounds(), *names()]


def upload(data: bytes, name: bytes = b"a.wav") -> bytes:
    return request("POST", "/v1/voices", FORM, NAMED % (name, data))


def encoded(samples: np.ndarray, container: str, subtype: str | None) -> bytes:
    """Written a second at a time: libsndfile's encoders crash on more."""
    file = BytesIO()
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with soundfile.SoundFile(file, "w", 24_000, channels, subtype, format=container) as sound:
        for start in range(0, len(samples), 24_000):
            sound.write(samples[start : start + 24_000])
    return file.getvalue()


def forms() -> Iterator[Kind]:
    part = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nHi.\r\n'
    bodies = {
        "no end": part,
        "no part": b"--b--\r\n",
        "no name": b"--b\r\nContent-Disposition: form-data\r\n\r\nHi.\r\n--b--\r\n",
        "no disposition": b"--b\r\n\r\nHi.\r\n--b--\r\n",
        "5000 parts": part * 5000 + b"--b--\r\n",
        "5000 files": (NAMED % (b"a", b"b"))[: -len(b"--b--\r\n")] * 2000 + b"--b--\r\n",
        "a part's head of 100 KB": b"--b\r\nX: " + b"a" * 100_000 + b"\r\n\r\nHi.\r\n--b--\r\n",
        "1000 heads of a part": b"--b\r\n" + b"X: a\r\n" * 1000 + b"\r\nHi.\r\n--b--\r\n",
        "a form in a form": b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
        b"--c\r\n\r\n--c--\r\n--b--\r\n",
        "another boundary": part.replace(b"--b", b"--c") + b"--c--\r\n",
        "noise": bytes(range(256)) * 100,
        "nothing": b"",
        "text as a file": part.replace(b'"text"', b'"text"; filename="x"') + b"--b--\r\n",
        "a text of 1 MB": part.replace(b"Hi.", b"a" * (1 << 20)) + b"--b--\r\n",
        "a charset that is none": part.replace(
            b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=zz\r\n\r\n"
        )
        + b"--b--\r\n",
        "no UTF-8": part.replace(b"Hi.", b"\xff\xfe") + b"--b--\r\n",
    }
    for name, body in bodies.items():
        yield raw(f"form: {name}", request("POST", "/tts", FORM, body), refused(200, 400, 413))
    for boundary in ("", "=", "\xff", "a" * 5000, '"b'):
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        yield raw(
            f"form: boundary {boundary[:9]!r}",
            request("POST", "/tts", kind, part),
            refused(400, 422),
        )


def sounds() -> Iterator[Kind]:
    silent = np.zeros(24_000 * 240, np.float32)
    noise = np.random.default_rng(0).normal(0, 0.1, 24_000).astype(np.float32)
    made = {
        "FLAC of 4 minutes of silence": (silent, "FLAC", "PCM_16"),
        "Ogg of 4 minutes of silence": (silent, "OGG", "VORBIS"),
        "Opus of 4 minutes of silence": (silent, "OGG", "OPUS"),
        "MP3 of 4 minutes of silence": (silent, "MP3", None),
        "FLAC of 8 channels": (np.zeros((24_000, 8), np.float32), "FLAC", "PCM_16"),
        "WAV of 100 channels": (np.zeros((24_000, 100), np.float32), "WAV", "PCM_16"),
        "WAV of no number": (np.full(24_000, np.nan, np.float32), "WAV", "FLOAT"),
        "WAV of infinity": (np.full(24_000, np.inf, np.float32), "WAV", "FLOAT"),
        "WAV of huge numbers": (np.full(24_000, 3e38, np.float32), "WAV", "FLOAT"),
        "WAV of one sample": (noise[:1], "WAV", "PCM_16"),
        "WAV of no samples": (noise[:0], "WAV", "PCM_16"),
        "AIFF": (noise, "AIFF", "PCM_16"),
        "a WAV of 64 bits": (noise, "WAV", "DOUBLE"),
    }
    for name, (samples, container, subtype) in made.items():
        yield raw(f"sound: {name}", upload(encoded(samples, container, subtype)), TAKEN)
    head = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0"
    pcm = (8000 * noise).astype("<i2").tobytes()

    def wav(channels: int, rate: int, bits: int, size: int = 0xFFFFFFFF) -> bytes:
        align = channels * bits // 8 & 0xFFFF
        fields = struct.pack("<HHIIHH", 1, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
        return head + fields + b"data" + struct.pack("<I", size) + pcm

    broken = {
        "no channel": wav(0, 24_000, 16),
        "65,535 channels": wav(65_535, 24_000, 16),
        "no rate": wav(1, 0, 16),
        "a rate of 4 GHz": wav(1, 0xFFFFFFFF, 16),
        "a rate of 1 Hz": wav(1, 1, 16),
        "no bits": wav(1, 24_000, 0),
        "999 bits": wav(1, 24_000, 999),
        "a length of 4 GB": wav(1, 24_000, 16),
        "no length": wav(1, 24_000, 16, 0),
        "only a head": wav(1, 24_000, 16)[:44],
        "half a head": wav(1, 24_000, 16)[:20],
        "10,000 parts": head + b"junk\x02\0\0\0aa" * 10_000,
        "nothing": b"",
        "zeros": bytes(100_000),
        "a zip": b"PK\x03\x04" + bytes(1000),
        "an ELF": b"\x7fELF" + bytes(1000),
        "a page": b"<html><script>alert(1)</script>",
        "a playlist": b"#EXTM3U\nfile:///etc/passwd\n",
        "a QuickTime file that names another": b"\0\0\0\x14ftypqt  \0\0\0\0qt  "
        b"\0\0\0\x20moovrmra/etc/passwd",
        "FLAC with a false length": b"fLaC\x80\0\0\x22"
        + b"\x10\0" * 2
        + b"\xff" * 30
        + bytes(5000),
        "Ogg that repeats its first page": (
            b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\xff" + bytes(10)
        )
        * 500,
        "an MP3 tag of 256 MB": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(5000),
        "safetensors": struct.pack("<Q", 1 << 60) + b"{}",
        "safetensors of deep JSON": struct.pack("<Q", 50_000) + b"[" * 50_000,
        "a pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    }
    for name, data in broken.items():
        yield raw(f"sound: {name}", upload(data), TAKEN)


def names() -> Iterator[Kind]:
    for name in (
        b"../../etc/cron.d/x",
        b"/etc/passwd",
        b"..\\..\\x",
        b"a\rEvil: 1",
        b"",
        b"a" * 5000,
        b"\xff\xfe",
        b'a.wav; name=\\"text',
        b"con",
        b"%00",
        b"`id`",
        b"$(id)",
        b"'; drop table voices; --",
    ):
        shown = name[:20].decode("latin-1").encode("unicode_escape").decode()
        yield raw(f"file called {shown}", upload(b"noise" * 20, name), TAKEN)
    for voice in ("upload-" + "0" * 32, "..", "%2e%2e", "upload-", "clara", "a" * 3000):
        yield raw(
            f"DELETE {voice[:30]}", request("DELETE", f"/v1/voices/{voice}"), refused(400, 404, 405)
        )
