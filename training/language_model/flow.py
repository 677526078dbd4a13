"""Stage 5: train the FlowLM on stored latents, led by the teacher's alignment."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.data import spoken
from training.device import choose
from training.export.packaged import load_packaged
from training.modelconfig import flow_lm_config, latent_size
from training.networks import FlowLM
from training.settings import Settings, load, parser
from training.trainer import Trainer


@dataclass(frozen=True)
class Example:
    """Token ids, latents, and the text position heard in each half of each frame."""

    speaker: str
    tokens: np.ndarray
    latents: np.ndarray
    heard: np.ndarray


@dataclass(frozen=True)
class Batch:
    """Padded examples; `text` and `frames` are their lengths."""

    voice: Tensor
    tokens: Tensor
    text: Tensor
    latents: Tensor
    frames: Tensor
    heard: Tensor


def example(u: spoken.Utterance, latents: np.ndarray) -> Example:
    """An utterance as the FlowLM learns it."""
    halves = np.arange(2 * u.frames) * (spoken.FRAME // 2) + spoken.FRAME // 4
    tokens = np.array([spoken.INDEX[c] for c in u.text], np.int64)
    return Example(u.speaker, tokens, latents, u.symbol_at(halves).reshape(-1, 2))


def examples(settings: Settings, part: str) -> list[Example]:
    """All examples of a part."""
    return [example(u, latents) for u, latents in spoken.encoded(settings, part)]


def statistics(corpus: list[Example]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the latents."""
    stacked = torch.from_numpy(np.concatenate([e.latents for e in corpus]))
    return stacked.mean(0), stacked.std(0)


def batches(corpus: list[Example], settings: Settings, rng: np.random.Generator) -> Iterator[Batch]:
    """Batches of utterances of like length, of about `tokens` positions, without end."""
    cfg = settings["flow"]
    mixture = spoken.Mixture(cfg["share"], [e.speaker for e in corpus])
    others: dict[str, list[Example]] = {}
    for e in corpus:
        others.setdefault(e.speaker, []).append(e)
    while True:
        pool = [corpus[i] for i in mixture.draw(400, rng)]
        pool.sort(key=lambda e: len(e.tokens) + len(e.latents))
        groups: list[list[Example]] = [[]]
        for e in pool:
            length = len(e.tokens) + len(e.latents) + cfg["voice"] + 2
            if (len(groups[-1]) + 1) * length > cfg["tokens"]:
                groups.append([])
            groups[-1].append(e)
        for i in rng.permutation(len(groups)):
            voices = [voice_of(others[e.speaker], cfg["voice"], rng) for e in groups[i]]
            yield collate(groups[i], voices)


def voice_of(spoken: list[Example], frames: int, rng: np.random.Generator) -> np.ndarray:
    """Some frames of a random utterance, as a prompt."""
    latents = spoken[rng.integers(len(spoken))].latents
    start = rng.integers(max(1, len(latents) - frames))
    piece = latents[start : start + frames]
    return np.pad(piece, ((0, frames - len(piece)), (0, 0)), mode="edge")


def collate(group: list[Example], voices: list[np.ndarray]) -> Batch:
    """Pad a group of examples, on the training's device."""
    device = torch.get_default_device()

    def padded(rows: list[np.ndarray]) -> Tensor:
        whole = np.zeros((len(rows), max(map(len, rows)), *rows[0].shape[1:]), rows[0].dtype)
        for place, row in zip(whole, rows, strict=True):
            place[: len(row)] = row
        return torch.from_numpy(whole).to(device)

    return Batch(
        torch.from_numpy(np.stack(voices)).to(device),
        padded([e.tokens for e in group]),
        torch.tensor([len(e.tokens) for e in group]),
        padded([e.latents for e in group]),
        torch.tensor([len(e.latents) for e in group]),
        padded([e.heard for e in group]),
    )


def places(begins: Tensor, end: int, frames: int) -> Tensor:
    """Where each position of a sequence is found in voice, padded text and latents in a row.

    The latents (`frames` of them, behind position `end`) move up to where each row's text ends
    (`begins`), and the padding of the text goes behind them: `[rows, end + frames]`.
    """
    at = torch.arange(end + frames)
    begins = begins[:, None]
    moved = torch.where(at < begins + frames, at - begins + end, at - frames)
    return torch.where(at < begins, at, moved)


class Student(nn.Module):
    """The FlowLM with the losses' own layer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.cfg = settings["flow"]
        self.dice = random.Random(settings["seed"])
        self.lm = FlowLM(flow_lm_config(settings), latent_size(settings))
        self.sound = nn.Linear(
            flow_lm_config(settings)["transformer"]["d_model"], 2 * len(spoken.SYMBOLS)
        )

    def sequence(self, b: Batch, fed: Tensor) -> tuple[Tensor, Tensor]:
        """The embedded sequences with these latents fed back, and their first frames' positions."""
        lm = self.lm
        fed = torch.cat([lm.bos_emb.expand(len(fed), 1, -1), fed], dim=1)
        voice, text, audio = lm.voice(b.voice), lm.conditioner.embed(b.tokens), lm.input_linear(fed)
        parts = torch.cat([voice, text, audio], dim=1)
        begins = voice.shape[1] + b.text
        at = places(begins, voice.shape[1] + text.shape[1], audio.shape[1])
        return parts.gather(1, at[..., None].expand(-1, -1, parts.shape[-1])), begins

    def outputs(self, b: Batch, fed: Tensor) -> tuple[Tensor, list, Tensor]:
        """The outputs each frame and the one after the last are drawn from, and first heads."""
        x, begins = self.sequence(b, fed)
        out, heads = self.lm(x)
        at = begins[:, None] + torch.arange(fed.shape[1] + 1)
        return out.gather(1, at[..., None].expand(-1, -1, out.shape[-1])), heads, begins

    def spoilt(self, b: Batch, target: Tensor) -> Tensor:
        """The latents to feed back: with noise, and some of the model's own in their place."""
        cfg = self.cfg
        fed = target + cfg["noise"] * torch.rand(len(target), 1, 1) * torch.randn_like(target)
        if self.dice.random() < cfg["own"]:
            own = self.drawn(b, fed)
            fed = torch.where(torch.rand_like(fed[..., :1]) < torch.rand(len(fed), 1, 1), own, fed)
        return fed

    @torch.no_grad()
    def drawn(self, b: Batch, fed: Tensor) -> Tensor:
        """Each frame drawn where these latents came before it."""
        cond = self.outputs(b, fed)[0][:, :-1]
        return self.lm.flow_net(cond, self.cfg["temperature"] ** 0.5 * torch.randn_like(fed))

    def guidance(
        self, b: Batch, heads: list, begins: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """How far the guided heads look from the symbols heard, and how often they are right."""
        prompt = b.voice.shape[1] + 1
        frames = mask.shape[1]
        at = begins[:, None] + torch.arange(frames)
        text = torch.arange(prompt, prompt + b.tokens.shape[1])
        outside = torch.arange(b.tokens.shape[1]) >= b.text[:, None]
        aim = torch.zeros(len(at), frames, b.tokens.shape[1], dtype=torch.bool)
        for half in (0, 1):
            aim.scatter_(2, b.heard[..., half : half + 1], True)
        loss, right = torch.zeros(()), torch.zeros(())
        for layer in self.cfg["guided"]:
            q, k = heads[layer]
            q = q.gather(1, at[..., None].expand(-1, -1, q.shape[-1]))
            scores = q @ k[:, text].transpose(1, 2) / q.shape[-1] ** 0.5
            logs = scores.masked_fill(outside[:, None], -1e9).log_softmax(-1)
            hit = logs.masked_fill(~aim, -1e9).logsumexp(-1)
            loss = loss - hit[mask].mean() / len(self.cfg["guided"])
            best = aim.gather(2, logs.argmax(-1, keepdim=True))[..., 0]
            right = right + best[mask].float().mean() / len(self.cfg["guided"])
        return loss, right

    def forward(self, b: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The training loss and its parts."""
        cfg, lm = self.cfg, self.lm
        target = (b.latents - lm.emb_mean) / lm.emb_std
        cond, heads, begins = self.outputs(b, self.spoilt(b, target))
        frames = target.shape[1]
        real = torch.arange(frames + 1) <= b.frames[:, None]
        ends = torch.arange(frames + 1) >= b.frames[:, None] - cfg["eos_frames"]
        eos = F.binary_cross_entropy_with_logits(lm.out_eos(cond)[..., 0][real], ends[real].float())
        mask = real[:, 1:]
        c, y = cond[:, :-1][mask], target[mask]
        noise = torch.randn(cfg["samples"], *y.shape)
        drawn = lm.flow_net(c.expand(cfg["samples"], -1, -1), noise)
        near = (drawn - y).norm(dim=-1).mean()
        pairs = (drawn[:, None] - drawn[None]).square().sum(-1)
        apart = (pairs + 1e-6).sqrt().mean(-1).sum() / (cfg["samples"] * (cfg["samples"] - 1))
        energy = near - 0.5 * apart
        logits = self.sound(c).unflatten(-1, (2, -1))
        heard = b.tokens.gather(1, b.heard.flatten(1)).unflatten(1, (-1, 2))[mask]
        sound = F.cross_entropy(logits.flatten(0, 1), heard.flatten())
        led, right = self.guidance(b, heads, begins, mask)
        loss = energy + cfg["eos"] * eos + cfg["sound"] * sound + cfg["guidance"] * led
        parts = {"energy": energy, "near": near, "eos": eos, "sound": sound, "led": led}
        return loss, parts | {"right": right}


def run(settings: Settings) -> Student:
    """The whole stage; on CUDA the network computes in bf16."""
    cfg = settings["flow"]
    corpus = examples(settings, "train")
    if not corpus:
        raise FileNotFoundError("no encoded speech: run training.codec.autoencoder encode")
    student = Student(settings).to(torch.get_default_device())
    if cfg["go_on"]:
        load_packaged(student.lm, "flow_lm.")
    mean, std = statistics(corpus)
    student.lm.emb_mean.copy_(mean)
    student.lm.emb_std.copy_(std)
    trainer = Trainer(settings, "flow", student, cfg)
    stream = batches(corpus, settings, np.random.default_rng((settings["seed"], trainer.count)))
    device = torch.get_default_device()
    for _ in trainer.steps():
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss, parts = student(next(stream))
        trainer.step(loss, parts)
    student.load_state_dict(trainer.average)
    return student


def main() -> None:
    """Train until the minutes are spent, or to `--until`."""
    settings = load(parser(__doc__).parse_args())
    choose()
    run(settings)


if __name__ == "__main__":
    main()
