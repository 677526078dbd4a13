"""The FlowLM's own latents for speech that is there (drawn/SPEAKER/NNN.npy).

The decoder hears nothing else once the package speaks. They are drawn along the teacher's
utterances, partly from the FlowLM's own draws, so that each still belongs to a sound.
"""

import numpy as np
import torch
from torch import Tensor

from training.data import spoken
from training.device import choose
from training.export.packaged import load_averaged
from training.language_model.flow import Batch, Student, collate, example, voice_of
from training.settings import Settings, load, parser

PASSES = 3  # each draws from what the one before gave


@torch.no_grad()
def along(student: Student, b: Batch) -> Tensor:
    """Latents drawn for a batch, in the unit of its latents `[rows, frames, latent]`."""
    mean, std = student.lm.emb_mean, student.lm.emb_std
    fed = (b.latents - mean) / std
    with torch.autocast(fed.device.type, torch.bfloat16, enabled=fed.device.type == "cuda"):
        for _ in range(PASSES):
            fed = student.drawn(b, fed).float()
    return fed * std + mean


def draw_shard(settings: Settings, student: Student, shard: spoken.Shard) -> None:
    """Draw and store a shard's latents."""
    rng = np.random.default_rng((settings["seed"], shard.number))
    pairs = zip(spoken.load_shard(settings, shard), spoken.rows(settings, shard), strict=True)
    group = [example(u, latents) for u, latents in pairs]
    voices = [voice_of(group, settings["flow"]["voice"], rng) for _ in group]
    drawn = along(student, collate(group, voices)).cpu().numpy()
    found = [row[: len(e.latents)] for row, e in zip(drawn, group, strict=True)]
    spoken.write_rows(settings, shard, "drawn", found)


def run(settings: Settings, student: Student) -> int:
    """Draw for the first shards that are encoded; how many there are drawn."""
    there = [s for s in spoken.shards(settings, "train") if spoken.has(settings, s, "latents")]
    chosen = there[: settings["refine"]["drawn"]["shards"]]
    for shard in chosen:
        draw_shard(settings, student, shard)
    return len(chosen)


def main() -> None:
    """Draw with the FlowLM in the work folder."""
    settings = load(parser(__doc__).parse_args())
    student = Student(settings).to(choose())
    if not load_averaged(settings, "flow", student):
        raise FileNotFoundError("train the FlowLM first")
    print(run(settings, student), "shards drawn")


if __name__ == "__main__":
    main()
