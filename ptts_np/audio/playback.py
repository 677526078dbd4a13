"""Samples to the loudspeaker while they are made."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from ptts_np.audio.samples import to_pcm16
from ptts_np.errors import OutputError

# programs that play raw 16-bit mono from their standard input
_PROGRAMS = {
    name: options.split()
    for name, options in {
        "pw-cat": "--playback --raw --rate={rate} --channels=1 --format=s16 -",
        "paplay": "--raw --rate={rate} --channels=1 --format=s16le",
        "aplay": "-q -t raw -r {rate} -c 1 -f S16_LE",
        "play": "-q -t raw -r {rate} -c 1 -b 16 -e signed -",
        "ffplay": "-loglevel error -nodisp -autoexit -f s16le -ar {rate} -ch_layout mono -",
    }.items()
}


@contextmanager
def player(sample_rate: int) -> Iterator[Callable[[np.ndarray], object]]:
    """A function that plays float32 samples; leaving the block waits until all was heard.

    By the sounddevice library where it is installed, else by a player program. Raises OutputError
    when there is neither, or it fails.
    """
    try:
        import sounddevice
    except (ImportError, OSError):  # OSError: the library is there, PortAudio is not
        sounddevice = None
    if sounddevice is None:
        with _program(sample_rate) as play:
            yield play
        return
    try:
        with sounddevice.OutputStream(sample_rate, channels=1, dtype="float32") as device:
            yield lambda samples: device.write(np.ascontiguousarray(samples[:, None]))
    except sounddevice.PortAudioError as error:
        raise OutputError(f"cannot play: {error}") from error


@contextmanager
def _program(sample_rate: int) -> Iterator[Callable[[np.ndarray], object]]:
    name = next((name for name in _PROGRAMS if shutil.which(name)), None)
    if name is None:
        raise OutputError('nothing here plays sound: pip install "ptts-np[play]", or use --output')
    arguments = [argument.format(rate=sample_rate) for argument in _PROGRAMS[name]]
    process = subprocess.Popen(
        [name, *arguments], stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        pipe = process.stdin
        yield lambda samples: pipe.write(to_pcm16(samples).astype("<i2").tobytes())
        process.stdin.close()
        process.wait()
    except BrokenPipeError:
        process.wait()
    finally:
        # on an error or Ctrl-C there is nobody left to hear the rest
        process.kill()
        complaint = process.stderr.read().decode(errors="replace").strip()
        process.wait()
        process.stderr.close()
    if process.returncode:
        reason = complaint.splitlines()[-1] if complaint else f"exit code {process.returncode}"
        raise OutputError(f"cannot play: {name}: {reason}")
