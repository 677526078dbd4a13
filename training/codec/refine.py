"""Adversarial training of Mimi's decoder, from where the spectral losses left it.

Sound, latents, noise and crops are on the device, and a step has fixed shapes and reads nothing
back, so on CUDA it becomes one graph. The decoder itself stays in float32: its sound rounded to
bf16 would have a floor of noise that the critic learns to hear.
"""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.utils import parametrize

from training.codec.bank import Bank
from training.codec.critic import Critic, critic_loss, look, maker_loss
from training.codec.decoder import phase_loss, spectra, spectral_loss
from training.codec.graph import Parts, Replayed
from training.data import spoken
from training.data.spoken import FRAME
from training.deadline import Deadline
from training.device import choose, searching
from training.export.packaged import load_start
from training.modelconfig import mimi_config
from training.networks import Decoder
from training.settings import Settings, load, parser
from training.trainer import Trainer

LOOK_FOR_MORE = 20  # steps between two looks for newly spoken shards


def pulled(pulls: Sequence[tuple[Tensor, Tensor | float]]) -> Tensor:
    """The sum of gradients at the waveform, each brought to its own root mean square first.

    So the weight of a loss is its pull, whatever the size of its numbers.
    """
    parts = [weight * g / (g.square().mean().sqrt() + 1e-12) for g, weight in pulls]
    return torch.stack(parts).sum(0) / len(parts[0])


class Refiner:
    """Decoder and critic, and the step that trains both."""

    def __init__(self, settings: Settings) -> None:
        self.cfg = cfg = settings["refine"]
        self.heard = settings["model"]["heard"]  # numbers of a latent before those of pitch
        self.decoder = Decoder(mimi_config(settings))
        load_start(settings, "decoder", self.decoder, "mimi.")
        self.critic = Critic(cfg["periods"], cfg["sizes"], cfg["width"])
        rates = cfg | {"rate": cfg["critic_rate"]}
        self.judge = Trainer(settings, "critic", self.critic, rates, averaged=False)
        self.trainer = Trainer(settings, "refine", self.decoder, cfg, [self.judge])
        self.heed = torch.zeros(())  # how much the decoder listens to the critic now
        self.locked = torch.zeros(0, dtype=torch.int64)  # rows of a batch whose phases count
        self.paired = torch.ones(cfg["batch"])  # how much each row is held to its own sound
        self.replayed = Replayed(self.step, cfg["graph"] and not cfg["asked"])

    def step(self, noisy: Tensor, real: Tensor) -> Parts:
        """One update of both from latents `[batch, frames, latent]` and their sound."""
        cfg, pull = self.cfg, self.cfg["pull"]
        skipped = cfg["lead"] * FRAME
        with searching():
            sound = self.decoder(noisy)[:, skipped:]
        real = real[:, skipped:]
        made = sound.detach().requires_grad_()
        found, aim = spectra(made), spectra(real)
        spectral, parts = spectral_loss(found, aim)
        in_step = phase_loss(found, aim, self.locked, cfg["in_step_below"])
        (near,) = torch.autograd.grad(spectral + cfg["in_step"] * in_step, made)
        with parametrize.cached():
            looks = look(self.critic.asked(self.judge.count, cfg["asked"]), real, made)
        passing, features = maker_loss(looks)
        (alike,) = torch.autograd.grad(features, made, retain_graph=True)
        (liked,) = torch.autograd.grad(passing, made, retain_graph=True)
        wrong, right = critic_loss(looks)
        # only the critic's weights: the gradient of `wrong` at the sound is nobody's
        weights = self.judge.weights
        found = torch.autograd.grad(wrong, weights, allow_unused=True)
        for weight, gradient in zip(weights, found, strict=True):
            # as the weight lies in memory: a fused optimizer takes nothing else
            weight.grad = None if gradient is None else gradient.contiguous()
        self.judge.apply()
        for weight in self.trainer.weights:
            weight.grad = None
        paired = self.paired[:, None]
        pulls = [
            (near, pull["spectral"] * paired),
            (alike, pull["features"] * self.heed * paired),
            (liked, pull["passing"] * self.heed),
        ]
        with searching():
            sound.backward(pulled(pulls))
        self.trainer.apply()
        losses = {"in_step": in_step, "passing": passing, "features": features, "right": right}
        return {k: v.detach() for k, v in (parts | losses).items()}

    def train(self, bank: Bank, stop: Deadline | None = None) -> None:
        """Train until the time is spent, or to `stop`, on what is spoken by then."""
        cfg = self.cfg
        spread = cfg["noise"] * bank.spread()
        spread[self.heard :] *= cfg["pitch_noise"]
        for count in self.trainer.steps(stop):
            if count % LOOK_FOR_MORE == 0:
                bank.arrivals(most=4)
            latents, real, locked, drawn = bank.crops(cfg["batch"])
            if len(locked) != len(self.locked):
                self.locked = torch.tensor(locked, dtype=torch.int64)
            self.paired.copy_(1 - (1 - cfg["drawn"]["paired"]) * drawn)
            self.heed.fill_(1.0 if self.judge.count >= cfg["critic_first"] else 0.0)
            strength = spread * torch.rand(len(latents), 1, 1)
            parts = self.replayed(latents + strength * torch.randn_like(latents), real)
            self.trainer.note(parts | {"critic": self.judge.norm})


def wait_for_speech(bank: Bank, settings: Settings, silent: Callable[[], bool]) -> None:
    """Until every speaker of the crops has a shard.

    Raises:
        FileNotFoundError: one has none when the deadline is past, or all are `silent` for good.
    """
    names = set(settings["refine"]["share"])
    over = False
    while bank.arrivals() == 0 or not names <= set(bank.stores):
        if over:
            missing = ", ".join(sorted(names - set(bank.stores)))
            raise FileNotFoundError(
                f"no encoded speech of {missing}: see log/speech.0.log in the work folder, or run "
                "training.codec.autoencoder encode"
            )
        # then what came at last is looked at once more
        over = settings.until is None or settings.until.left < 0 or silent()
        if not over:
            time.sleep(0.5)


def filled(
    settings: Settings, kinds: list[str], silent: Callable[[], bool] = lambda: False
) -> Bank:
    """The crops of what there is by now of these kinds of latents; the first are waited for."""
    cfg = settings["refine"]
    own = cfg["drawn"]["share"] if len(kinds) > 1 else 0.0
    bank = Bank(settings, cfg["frames"], cfg["share"], kinds, own)
    wait_for_speech(bank, settings, silent)
    crops = sum(len(s.starts) for s in bank.stores.values())
    print(f"{len(bank.taken)} shards of {' and '.join(kinds)}, {crops} crops", flush=True)
    return bank


def run(settings: Settings) -> None:
    """The whole stage, with the FlowLM's draws where they are."""
    torch.manual_seed(settings["seed"])
    shards = spoken.shards(settings, "train")
    with_draws = any(spoken.has(settings, shard, "drawn") for shard in shards)
    bank = filled(settings, ["latents", "drawn"] if with_draws else ["latents"])
    Refiner(settings).train(bank)


def main() -> None:
    """Train until the minutes are spent, or to `--until`."""
    settings = load(parser(__doc__).parse_args())
    choose()
    run(settings)


if __name__ == "__main__":
    main()
