"""Stage 8: adversarial training of Mimi's decoder, from where the spectral losses left it."""

import numpy as np
import torch

from training.codec.critic import Critic, critic_loss, maker_loss
from training.codec.decoder import Corpus, spectral_loss
from training.export.packaged import load_start
from training.modelconfig import mimi_config
from training.networks import Decoder
from training.settings import load, parser
from training.trainer import Trainer


def main() -> None:
    """Train until the minutes are spent."""
    settings = load(parser(__doc__).parse_args())
    torch.set_num_threads(1)
    cfg = settings["refine"]
    corpus = Corpus(settings, "train", cfg["frames"])
    model = Decoder(mimi_config(settings))
    load_start(settings, "decoder", model, "mimi.")
    critic = Critic(cfg["periods"], cfg["sizes"], cfg["width"])
    judge = Trainer(settings, "critic", critic, cfg | {"rate": cfg["critic_rate"]})
    trainer = Trainer(settings, "refine", model, cfg, [judge])
    for step in trainer.steps():
        rng = np.random.default_rng((settings["seed"], step))
        latents, real, _ = corpus.crops(cfg["batch"], rng)
        strength = cfg["noise"] * torch.rand(len(latents), 1, 1)
        made = model(latents + strength * corpus.std * torch.randn_like(latents))
        views = critic.asked(step, cfg["folded"])
        judge.step(*critic_loss(views, real, made.detach()))
        spectral, parts = spectral_loss(made, real)
        loss = cfg["spectral"] * spectral
        if step >= cfg["critic_first"]:
            critic.requires_grad_(False)
            passing, features = maker_loss(views, real, made)
            critic.requires_grad_(True)
            loss = loss + passing + cfg["features"] * features
            parts |= {"passing": passing, "features": features}
        trainer.step(loss, parts)


if __name__ == "__main__":
    main()
