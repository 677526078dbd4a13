"""A training of tiny shapes for the tests: settings, and made-up speech in a work folder."""

from pathlib import Path

import numpy as np

from training.data.spoken import FRAME, INDEX, LEAD, RATE, SYMBOLS, TAIL
from training.data.teachers import Spoken
from training.settings import Settings, over, read

TINY = {
    "model": {
        "heard": 6,
        "flow_lm": {
            "flow": {"dim": 16, "depth": 1},
            "transformer": {
                "d_model": 16, "num_heads": 2, "num_layers": 4, "dim_feedforward": 32,
            },
        },
        "mimi": {
            "seanet": {"dimension": 8, "n_filters": 2},
            "transformer": {"d_model": 8, "num_heads": 2, "num_layers": 1, "dim_feedforward": 16},
            "decoder_seanet": {"dimension": 8, "n_filters": 2},
            "decoder_transformer": {
                "d_model": 8, "num_heads": 2, "num_layers": 1, "dim_feedforward": 16,
            },
        },
    },
    "speech": {"shards": {"ada": 3}, "locked": ["ada"], "dev_shards": 1},
    "autoencoder": {"bands": 96, "width": 16},
    "refine": {
        "share": {"ada": 1.0}, "batch": 2, "frames": 5, "lead": 1, "width": 2, "asked": 0,
        "critic_first": 2, "periods": [2, 3], "sizes": [512, 256], "warmup": 1,
    },
    "flow": {"share": {"ada": 1.0}, "tokens": 300, "voice": 3, "go_on": False, "samples": 2},
    "export": {"voices": {"ada": {"speaker": "ada", "utterance": 0, "start": 1}}},
}  # fmt: skip


def settings(work: Path) -> Settings:
    """The tiny settings over the recipe's."""
    return Settings(over(read(), TINY), work)


def hum(seconds: float, hertz: float, seed: int) -> np.ndarray:
    """Int16 sound with a pitch and some noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    sound = sum(np.cos(2 * np.pi * hertz * h * t) / h for h in range(1, 6))
    return np.round(3000 * sound + 200 * rng.standard_normal(len(t))).astype(np.int16)


class Ada:
    """A teacher that hums."""

    def speak(self, phonemes: str, seed: int) -> Spoken:
        """See Teacher; the pitch follows the seed."""
        assert all(symbol in INDEX for symbol in phonemes)
        lengths = np.random.default_rng(seed).integers(FRAME // 2, FRAME, len(phonemes))
        sound = hum((LEAD + lengths.sum() + TAIL) / RATE, 150.0 + 10 * (seed % 10), seed)
        durations = np.concatenate([[LEAD], lengths, [len(sound) - LEAD - lengths.sum()]])
        return sound, durations.astype(np.int32)


def spoken(count: int, seed: int) -> list[tuple[str, Spoken]]:
    """Texts of symbols with sound and durations, as a teacher gives them."""
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.choice(list(SYMBOLS), 12)) for _ in range(count)]
    return [(text, Ada().speak(text, seed + i)) for i, text in enumerate(texts)]
