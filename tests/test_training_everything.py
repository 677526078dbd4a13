"""The one command on tiny shapes, from a package to a larger one that speaks.

Skipped where PyTorch is not installed: only training/ needs it.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import ptts_np
from tests.conftest import assert_close
from tests.tiny_training import TINY, Ada, spoken

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from training import deadline, everything, pieces, prepare, trainer  # noqa: E402
from training.codec import autoencoder, refine  # noqa: E402
from training.data import speech, teachers  # noqa: E402
from training.data import spoken as corpus  # noqa: E402
from training.export import packaged, write  # noqa: E402
from training.language_model.flow import Student, collate, examples, voice_of  # noqa: E402
from training.modelconfig import mimi_config  # noqa: E402
from training.networks import Decoder, Encoder  # noqa: E402
from training.settings import Settings, over, read  # noqa: E402

NEXT = {
    "text": {"lone_share": 1.0, "joined_share": 1.0},
    "model": TINY["model"] | {"motion": 4},
    "speech": TINY["speech"]
    | {"teachers": {"ada": "tests.tiny_training.Ada"}, "utterances_per_shard": 3},
}


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A work folder without motion in its latents, and the package made from it in its place."""
    made = Settings(over(read(), TINY), tmp_path / "old")
    torch.manual_seed(1)
    for number in range(3):
        speech.write_shard(made, corpus.Shard("ada", number), spoken(3, 10 * number))
    mimi = mimi_config(made)
    for name, part in {
        "autoencoder": autoencoder.build(made),
        "decoder": Decoder(mimi),
        "encoder": Encoder(mimi),
        "flow": Student(made),
    }.items():
        state = part.state_dict()
        torch.save({"model": state, "average": state}, made.path("checkpoints", f"{name}.pt"))
    autoencoder.encode(made, 0, 1)
    write.export(made, tmp_path / "package")
    for module in (packaged, write):
        monkeypatch.setattr(module, "ASSETS", tmp_path / "package")
    return made


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock whose seconds are training steps: a slow machine trains as many."""
    now = [1e9]
    monkeypatch.setattr(deadline, "time", SimpleNamespace(time=lambda: now[0]))
    prepared = trainer.Trainer.prepare

    def counted(self: trainer.Trainer) -> None:
        now[0] += 1
        prepared(self)

    monkeypatch.setattr(trainer.Trainer, "prepare", counted)


def run(module: object, monkeypatch: pytest.MonkeyPatch, *flags: object) -> None:
    """A stage's command, in this process."""
    monkeypatch.setattr(sys, "argv", ["stage", *map(str, flags)])
    module.main()  # type: ignore[attr-defined]


@torch.no_grad()
def test_what_is_told_of_motion_changes_no_sound_at_first(old: Settings) -> None:
    more = Settings(over(old.values, NEXT), old.work)
    decoder, grown = Decoder(mimi_config(old)), Decoder(mimi_config(more))
    for part in (decoder, grown):
        packaged.load_packaged(part, "mimi.")
    latents, motion = torch.randn(2, 5, 8), torch.randn(2, 5, 4)
    both = torch.cat([latents, motion], dim=2)
    assert_close(grown(both).numpy(), decoder(latents).numpy(), 1e-5)
    small, large = Student(old), Student(more)
    for student in (small, large):
        packaged.load_packaged(student.lm, "flow_lm.")
    rows = examples(old, "train")[:2]
    voices = [voice_of(rows, 3, np.random.default_rng(i)) for i in range(2)]
    b = collate(rows, voices)
    wider = [np.pad(v, ((0, 0), (0, 4)), constant_values=3.0) for v in voices]
    fed = torch.randn(b.latents.shape)
    cond = small.outputs(b, fed)[0]
    rows = [
        type(e)(e.speaker, e.tokens, np.pad(e.latents, ((0, 0), (0, 4))), e.heard) for e in rows
    ]
    moving = torch.cat([fed, torch.randn(*fed.shape[:2], 4)], dim=2)
    same = large.outputs(collate(rows, wider), moving)[0]
    assert_close(same.numpy(), cond.numpy(), 1e-5)
    noise = torch.randn(*cond.shape[:2], 12)
    drawn = large.lm.flow_net(cond, noise)[..., :8]
    assert_close(drawn.numpy(), small.lm.flow_net(cond, noise[..., :8]).numpy(), 1e-5)


def test_the_one_command_makes_a_package_that_speaks(
    old: Settings, tmp_path: Path, monkeypatch, steps: None, capsys
) -> None:
    """All stages on the CPU, from texts to sound, with the pitch at four points of a frame."""
    path = tmp_path / "next.json"
    path.write_text(json.dumps(TINY | NEXT), encoding="utf-8")
    lines = ["Help.", "We are here.", "Very late.", "Good morning to you.", "Yes."] * 3
    old.path("sentences.txt").write_text("\n".join(lines), encoding="utf-8")
    start, out, work = tmp_path / "start", tmp_path / "out", tmp_path / "work"
    given = ["--settings", path, "--work"]
    run(prepare, monkeypatch, start, *given, old.work)
    flags = ["--start", start, "--out", out, "--until", "+75", "--workers", 1, "--device", "cpu"]
    capsys.readouterr()
    run(everything, monkeypatch, *given, work, *flags)
    printed = capsys.readouterr().out
    assert printed.startswith("{"), "the arguments are printed first"
    assert "flow: resumed" in printed
    assert (out / "log.txt").exists()
    assert everything.EVERY <= 60

    # at home: what came back, the speech a voice is made of, and the package
    made = Settings(read(path), tmp_path / "home")
    brought = ["flow.pt", "refine-alone.pt", "refine.pt"]
    assert pieces.join(out, made.path("checkpoints", "x").parent) == brought
    for name in ("refine", "flow"):
        saved = torch.load(made.path("checkpoints", f"{name}.pt"), weights_only=True)
        assert saved["count"] > 5
        assert all(bool(v.isfinite().all()) for v in saved["average"].values())
    told = torch.load(made.path("checkpoints", "refine.pt"), weights_only=True)["average"]
    assert told["quantizer.output_proj.weight"][:, 8:].any(), "the decoder listens to the motion"
    drawn = sorted((work / "drawn" / "ada").iterdir())
    assert drawn
    assert all(np.load(path).shape[1] == 12 for path in drawn)
    for kind in ("speech", "latents"):
        (made.work / kind).symlink_to(work / kind)
    assert all(e.latents.shape[1] == 12 for e in examples(made, "dev"))
    folder = tmp_path / "new"
    write.export(made, folder)
    model = ptts_np.load_model(str(folder / "config.yaml"))
    assert model.config.latent_dim == 12
    voice = ptts_np.load_voice(model, str(folder / "voices" / "ada.safetensors"))
    sound = ptts_np.generate("Good morning.", model=model, voice=voice, seed=0)
    assert len(sound) > 0
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 0


def test_teachers_who_fall_silent_are_not_waited_for(old: Settings, steps: None) -> None:
    far = Settings(old.values, old.work / "empty", deadline.until("+1000000"))
    with pytest.raises(FileNotFoundError, match=r"of ada: see log/speech\.0\.log"):
        refine.filled(far, ["latents"], silent=lambda: True)


def test_a_teacher_is_the_class_the_settings_name(old: Settings) -> None:
    made = Settings(over(old.values, NEXT), old.work)
    assert isinstance(teachers.teacher(made, "ada"), Ada)
    with pytest.raises(ValueError, match="no teacher of the name 'eve'; there are ada"):
        teachers.teacher(made, "eve")
