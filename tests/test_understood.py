"""The embedded voices speak words that a listener understands: Whisper base writes them down.

The listener is a development dependency of its own (`--group listen`); without it this is skipped.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

import ptts_np

pytest.importorskip("faster_whisper", reason="the listener is not installed: --group listen")
hearing = pytest.importorskip("training.judge.hearing")

VOICES = Path(ptts_np.__file__).parent / "assets" / "mini" / "voices"
TEXTS = [
    "The children are playing in the garden behind the house.",
    "Could you please tell me the way to the railway station?",
    "My sister has lived in London for more than ten years.",
    "We need bread, milk, and a dozen eggs.",
    "Thank you very much for your help.",
    "It was raining so hard that nobody wanted to leave the room.",
]


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    return hearing.Listener(tmp_path_factory.mktemp("whisper"))


def test_words_are_understood(listener) -> None:
    model = ptts_np.load_model("mini")
    heard = [listener.hear(ptts_np.generate(text, model=model, seed=0), text) for text in TEXTS]
    assert hearing.word_error_rate(heard) <= 0.1, [h.written for h in heard]


def test_noise_is_not_understood(listener) -> None:
    """The measure itself can fail."""
    noise = np.random.default_rng(0).normal(0, 0.1, 48000).astype(np.float32)
    assert hearing.word_error_rate([listener.hear(noise, TEXTS[0])]) > 0.5


def test_the_encoder_hears_its_own_speakers(listener, tmp_path: Path) -> None:
    """A second of a voice's own speech is a prompt it can be spoken with."""
    folder = tmp_path / "mini"
    shutil.copytree(VOICES.parent, folder)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    assert "voice_cloning: false" in text
    config.write_text(text.replace("voice_cloning: false", "voice_cloning: true"), encoding="utf-8")
    model = ptts_np.load_model(str(config))
    prompt = ptts_np.generate(TEXTS[0], model=model, voice="clara", seed=1)[4800 : 4800 + 11 * 1920]
    voice = ptts_np.load_voice(model, prompt)
    heard = [
        listener.hear(ptts_np.generate(text, model=model, voice=voice, seed=0), text)
        for text in TEXTS
    ]
    assert hearing.word_error_rate(heard) <= 0.2, [h.written for h in heard]
