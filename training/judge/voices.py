"""Who can be judged: each is a function from text to float32 audio at 24 kHz."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import ptts_np
from ptts_np.reading.read import read
from ptts_np.text.pronounce import load_lexicon, pronounce
from training.codec import autoencoder
from training.data import spoken, teachers
from training.data.locked import locked
from training.export.packaged import load_averaged
from training.export.write import parts
from training.settings import ASSETS, Settings

Speaker = Callable[[str], np.ndarray]


def teacher(settings: Settings, speaker: str) -> Speaker:
    """The teacher's audio, as the others learn it."""
    voice, lexicon = teachers.teacher(settings, speaker), load_lexicon(ASSETS / "lexicon.gz")

    def speak(text: str) -> np.ndarray:
        audio, _ = voice.speak(pronounce(read(text).text, lexicon), seed=0)
        audio = audio[spoken.LEAD : -spoken.TAIL]
        if speaker in settings["speech"]["locked"]:
            audio = locked(audio)
        return audio.astype(np.float32) / 32768

    return speak


def codec(settings: Settings, speaker: str) -> Speaker:
    """The teacher's audio through latents and back."""
    voice = teacher(settings, speaker)
    encoder = autoencoder.build(settings)
    if not load_averaged(settings, "autoencoder", encoder):
        raise FileNotFoundError("there is no autoencoder in the work folder")
    _, decoder, _ = parts(settings)
    motion = settings["model"]["motion"]

    def speak(text: str) -> np.ndarray:
        audio = voice(text)
        whole = np.pad(audio, (0, -len(audio) % spoken.FRAME))
        with torch.no_grad():
            latents = autoencoder.latents_of(encoder, torch.from_numpy(whole), motion)
            return decoder(latents[None])[0].numpy()

    return speak


def hibari(settings: Settings, speaker: str) -> Speaker:
    """hibari as its users hear it: its own reading of the text, nothing fitted to frames."""
    from hibari import Hibari

    del settings
    tts = Hibari(speaker)
    return lambda text: np.asarray(tts(text), np.float32)


def mini(folder: Path, voice: str, quantize: str | None, **options: float) -> Speaker:
    """An exported folder, as users hear it."""
    model = ptts_np.load_model(str(folder / "config.yaml"), quantize=quantize)
    state = ptts_np.load_voice(model, str(folder / "voices" / f"{voice}.safetensors"))
    return lambda text: ptts_np.generate(text, model=model, voice=state, seed=0, **options)
