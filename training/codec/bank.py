"""Speech and its latents on the training's device: crops are cut out there, none on the host.

Utterances lie end to end in whole frames, so frame k of the sound is row k of the latents.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from training.codec.autoencoder import Autoencoder, latents_of
from training.data.spoken import FRAME, Shard, Utterance, load_shard, shards
from training.settings import Settings


@dataclass
class Store:
    """One speaker's utterances: int16 `[samples]`, latents `[frames, latent]`, crops' starts."""

    audio: Tensor
    latents: Tensor
    starts: Tensor

    def __add__(self, other: "Store") -> "Store":
        starts = torch.cat([self.starts, other.starts + len(self.latents)])
        audio, latents = (self.audio, other.audio), (self.latents, other.latents)
        return Store(torch.cat(audio), torch.cat(latents), starts)


def store(analysis: Autoencoder, spoken: list[Utterance], frames: int) -> Store:
    """Put utterances on the device and analyze them; crops begin where `frames` follow."""
    sounds, latents, starts, at = [], [], [], 0
    for u in spoken:
        whole = np.zeros(u.frames * FRAME, np.int16)
        whole[: len(u.audio)] = u.audio
        sound = torch.from_numpy(whole).to(torch.get_default_device())
        sounds.append(sound)
        latents.append(latents_of(analysis, sound.float() / 32768.0))
        # the last frame is padded, so no crop holds it
        starts += range(at, at + max(0, u.frames - frames))
        at += u.frames
    return Store(torch.cat(sounds), torch.cat(latents), torch.tensor(starts, dtype=torch.int64))


@dataclass
class Bank:
    """All speakers' crops of a length, each speaker by its share; new shards join as they come."""

    settings: Settings
    analysis: Autoencoder
    frames: int
    share: dict[str, float]
    stores: dict[str, Store] = field(default_factory=dict)
    taken: set[Shard] = field(default_factory=set)

    def arrivals(self, part: str = "train", most: int | None = None) -> int:
        """Take in (at most `most` of) the shards that are spoken by now; how many there are."""
        new = [s for s in shards(self.settings, part) if s not in self.taken]
        for shard in new[:most]:
            added = store(self.analysis, load_shard(self.settings, shard), self.frames)
            known = self.stores.get(shard.speaker)
            self.stores[shard.speaker] = added if known is None else known + added
            self.taken.add(shard)
        return len(self.taken)

    def spread(self) -> Tensor:
        """Standard deviation of the latents."""
        return torch.cat([s.latents for s in self.stores.values()]).std(0)

    def crops(self, size: int) -> tuple[Tensor, Tensor, list[int]]:
        """Latents `[size, frames, latent]`, audio `[size, samples]`, and the rows that are locked.

        Each speaker has the same number of rows in every batch: its share, rounded.
        """
        present = [name for name in self.stores if self.share.get(name, 0) > 0]
        if not present:
            raise ValueError(f"no speech of the speakers {list(self.share)} yet")
        total = sum(self.share[name] for name in present)
        ends = np.round(size * np.cumsum([self.share[n] / total for n in present])).astype(int)
        latents, sounds = [], []
        locked: list[int] = []
        at = torch.arange(self.frames)
        samples = torch.arange(self.frames * FRAME)
        for name, end, count in zip(present, ends, np.diff(ends, prepend=0), strict=True):
            s = self.stores[name]
            start = s.starts[torch.randint(len(s.starts), (int(count),))]
            latents.append(s.latents[start[:, None] + at])
            sounds.append(s.audio[start[:, None] * FRAME + samples].float() / 32768.0)
            if name in self.settings["speech"]["locked"]:
                locked += range(int(end - count), int(end))
        return torch.cat(latents), torch.cat(sounds), locked
