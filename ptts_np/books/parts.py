"""Parts to files: spoken, of even loudness, written whole with a record that says they are done.

    <fingerprint>.flac    the sound
    <fingerprint>.json    its captions with their times; written last

The fingerprint is made of all that decides the sound, so whatever run finds the two files may keep
them.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.loudness import SILENT, block_powers, gated
from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.audio.write import AudioWriter
from ptts_np.books.captions import captions_of
from ptts_np.books.plan import Line, Part
from ptts_np.errors import PttsError
from ptts_np.fetch.atomic import write_bytes
from ptts_np.jobs.identity import model_print, voice_print
from ptts_np.jobs.seeds import fingerprint, seed_of
from ptts_np.jobs.speaking import Said, Task, speak_many
from ptts_np.loading import Model
from ptts_np.sampling import Options, resolve
from ptts_np.voice import VoiceState

PEAK = 10 ** (-1 / 20)
"""The highest sample, 1 dB below full scale: what lossy formats add needs room."""
MAX_GAIN_DB = 20.0


@dataclass(frozen=True)
class Manner:
    """How the lines are said: all that decides a part but the lines themselves. `words` asks when
    each word is heard, for captions of a few words."""

    model: Model
    voices: Mapping[str, VoiceState]
    seed: int
    options: Options
    loudness: float | None
    words: bool = False


@dataclass(frozen=True)
class Spoken:
    """A finished part: its length in samples, its captions, each with its first sample and end,
    and the lines that could not be said: the reason by a line's index."""

    samples: int
    sha256: str
    captions: tuple[tuple[int, int, str], ...]
    unspoken: Mapping[str, str]


def names_of(parts: Sequence[Part], manner: Manner) -> list[str]:
    """The fingerprint of each part."""
    common = {
        "model": model_print(manner.model),
        "options": asdict(resolve(manner.model.config, manner.options)),
        "seed": manner.seed,
        "loudness": manner.loudness,
        "words": manner.words,
    }
    prints = {name: voice_print(voice) for name, voice in manner.voices.items()}
    return [
        fingerprint([common, [[line.text, prints[line.voice], line.pause] for line in part.lines]])
        for part in parts
    ]


def kept_part(folder: Path, name: str) -> Spoken | None:
    """The finished part of that fingerprint, if both its files are here and whole."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        spoken = Spoken(
            samples=int(record["samples"]),
            sha256=record["sha256"],
            captions=tuple((int(a), int(b), str(text)) for a, b, text in record["captions"]),
            unspoken=dict(record["unspoken"]),
        )
        if _sha256(folder / f"{name}.flac") == spoken.sha256:
            return spoken
    return None


def speak_parts(
    folder: Path, parts: Mapping[str, Part], manner: Manner
) -> Iterator[tuple[str, Spoken]]:
    """Speak parts, by fingerprint, into `folder`; each comes back once its files are there.

    The lines of neighbouring parts are spoken together, so that no core waits at the end of one.
    Raises OutputError.
    """
    waiting: dict[str, dict[int, Said]] = defaultdict(dict)
    tasks = (
        Task(
            (name, index),
            line.text,
            manner.voices[line.voice],
            _seed(manner, index, line),
            manner.options,
        )
        for name, part in parts.items()
        for index, line in enumerate(part.lines)
    )
    for (name, index), said in speak_many(manner.model, tasks, words=manner.words):
        waiting[name][index] = said
        lines = parts[name].lines
        if len(waiting[name]) == len(lines):
            done = waiting.pop(name)
            sounds = [done[index] for index in range(len(lines))]
            yield name, _write(folder, name, lines, sounds, manner.loudness)


def _seed(manner: Manner, index: int, line: Line) -> int:
    """A line's seed: of its text and place within its part, so that others don't change it."""
    return seed_of(manner.seed, str(index), line.text)


def _write(
    folder: Path, name: str, lines: Sequence[Line], sounds: Sequence[Said], target: float | None
) -> Spoken:
    """Even out, join and write the lines of one part."""
    gains = {} if target is None else _gains(lines, sounds, target)
    captions: list[tuple[int, int, str]] = []
    unspoken = {}
    path = folder / f"{name}.flac"
    with AudioWriter(path, SAMPLE_RATE) as writer:
        for index, (line, sound) in enumerate(zip(lines, sounds, strict=True)):
            if isinstance(sound, PttsError):
                unspoken[str(index)] = str(sound)
                continue
            captions += captions_of(line.text, sound, writer.n_samples)
            writer.write(sound.samples * gains.get(line.voice, np.float32(1)))
            writer.write(_silence(line))
        if len(unspoken) == len(lines):
            # an empty part still has a file
            writer.write(np.zeros(SAMPLE_RATE // 10, np.float32))
        samples = writer.n_samples
    spoken = Spoken(samples, _sha256(path), tuple(captions), unspoken)
    write_bytes(folder / f"{name}.json", json.dumps(asdict(spoken)).encode())
    return spoken


def _gains(lines: Sequence[Line], sounds: Sequence[Said], target: float) -> dict[str, np.float32]:
    """For each voice, what brings all it says here to `target` LUFS, as far as peaks allow."""
    by_voice: dict[str, list[Float32[np.ndarray, "samples"]]] = defaultdict(list)
    for line, sound in zip(lines, sounds, strict=True):
        if not isinstance(sound, PttsError) and sound.samples.size:
            # with the pauses, as it will be heard and measured
            by_voice[line.voice] += [sound.samples, _silence(line)]
    gains = {}
    for voice, heard in by_voice.items():
        level = gated(block_powers(heard, SAMPLE_RATE))
        peak = max(float(max(piece.max(), -piece.min())) for piece in heard if piece.size)
        if level > SILENT and peak > 0:
            wanted = 10 ** (min(target - level, MAX_GAIN_DB) / 20)
            gains[voice] = np.float32(min(wanted, PEAK / peak))
    return gains


def _silence(line: Line) -> Float32[np.ndarray, "samples"]:
    return np.zeros(round(line.pause * SAMPLE_RATE), np.float32)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
