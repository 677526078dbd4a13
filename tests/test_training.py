"""The training on tiny shapes: crops, losses, resuming, travelling, the one command for a GPU.

Skipped where PyTorch is not installed: only training/ needs it.
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.conftest import assert_close
from tests.tiny_training import TINY, hum, settings, spoken

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from training import deadline, pieces  # noqa: E402
from training.codec import autoencoder, bank, critic, grow, refine  # noqa: E402
from training.codec.graph import Replayed  # noqa: E402
from training.codec.voicing import voicing  # noqa: E402
from training.data import pitch, recordings  # noqa: E402
from training.data import spoken as speech  # noqa: E402
from training.data.speech import write_shard  # noqa: E402
from training.language_model import flow  # noqa: E402
from training.modelconfig import mimi_config  # noqa: E402
from training.networks import Decoder  # noqa: E402
from training.settings import Settings, read  # noqa: E402


@pytest.fixture
def work(tmp_path: Path) -> Settings:
    """Three shards of made-up speech, an untrained analysis and decoder."""
    made = settings(tmp_path)
    torch.manual_seed(1)
    for number in range(3):
        write_shard(made, speech.Shard("ada", number), spoken(4, 10 * number))
    for name, part in {
        "autoencoder": autoencoder.build(made),
        "decoder": Decoder(mimi_config(made)),
    }.items():
        torch.save({"average": part.state_dict()}, made.path("checkpoints", f"{name}.pt"))
    autoencoder.encode(made, 0, 1)
    return made


def ending(made: Settings, looks: int) -> Settings:
    """These settings with an end after so many looks at `clock`."""
    return Settings(made.values, made.work, deadline.Deadline(0, looks))


@pytest.fixture
def clock(monkeypatch) -> None:
    """Deadlines count looks instead of seconds: a slow machine trains as many steps."""
    looks = SimpleNamespace(time=itertools.count().__next__)
    monkeypatch.setattr(deadline, "time", looks)


@effort(max_examples=15, deadline=None)
@given(st.floats(70, 340), st.integers(1, 7), st.booleans(), st.sampled_from([0, 1, 2, 4]))
def test_pitch_on_the_device_is_the_pitch(
    hertz: float, frames: int, quiet: bool, motion: int
) -> None:
    audio = hum(frames * 0.08, hertz, 3)[: frames * speech.FRAME] / 32768.0
    audio = audio * (0.001 if quiet else 1.0)
    expected = pitch.voicing(audio, motion)
    assert expected.shape == (frames, 2 + motion)
    assert_close(voicing(torch.from_numpy(audio), motion).numpy(), expected, 1e-4)


def test_crops_are_the_sound_and_its_latents(work: Settings) -> None:
    analysis = autoencoder.trained(work)
    for n in range(3):
        shard = speech.Shard("ada", n)
        moved = [rows + 100 for rows in speech.rows(work, shard)]
        speech.write_rows(work, shard, "drawn", moved)
    store = bank.Bank(work, 5, {"ada": 1.0}, ["latents", "drawn"], own=0.5)
    assert store.arrivals(most=1) == 1
    assert store.arrivals() == 2  # the third is for development
    latents, sound, locked, drawn = store.crops(6)
    assert latents.shape == (6, 5, 8)
    assert locked == list(range(6))
    assert drawn.tolist() == [0, 1, 0, 1, 0, 1]
    latents = latents - 100 * drawn[:, None, None]
    whole = {}
    for u in speech.load(work, "train"):
        padded = np.zeros(u.frames * speech.FRAME, np.float32)
        padded[: len(u.audio)] = u.audio / 32768.0
        whole[u.text] = (padded, autoencoder.latents_of(analysis, torch.from_numpy(padded), 0))
    for row, piece in zip(latents, sound.numpy(), strict=True):
        places = [
            (k, rows)
            for audio, rows in whole.values()
            for k in range(len(rows) - 5)
            if np.array_equal(audio[k * speech.FRAME : (k + 5) * speech.FRAME], piece)
        ]
        (place, rows) = places[0]
        assert_close(row.numpy(), rows[place : place + 5].numpy(), 0.04)  # 16 bits of 100


def test_each_loss_pulls_by_its_weight() -> None:
    torch.manual_seed(0)
    a, b = 1e-6 * torch.randn(2, 50), 1e4 * torch.randn(2, 50)
    assert_close(refine.pulled([(a, 1.0)]).numpy(), refine.pulled([(1e9 * a, 1.0)]).numpy(), 1e-4)
    both, one = refine.pulled([(a, 1.0), (b, 2.0)]), refine.pulled([(a, 1.0)])
    pull = (both - one).square().mean().sqrt() / one.square().mean().sqrt()
    assert float(pull) == pytest.approx(2.0, rel=1e-3)
    assert not refine.pulled([(torch.zeros(2, 50), 1.0)]).any()


@pytest.mark.parametrize(("folded", "spectra", "asked"), [(5, 4, 3), (3, 3, 2), (2, 2, 1)])
def test_every_view_is_asked_equally_often(folded: int, spectra: int, asked: int) -> None:
    views = critic.Critic(range(2, 2 + folded), [64] * spectra, 2)
    counts = [0] * len(views)
    for step in range(len(views)):
        chosen = views.asked(step, asked)
        assert len({id(v) for v in chosen}) == asked
        for i, view in enumerate(views):
            counts[i] += any(view is v for v in chosen)
    assert counts == [asked] * len(views)
    assert len(views.asked(0, 0)) == len(views)


def test_the_critics_losses() -> None:
    real, made = torch.ones(2, 3), torch.zeros(2, 3)
    right = critic.Looks([(real, [torch.ones(4)])], [(made, [torch.ones(4)])])
    assert [float(x) for x in critic.critic_loss(right)] == [0.0, 1.0]
    assert [float(x) for x in critic.maker_loss(right)] == [1.0, 0.0]
    fooled = critic.Looks([(real, [torch.ones(4)])], [(real, [3 * torch.ones(4)])])
    assert [float(x) for x in critic.critic_loss(fooled)] == [1.0, 0.5]
    assert [float(x) for x in critic.maker_loss(fooled)] == [0.0, 2.0]


def test_one_step_changes_both_and_reads_nothing_back(work: Settings) -> None:
    """What a CUDA graph asks of a step; on this device it can only be looked for."""
    trained = refine.Refiner(work)
    trained.locked = torch.arange(2)
    trained.heed.fill_(1.0)
    for t in (trained.trainer, trained.judge):
        t.count = 50
        t.prepare()
    before = [p.clone() for p in (*trained.trainer.weights, *trained.judge.weights)]
    latents, sound = torch.randn(2, 5, 8), 0.05 * torch.randn(2, 5 * speech.FRAME)
    trained.step(latents, sound)  # makes what is made once: filters, windows, moments
    names: list[str] = []

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[name-defined]
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            names.append(str(func))
            return func(*args, **(kwargs or {}))

    with Watch():
        trained.step(latents, sound)
    after = [*trained.trainer.weights, *trained.judge.weights]
    changed = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert np.mean(changed) > 0.9
    assert not [n for n in names if "local_scalar" in n or "nonzero" in n or "is_nonzero" in n]


def test_training_resumes_where_it_stopped(work: Settings, clock: None) -> None:
    refine.run(ending(work, 20))
    first = torch.load(work.path("checkpoints", "refine.pt"), weights_only=True)
    assert first["count"] > 3
    assert all(bool(v.isfinite().all()) for v in first["average"].values())
    again = refine.Refiner(ending(work, 1))
    assert again.trainer.count == first["count"]
    assert again.judge.count == first["count"]
    for name, value in again.decoder.state_dict().items():
        assert torch.equal(value, first["model"][name])
    moments = again.trainer.optimizer.state_dict()["state"][0]["exp_avg"]
    assert torch.equal(moments, first["optimizer"]["state"][0]["exp_avg"])


def test_pieces_come_together_or_not_at_all(work: Settings, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pieces, "LARGEST", 5000)
    source = work.path("checkpoints", "decoder.pt")
    state = torch.load(source, weights_only=True)
    torch.save(state | {"optimizer": {"much": torch.zeros(9999)}}, source)
    pieces.cut(source.parent, tmp_path / "way", ["decoder"])
    files = list((tmp_path / "way").glob("*.piece"))
    assert len(files) > 1
    assert max(f.stat().st_size for f in files) <= 5000
    assert pieces.join(tmp_path / "way", tmp_path / "there") == ["decoder.pt"]
    found = torch.load(tmp_path / "there" / "decoder.pt", weights_only=True)
    assert "optimizer" not in found
    assert all(torch.equal(v, state["average"][k]) for k, v in found["average"].items())
    torch.save(state | {"count": 7}, source)
    pieces.cut(source.parent, tmp_path / "way", ["decoder"])
    newer = list((tmp_path / "way").glob("*.piece"))
    assert not {f.name for f in files} & {f.name for f in newer}, "no save shares a name"
    files = newer
    (tmp_path / "there" / "decoder.pt").unlink()
    whole = files[0].read_bytes()
    files[0].write_bytes(whole[:-1] + b"!")
    with pytest.raises(ValueError, match="not those of the index"):
        pieces.join(tmp_path / "way", tmp_path / "there")
    files[0].unlink()
    with pytest.raises(ValueError, match="missing pieces"):
        pieces.join(tmp_path / "way", tmp_path / "there")
    assert not list((tmp_path / "there").iterdir())


@torch.no_grad()
def test_a_larger_decoder_begins_with_the_same_sound(work: Settings) -> None:
    small = Decoder(mimi_config(work))
    values = settings(work.work).values
    values["model"]["mimi"]["decoder_seanet"]["n_filters"] = 3
    values["model"]["mimi"]["decoder_transformer"]["num_layers"] = 3
    large = Decoder(mimi_config(Settings(values, work.work)))
    grow.grow(large, small.state_dict())
    latents = torch.randn(2, 6, 8)
    assert_close(large(latents).numpy(), small(latents).numpy(), 1e-5)
    with pytest.raises(ValueError, match="does not fit"):
        grow.grow(small, large.state_dict())


@effort(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 5), st.integers(1, 4))
def test_latents_follow_each_rows_text(texts: list[int], frames: int, voice: int) -> None:
    longest = max(texts)
    end = voice + longest
    row = torch.arange(end + frames)
    at = flow.places(voice + torch.tensor(texts), end, frames)
    for n, found in zip(texts, row[at], strict=True):
        expected = [*range(voice + n), *range(end, end + frames), *range(voice + n, end)]
        assert found.tolist() == expected


def test_a_step_that_cannot_be_captured_runs_by_hand() -> None:
    calls: list[Any] = []
    step = Replayed(lambda x: calls.append(x) or {"y": 2 * x})  # type: ignore[func-returns-value]
    for i in range(6):
        assert float(step(torch.tensor(float(i)))["y"]) == 2 * i
    assert len(calls) == 6


def test_recordings_become_a_speaker(work: Settings, tmp_path: Path, monkeypatch, capsys) -> None:
    import soundfile

    folder = tmp_path / "lj"
    (folder / "wavs").mkdir(parents=True)
    texts = ["Good morning to you.", "We are here."]
    for i in range(2):
        soundfile.write(folder / "wavs" / f"{i}.wav", hum(2.5, 180.0, i), 22050)
    table = folder / "metadata.csv"
    table.write_text("".join(f"{i}|{t}|\n" for i, t in enumerate(texts)), encoding="utf-8")
    settings_file = tmp_path / "tiny.json"
    settings_file.write_text(json.dumps(TINY))
    flags = ["x", str(folder), "--name", "eve", "--work", str(work.work), "--size", "1"]
    monkeypatch.setattr(sys, "argv", [*flags, "--settings", str(settings_file)])
    recordings.main()
    capsys.readouterr()
    over_these = read(settings_file, work.work / "eve.yaml")  # what the command wrote
    made = Settings(over_these, work.work)
    assert over_these["speech"]["shards"] == {"eve": 2}
    found = speech.load(made, "train") + speech.load(made, "dev")
    assert len(found) == 2
    for u in found:
        assert len(u.starts) == len(u.text)
        assert (np.diff(u.starts) >= 0).all()
        assert 2.0 * speech.RATE < len(u.audio) < 3.2 * speech.RATE
        assert u.starts[-1] < len(u.audio)


@pytest.mark.parametrize(
    ("line", "message"),
    [("7|", "expected ID"), ("../7|Hello.", "expected ID"), ("7|Hello.", "there is no wavs/7")],
)
def test_a_wrong_line_of_recordings_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "metadata.csv").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises((ValueError, FileNotFoundError), match=f"line 2: {message}"):
        list(recordings.listed(tmp_path))


def test_a_machine_with_a_gpu_needs_no_package_of_ours() -> None:
    """What training.everything imports there: neither ptts_np nor what it needs."""
    absent = "ptts_np", "pydantic", "soxr", "soundfile", "hibari", "numba", "jaxtyping"
    code = (
        "import sys\n"
        f"for name in {absent}:\n"
        "    sys.modules[name] = None\n"
        "import training.everything, training.data.speech\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
