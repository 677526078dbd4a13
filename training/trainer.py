"""What every training stage shares: schedule, averaged weights, checkpoints, a log of losses."""

import json
import math
import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from training.codec.grow import grow
from training.deadline import Deadline
from training.settings import Settings

LONGEST_STEP = 5.0  # seconds counted for one step: a paused machine is not training time


class Trainer:
    """AdamW with warm-up and cosine decay over a time budget, weight averaging, resumable.

    The schedule follows training time, so a stage ends when its minutes are spent; more minutes in
    the settings let it go on from its checkpoint. With a deadline in the settings it follows the
    clock instead. A larger model goes on from a smaller one's checkpoint (training.codec.grow).
    `apply` holds all that is done on the device and nothing that waits for it, so that it can be a
    part of a CUDA graph.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        model: nn.Module,
        cfg: dict,
        others: Sequence["Trainer"] = (),
        averaged: bool = True,
    ) -> None:
        """`others` are trained in the same steps and saved with this one."""
        self.name, self.model, self.cfg, self.others = name, model, cfg, others
        self.until = settings.until
        self.path = settings.path("checkpoints", f"{name}.pt")
        self.log = settings.path("log", f"{name}.jsonl")
        self.weights = list(model.parameters())
        device = self.weights[0].device
        self.lr = torch.tensor(0.0, device=device)
        graphs = device.type == "cuda"
        self.optimizer = torch.optim.AdamW(
            self.weights,
            lr=self.lr if graphs else 0.0,
            betas=tuple(cfg.get("betas", (0.9, 0.98))),
            weight_decay=cfg.get("decay", 0.01),
            fused=True,
            capturable=graphs,
        )
        start = model.state_dict() if averaged else {}
        self.average = {k: v.detach().clone() for k, v in start.items()}
        self.keep = torch.zeros((), device=device)  # weight of the new in the average
        self.norm = torch.zeros((), device=device)
        self.count, self.seconds, self.begun = 0, 0.0, 0
        self.recent: dict[str, Tensor] = {}
        self.noted = 0
        if self.path.exists():
            self._load(device)

    def _load(self, device: torch.device) -> None:
        saved = torch.load(self.path, weights_only=True, map_location=device)
        now = self.model.state_dict()
        if any(k in now and v.shape != now[k].shape for k, v in saved["model"].items()):
            saved.pop("optimizer", None)  # the moments of other shapes
            for part in [p for p in ("average", "model") if saved[p]]:
                grow(self.model, saved[part])
                saved[part] = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(saved["model"])
        if self.average:
            self.average = {k: v.clone() for k, v in saved["average"].items()}
        if "optimizer" in saved:
            own = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict(saved["optimizer"] | {"param_groups": own})
            if isinstance(own[0]["lr"], Tensor):  # loading made a copy of it
                self.optimizer.param_groups[0]["lr"] = self.lr
        self.count, self.seconds = saved.get("count", 0), saved.get("seconds", 0.0)
        self.begun = self.count if "optimizer" not in saved else 0
        print(f"{self.name}: resumed at step {self.count}", flush=True)

    def state(self) -> dict:
        """What it takes to go on."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "count": self.count,
            "seconds": self.seconds,
        }

    def save(self) -> None:
        """Write the checkpoint, never half."""
        partial = self.path.with_suffix(".part")
        torch.save(self.state(), partial)
        partial.replace(self.path)

    @property
    def spent(self) -> float:
        """The share of the time that is over, 0 to 1."""
        if self.until is not None:
            return self.until.spent
        return min(1.0, self.seconds / (60 * self.cfg["minutes"]))

    def rate(self) -> float:
        """The learning rate now."""
        floor = self.cfg.get("floor", 0.03)
        decay = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * self.spent))
        warm = min(1.0, (self.count - self.begun + 1) / self.cfg.get("warmup", 200))
        return self.cfg["rate"] * decay * warm

    def steps(self, stop: Deadline | None = None) -> Iterator[int]:
        """Step numbers until the time is spent, or to `stop`; saves on the way and at the end."""
        together = (self, *self.others)
        saved = before = time.monotonic()

        def over() -> bool:
            return self.spent >= 1 or (stop is not None and stop.left <= 0)

        done = over()
        while not done:
            for trainer in together:
                trainer.prepare()
            yield self.count
            now = time.monotonic()
            for trainer in together:
                trainer.count += 1
                trainer.seconds += min(now - before, LONGEST_STEP)
            before = now
            done = over()  # ask once a step: the last one is saved
            if now - saved > 60 or done:
                for trainer in together:
                    trainer.save()
                saved = now

    def prepare(self) -> None:
        """Tell the device this step's learning rate and weight of the average."""
        rate = self.rate()
        self.lr.fill_(rate)
        if not isinstance(self.optimizer.param_groups[0]["lr"], Tensor):
            for group in self.optimizer.param_groups:
                group["lr"] = rate
        keep = min(self.cfg.get("keep", 0.998), (self.count + 1) / (self.count + 10))
        self.keep.fill_(1 - keep)

    def apply(self) -> None:
        """One update from the gradients there are; those that are no numbers count as zero."""
        with torch.no_grad():
            for weight in self.weights:
                if weight.grad is not None:
                    weight.grad.nan_to_num_(0.0, 0.0, 0.0)
        self.norm.copy_(nn.utils.clip_grad_norm_(self.weights, self.cfg.get("clip", 1.0)))
        self.optimizer.step()
        with torch.no_grad():
            if self.average:
                new = self.model.state_dict()
                average = [self.average[name] for name in new]
                apart = torch._foreach_sub(list(new.values()), average)
                torch._foreach_mul_(apart, self.keep)
                torch._foreach_add_(average, apart)

    def note(self, parts: dict[str, Tensor]) -> None:
        """Add a step's losses to the means; every 50th step writes them to the log."""
        for key, value in {"norm": self.norm, **parts}.items():
            found = value.detach()
            self.recent[key] = self.recent[key] + found if key in self.recent else found.clone()
        self.noted += 1
        if (self.count + 1) % 50 == 0:
            row = {"step": self.count + 1, "minutes": round(self.seconds / 60, 2)}
            row |= {k: round(float(v) / self.noted, 5) for k, v in self.recent.items()}
            self.recent, self.noted = {}, 0
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)

    def step(self, loss: Tensor, parts: dict[str, Tensor]) -> None:
        """One update from a loss, and its note."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.apply()
        self.note({"loss": loss, **parts})
