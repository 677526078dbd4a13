"""What every training stage shares: schedule, averaged weights, checkpoints, a log of losses."""

import json
import math
import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from training.settings import Settings

LONGEST_STEP = 5.0  # seconds counted for one step: a paused machine is not training time


class Trainer:
    """AdamW with warm-up and cosine decay over a time budget, weight averaging, resumable.

    The schedule follows training time, so a stage ends when its minutes are spent; more minutes in
    the settings let it go on from its checkpoint.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        model: nn.Module,
        cfg: dict,
        others: Sequence["Trainer"] = (),
    ) -> None:
        """`others` are trained in the same steps and saved with this one."""
        self.name, self.model, self.cfg, self.others = name, model, cfg, others
        self.path = settings.path("checkpoints", f"{name}.pt")
        self.log = settings.path("log", f"{name}.jsonl")
        torch.manual_seed(settings["seed"])
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=cfg["rate"],
            betas=tuple(cfg.get("betas", (0.9, 0.98))),
            weight_decay=cfg.get("decay", 0.01),
            fused=True,
        )
        self.average = {k: v.detach().clone() for k, v in model.state_dict().items()}
        self.count, self.seconds = 0, 0.0
        self.recent: list[dict[str, float]] = []
        if self.path.exists():
            self._load()

    def _load(self) -> None:
        saved = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.average = saved["average"]
        self.count, self.seconds = saved["count"], saved["seconds"]
        print(f"resumed at step {self.count}, {self.seconds / 60:.1f} minutes", flush=True)

    def save(self) -> None:
        """Write the checkpoint, never half."""
        partial = self.path.with_suffix(".part")
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "count": self.count,
            "seconds": self.seconds,
        }
        torch.save(state, partial)
        partial.replace(self.path)

    def rate(self) -> float:
        """The learning rate now."""
        done = min(1.0, self.seconds / (60 * self.cfg["minutes"]))
        floor = self.cfg.get("floor", 0.03)
        decay = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))
        return self.cfg["rate"] * decay * min(1.0, (self.count + 1) / self.cfg.get("warmup", 200))

    def steps(self) -> Iterator[int]:
        """Step numbers until the minutes are spent; saves on the way and at the end."""
        saved = before = time.monotonic()
        while self.seconds < 60 * self.cfg["minutes"]:
            yield self.count
            now = time.monotonic()
            for trainer in (self, *self.others):
                trainer.count += 1
                trainer.seconds += min(now - before, LONGEST_STEP)
            before = now
            if now - saved > 120 or self.seconds >= 60 * self.cfg["minutes"]:
                for trainer in (self, *self.others):
                    trainer.save()
                saved = now

    def step(self, loss: Tensor, parts: dict[str, Tensor]) -> None:
        """One update; every 50th writes the mean losses to the log."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.get("clip", 1.0))
        self.optimizer.step()
        keep = min(self.cfg.get("keep", 0.998), (self.count + 1) / (self.count + 10))
        with torch.no_grad():
            new = self.model.state_dict()
            torch._foreach_lerp_([self.average[k] for k in new], list(new.values()), 1 - keep)
        losses = {"loss": loss, "norm": norm, **parts}
        self.recent.append({k: float(v.detach()) for k, v in losses.items()})
        if (self.count + 1) % 50 == 0:
            row = {"step": self.count + 1, "minutes": round(self.seconds / 60, 2)}
            means = {k: sum(r[k] for r in self.recent) / len(self.recent) for k in self.recent[0]}
            row |= {k: round(v, 5) for k, v in means.items()}
            self.recent = []
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)
