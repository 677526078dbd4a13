"""Speech and its latents on the training's device: crops are cut out there, none on the host.

Utterances lie end to end in whole frames, so frame k of the sound is row k of the latents.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from training.data.spoken import FRAME, Shard, has, load_shard, rows, shards
from training.settings import Settings


@dataclass
class Store:
    """One speaker's utterances: int16 `[samples]`, kinds of latents, where crops begin.

    `latents` is `[kinds, frames, latent]`: of the sound, and what the FlowLM drew for it.
    """

    audio: Tensor
    latents: Tensor
    starts: Tensor

    def __add__(self, other: "Store") -> "Store":
        starts = torch.cat([self.starts, other.starts + self.latents.shape[1]])
        latents = torch.cat([self.latents, other.latents], dim=1)
        return Store(torch.cat([self.audio, other.audio]), latents, starts)


def store(settings: Settings, shard: Shard, frames: int, kinds: list[str]) -> Store:
    """Put a shard on the device; crops begin where `frames` follow."""
    sounds, starts, at = [], [], 0
    for u in load_shard(settings, shard):
        whole = np.zeros(u.frames * FRAME, np.int16)
        whole[: len(u.audio)] = u.audio
        sounds.append(whole)
        # the last frame is padded, so no crop holds it
        starts += range(at, at + max(0, u.frames - frames))
        at += u.frames
    latents = np.stack([np.concatenate(rows(settings, shard, kind)) for kind in kinds])
    device = torch.get_default_device()
    sound = torch.from_numpy(np.concatenate(sounds)).to(device)
    where = torch.tensor(starts, dtype=torch.int64, device=device)
    return Store(sound, torch.from_numpy(latents).to(device), where)


def chosen(count: int, share: float) -> Tensor:
    """0 or 1 for each of `count` rows: a share of them, rounded, is 1, evenly spread."""
    some = round(share * count)
    at = torch.arange(count)
    return (at + 1) * some // count - at * some // count


@dataclass
class Bank:
    """All speakers' crops of a length, each speaker by its share; new shards join as they come.

    With two `kinds` of latents a share of the crops, `own`, is of the second one.
    """

    settings: Settings
    frames: int
    share: dict[str, float]
    kinds: list[str] = field(default_factory=lambda: ["latents"])
    own: float = 0.0
    stores: dict[str, Store] = field(default_factory=dict)
    taken: set[Shard] = field(default_factory=set)

    def arrivals(self, part: str = "train", most: int | None = None) -> int:
        """Take in (at most `most` of) the shards that are encoded by now; how many there are."""
        new = [
            shard
            for shard in shards(self.settings, part)
            if shard not in self.taken and all(has(self.settings, shard, k) for k in self.kinds)
        ]
        for shard in new[:most]:
            added = store(self.settings, shard, self.frames, self.kinds)
            known = self.stores.get(shard.speaker)
            self.stores[shard.speaker] = added if known is None else known + added
            self.taken.add(shard)
        return len(self.taken)

    def spread(self) -> Tensor:
        """Standard deviation of the latents."""
        return torch.cat([s.latents[0] for s in self.stores.values()]).std(0)

    def crops(self, size: int) -> tuple[Tensor, Tensor, list[int], Tensor]:
        """Latents `[size, frames, latent]`, audio `[size, samples]`, locked rows, each row's kind.

        Each speaker has the same number of rows in every batch: its share, rounded.
        """
        present = [name for name in self.stores if self.share.get(name, 0) > 0]
        if not present:
            raise ValueError(f"no speech of the speakers {list(self.share)} yet")
        total = sum(self.share[name] for name in present)
        ends = np.round(size * np.cumsum([self.share[n] / total for n in present])).astype(int)
        latents, sounds = [], []
        locked: list[int] = []
        kinds: list[Tensor] = []
        at = torch.arange(self.frames)
        samples = torch.arange(self.frames * FRAME)
        for name, end, count in zip(present, ends, np.diff(ends, prepend=0), strict=True):
            s = self.stores[name]
            start = s.starts[torch.randint(len(s.starts), (int(count),))]
            kinds.append(chosen(int(count), self.own))
            latents.append(s.latents[kinds[-1][:, None], start[:, None] + at])
            sounds.append(s.audio[start[:, None] * FRAME + samples].float() / 32768.0)
            if name in self.settings["speech"]["locked"]:
                locked += range(int(end - count), int(end))
        return torch.cat(latents), torch.cat(sounds), locked, torch.cat(kinds)
