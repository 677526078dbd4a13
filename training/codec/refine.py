"""Adversarial training of Mimi's decoder, from where the spectral losses left it.

Sound, latents, noise and crops are on the device, and a step has fixed shapes and reads nothing
back, so on CUDA it becomes one graph. The decoder itself stays in float32: its sound rounded to
bf16 would have a floor of noise that the critic learns to hear.
"""

import time

import torch
from torch import Tensor

from training.codec import autoencoder
from training.codec.bank import Bank
from training.codec.critic import Critic, critic_loss, look, maker_loss
from training.codec.decoder import phase_loss, spectral_loss
from training.codec.graph import Parts, Replayed
from training.data import pitch
from training.data.spoken import FRAME
from training.device import choose
from training.export.packaged import load_averaged, load_start
from training.modelconfig import mimi_config
from training.networks import Decoder
from training.settings import Settings, load, parser
from training.trainer import Trainer

LOOK_FOR_MORE = 20  # steps between two looks for newly spoken shards


def pulled(pulls: list[tuple[Tensor, Tensor | float]]) -> Tensor:
    """The sum of gradients at the waveform, each brought to its own root mean square first.

    So the weight of a loss is its pull, whatever the size of its numbers.
    """
    parts = [weight * g / (g.square().mean().sqrt() + 1e-12) for g, weight in pulls]
    return torch.stack(parts).sum(0) / len(parts[0])


class Refiner:
    """Decoder and critic, and the step that trains both."""

    def __init__(self, settings: Settings) -> None:
        self.cfg = cfg = settings["refine"]
        self.decoder = Decoder(mimi_config(settings))
        load_start(settings, "decoder", self.decoder, "mimi.")
        self.critic = Critic(cfg["periods"], cfg["sizes"], cfg["width"])
        rates = cfg | {"rate": cfg["critic_rate"]}
        self.judge = Trainer(settings, "critic", self.critic, rates, averaged=False)
        self.trainer = Trainer(settings, "refine", self.decoder, cfg, [self.judge])
        self.heed = torch.zeros(())  # how much the decoder listens to the critic now
        self.locked = torch.zeros(0, dtype=torch.int64)  # rows of a batch whose phases count

    def step(self, noisy: Tensor, real: Tensor) -> Parts:
        """One update of both from latents `[batch, frames, latent]` and their sound."""
        cfg = self.cfg
        skipped = cfg["lead"] * FRAME
        sound = self.decoder(noisy)[:, skipped:]
        real = real[:, skipped:]
        made = sound.detach().requires_grad_()
        spectral, parts = spectral_loss(made, real)
        in_step = phase_loss(made[self.locked], real[self.locked])
        (near,) = torch.autograd.grad(spectral + cfg["in_step"] * in_step, made)
        looks = look(self.critic.asked(self.judge.count, cfg["asked"]), real, made)
        passing, features = maker_loss(looks)
        (liked,) = torch.autograd.grad(
            passing + cfg["features"] * features, made, retain_graph=True
        )
        wrong, right = critic_loss(looks)
        # only the critic's weights: the gradient of `wrong` at the sound is nobody's
        weights = self.judge.weights
        found = torch.autograd.grad(wrong, weights, allow_unused=True)
        for weight, gradient in zip(weights, found, strict=True):
            weight.grad = gradient
        self.judge.apply()
        for weight in self.trainer.weights:
            weight.grad = None
        sound.backward(pulled([(near, 1.0), (liked, self.heed)]))
        self.trainer.apply()
        losses = {"in_step": in_step, "passing": passing, "features": features, "right": right}
        return {k: v.detach() for k, v in (parts | losses).items()}

    def train(self, bank: Bank) -> None:
        """Train until the time is spent, on what is spoken by then."""
        cfg = self.cfg
        spread = cfg["noise"] * bank.spread()
        spread[-pitch.SIZE :] *= cfg["pitch_noise"]
        step = Replayed(self.step, cfg["graph"] and not cfg["asked"])
        for count in self.trainer.steps():
            if count % LOOK_FOR_MORE == 0:
                bank.arrivals(most=4)
            latents, real, locked = bank.crops(cfg["batch"])
            if len(locked) != len(self.locked):
                self.locked = torch.tensor(locked, dtype=torch.int64)
            self.heed.fill_(cfg["critic"] if self.judge.count >= cfg["critic_first"] else 0.0)
            strength = spread * torch.rand(len(latents), 1, 1)
            parts = step(latents + strength * torch.randn_like(latents), real)
            self.trainer.note(parts | {"critic": self.judge.norm})


def wait_for_speech(bank: Bank, settings: Settings) -> None:
    """Until every speaker of the crops has a shard, or the deadline is past."""
    names = set(settings["refine"]["share"])
    while bank.arrivals() == 0 or not names <= set(bank.stores):
        if settings.until is None or settings.until.left < 0:
            raise FileNotFoundError(f"no speech of {sorted(names - set(bank.stores))}")
        time.sleep(0.5)


def run(settings: Settings) -> None:
    """The whole stage."""
    torch.manual_seed(settings["seed"])
    analysis = autoencoder.build(settings)
    if not load_averaged(settings, "autoencoder", analysis):
        raise FileNotFoundError("there is no autoencoder in the work folder: train or recover it")
    analysis.requires_grad_(False)
    cfg = settings["refine"]
    bank = Bank(settings, analysis, cfg["frames"], cfg["share"])
    wait_for_speech(bank, settings)
    refiner = Refiner(settings)
    print(f"{len(bank.taken)} shards, {sum(map(len, (s.starts for s in bank.stores.values())))}"
          f" crops to begin with, from step {refiner.trainer.count}", flush=True)  # fmt: skip
    refiner.train(bank)


def main() -> None:
    """Train until the minutes are spent, or to `--until`."""
    settings = load(parser(__doc__).parse_args())
    choose()
    run(settings)


if __name__ == "__main__":
    main()
