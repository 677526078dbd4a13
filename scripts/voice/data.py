"""The spoken corpus as arrays: utterances of audio (memory-mapped), text and durations."""

from dataclasses import dataclass

import numpy as np

from scripts.voice.settings import Settings

RATE = 24000
FRAME = 1920  # samples of one latent
LEAD = 2880  # silence kept before the first symbol
TAIL = 6000  # silence cut from the teacher's end (of about 11000)
UNIT = 600  # samples of one unit of the teacher's durations
SYMBOLS = " .,!?;:ˈˌAIOTWYabdefhijklmnopstuvwxzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒʔʤʧθᵊᵻ"
INDEX = {symbol: i for i, symbol in enumerate(SYMBOLS)}


@dataclass(frozen=True)
class Utterance:
    """One text and its speech (int16); `starts` are its symbols' first samples."""

    text: str
    audio: np.ndarray
    starts: np.ndarray

    @property
    def frames(self) -> int:
        """Latents the audio makes: what is left of the last one is padded."""
        return -(-len(self.audio) // FRAME)

    def symbol_at(self, samples: np.ndarray) -> np.ndarray:
        """Index into the text of the symbol heard at each sample position."""
        found = np.searchsorted(self.starts, samples, side="right") - 1
        return np.clip(found, 0, len(self.text) - 1)


def load_shard(settings: Settings, shard: int) -> list[Utterance]:
    """The utterances of one shard."""
    info = np.load(settings.path("speech", f"{shard:03d}.npz"))
    audio = np.load(settings.path("speech", f"{shard:03d}.npy"), mmap_mode="r")
    found: list[Utterance] = []
    sample = unit = 0
    for text, length in zip(info["texts"], info["samples"], strict=True):
        units = info["durations"][unit : unit + len(text) + 2]
        starts = np.cumsum(units[:-2].astype(np.int64)) * UNIT
        cut = max(0, int(starts[0]) - LEAD)
        speech = audio[sample + cut : sample + length - TAIL]
        found.append(Utterance(str(text), speech, starts - cut))
        sample += int(length)
        unit += len(text) + 2
    return found


def shards(settings: Settings, part: str) -> list[int]:
    """Numbers of the shards there are: the last ones are for development."""
    there = sorted(int(p.stem) for p in settings.path("speech", "x").parent.glob("*.npz"))
    kept = settings["speech"]["shards"] - settings["speech"]["dev_shards"]
    return [s for s in there if (s < kept) == (part == "train")]


def encoded(settings: Settings, part: str) -> list[tuple[Utterance, np.ndarray]]:
    """Utterances with their latents, of the shards that are encoded already."""
    found: list[tuple[Utterance, np.ndarray]] = []
    for shard in shards(settings, part):
        path = settings.path("latents", f"{shard:03d}.npy")
        if not path.exists():
            continue
        latents = np.load(path)
        at = 0
        for u in load_shard(settings, shard):
            found.append((u, latents[at : at + u.frames]))
            at += u.frames
        if at != len(latents):
            raise ValueError(f"{path}: not the latents of this speech")
    return found


def load(settings: Settings, part: str) -> list[Utterance]:
    """All utterances of a part, `train` or `dev`."""
    return [u for shard in shards(settings, part) for u in load_shard(settings, shard)]
