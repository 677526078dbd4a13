"""Stage 6: what the FlowLM draws in place of each stored latent, for the decoder to learn from.

Every frame is drawn after the real ones before it, some of them its own draws already (teacher
forcing, as in its training), so draws stay in step with the audio.
"""

import numpy as np
import torch

from scripts.voice import data, flow, pitch
from scripts.voice.packaged import load_averaged
from scripts.voice.settings import Settings, load, parser


@torch.no_grad()
def drawn(student: flow.Student, b: flow.Batch) -> torch.Tensor:
    """Draws `[batch, frames, latent]`, with the real pitch: the real wave has no other."""
    lm = student.lm
    target = (b.latents - lm.emb_mean) / lm.emb_std
    cond = student.outputs(b, student.spoilt(b, target))[0][:, :-1]
    noise = student.cfg["temperature"] ** 0.5 * torch.randn_like(target)
    found = lm.flow_net(cond, noise) * lm.emb_std + lm.emb_mean
    found[..., -pitch.SIZE :] = b.latents[..., -pitch.SIZE :]
    return found


def draw_shard(
    settings: Settings, student: flow.Student, shard: data.Shard, rng: np.random.Generator
) -> np.ndarray:
    """Draws for the latents of a shard `[frames, latent]`, in their order."""
    corpus = flow.examples(data.encoded_shard(settings, shard))
    found: list[np.ndarray] = [np.empty(0)] * len(corpus)
    order = sorted(range(len(corpus)), key=lambda i: len(corpus[i].tokens))
    for first in range(0, len(order), settings["draws"]["batch"]):
        places = order[first : first + settings["draws"]["batch"]]
        voices = [flow.voice_of(corpus, settings["flow"]["voice"], rng) for _ in places]
        rows = drawn(student, flow.collate([corpus[i] for i in places], voices)).numpy()
        for i, row in zip(places, rows, strict=True):
            found[i] = row[: len(corpus[i].latents)]
    return np.concatenate(found)


def main() -> None:
    """Draw the shards of training that are encoded, again where there are draws already."""
    settings = load(parser(__doc__).parse_args())
    torch.set_num_threads(1)
    torch.manual_seed(settings["seed"])
    student = flow.Student(settings)
    if not load_averaged(settings, "flow", student.eval()):
        raise FileNotFoundError("train the FlowLM first")
    for shard in data.encoded_shards(settings, "train"):
        path = shard.path(settings, "draws", ".npy")
        rng = np.random.default_rng((settings["seed"], shard.number))
        np.save(path, draw_shard(settings, student, shard, rng))
        print(path, flush=True)


if __name__ == "__main__":
    main()
