"""Stage 7: train Mimi's encoder to give the stored latents for audio."""

import numpy as np
import torch
from torch.nn import functional as F

from training.codec.decoder import Corpus
from training.device import choose
from training.export.packaged import load_packaged
from training.modelconfig import mimi_config
from training.networks import Encoder
from training.settings import load, parser
from training.trainer import Trainer

LEAD = 2  # frames the loss leaves out, for want of what came before them


def main() -> None:
    """Train until the minutes are spent."""
    settings = load(parser(__doc__).parse_args())
    choose()
    cfg = settings["encoder"]
    corpus = Corpus(settings, "train", cfg["frames"])
    model = Encoder(mimi_config(settings))
    if cfg["go_on"]:
        load_packaged(model, "mimi.")
    trainer = Trainer(settings, "encoder", model, cfg)
    for step in trainer.steps():
        rng = np.random.default_rng((settings["seed"], step))
        latents, audio, _ = corpus.crops(cfg["batch"], rng)
        error = ((model(audio) - latents) / corpus.std)[:, LEAD:]
        trainer.step(
            F.smooth_l1_loss(error, torch.zeros_like(error)), {"error": error.abs().mean()}
        )


if __name__ == "__main__":
    main()
