"""The spoken corpus as arrays: utterances of audio (memory-mapped), text and durations."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.settings import Settings

RATE = 24000
FRAME = 1920  # samples of one latent
LEAD = 2880  # silence kept before the first symbol
TAIL = 6000  # silence cut from the teacher's end (of about 11000)
SYMBOLS = " .,!?;:ˈˌAIOTWYabdefhijklmnopstuvwxzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒʔʤʧθᵊᵻ"
INDEX = {symbol: i for i, symbol in enumerate(SYMBOLS)}


@dataclass(frozen=True)
class Utterance:
    """One text and its speech (int16); `starts` are its symbols' first samples."""

    speaker: str
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


@dataclass(frozen=True)
class Shard:
    """Some utterances of one speaker: files of this name hold their speech and their latents."""

    speaker: str
    number: int

    def path(self, settings: Settings, kind: str, suffix: str) -> Path:
        """The shard's file below `kind`."""
        return settings.path(kind, self.speaker, f"{self.number:03d}{suffix}")


def shards(settings: Settings, part: str) -> list[Shard]:
    """The shards that are spoken: each speaker's last ones are for development."""
    found = []
    for speaker, count in settings["speech"]["shards"].items():
        kept = count - settings["speech"]["dev_shards"]
        numbers = range(kept) if part == "train" else range(kept, count)
        found += [Shard(speaker, n) for n in numbers]
    return [s for s in found if s.path(settings, "speech", ".npz").exists()]


def cut_before(durations: np.ndarray) -> int:
    """Samples of the teacher's silence that come before the first frame."""
    return max(0, int(durations[0]) - LEAD)


def load_shard(settings: Settings, shard: Shard) -> list[Utterance]:
    """The utterances of one shard."""
    info = np.load(shard.path(settings, "speech", ".npz"))
    audio = np.load(shard.path(settings, "speech", ".npy"), mmap_mode="r")
    found: list[Utterance] = []
    sample = symbol = 0
    for text, length in zip(info["texts"], info["samples"], strict=True):
        durations = info["durations"][symbol : symbol + len(text) + 2]
        starts = np.cumsum(durations[:-2].astype(np.int64))
        cut = cut_before(durations)
        speech = audio[sample + cut : sample + length - TAIL]
        found.append(Utterance(shard.speaker, str(text), speech, starts - cut))
        sample += int(length)
        symbol += len(text) + 2
    return found


def has(settings: Settings, shard: Shard, kind: str) -> bool:
    """Whether the shard's latents of a kind (`latents` or `drawn`) are there."""
    return shard.path(settings, kind, ".npy").exists()


def rows(settings: Settings, shard: Shard, kind: str = "latents") -> list[np.ndarray]:
    """The latents `[frames, latent]` of each utterance of a shard.

    Raises:
        ValueError: they are of another speech.
    """
    path = shard.path(settings, kind, ".npy")
    latents = np.load(path).astype(np.float32)
    ends = np.cumsum([u.frames for u in load_shard(settings, shard)])
    if ends[-1] != len(latents):
        raise ValueError(f"{path}: not the latents of this speech")
    return np.split(latents, ends[:-1])


def write_rows(settings: Settings, shard: Shard, kind: str, found: list[np.ndarray]) -> None:
    """Store a shard's latents, never half; in 16 bits, a hundredth of the noise they meet."""
    path = shard.path(settings, kind, ".npy")
    partial = path.with_suffix(".part.npy")
    np.save(partial, np.concatenate(found).astype(np.float16))
    partial.replace(path)


def encoded(settings: Settings, part: str) -> list[tuple[Utterance, np.ndarray]]:
    """Utterances with their latents, of the shards that are encoded already."""
    there = [s for s in shards(settings, part) if has(settings, s, "latents")]
    return [
        pair
        for shard in there
        for pair in zip(load_shard(settings, shard), rows(settings, shard), strict=True)
    ]


def load(settings: Settings, part: str) -> list[Utterance]:
    """All utterances of a part, `train` or `dev`."""
    return [u for shard in shards(settings, part) for u in load_shard(settings, shard)]


class Mixture:
    """Draws items at random, each speaker by its share of the training."""

    def __init__(self, share: dict[str, float], speakers: list[str]) -> None:
        self.places = {s: np.flatnonzero(np.array(speakers) == s) for s in sorted(set(speakers))}
        odds = np.array([share[s] for s in self.places])
        self.odds = odds / odds.sum()

    def draw(self, count: int, rng: np.random.Generator) -> list[int]:
        """Places in the list of items."""
        chosen = rng.choice(list(self.places), count, p=self.odds)
        return [int(rng.choice(self.places[s])) for s in chosen]
