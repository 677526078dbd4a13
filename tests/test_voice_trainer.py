"""The trainer's networks against ptts_np on the same weights, of tiny shapes.

Skipped where PyTorch is not installed: only training needs it.
"""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ptts_np.model import flow_head, flow_lm, mimi
from ptts_np.model.config import ModelConfig, parse_config
from ptts_np.ops import reference as ops
from ptts_np.weights.load import load_params
from tests.conftest import assert_close

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
yaml = pytest.importorskip("yaml")
packaged = pytest.importorskip("training.export.packaged")
settings_of = pytest.importorskip("training.settings")
export = pytest.importorskip("training.export.write")
networks = pytest.importorskip("training.networks")


class Tiny:
    """A model of the recipe's kind: the trainer's parts, and what ptts_np reads from their file."""

    def __init__(self, folder: Path) -> None:
        values: dict[str, Any] = yaml.safe_load((settings_of.HERE / "settings.yaml").read_text())
        small = values["model"] = copy.deepcopy(values["model"])
        small["heard"] = 4
        values["flow"] |= {"guided": [0, 1]}
        small["flow_lm"]["flow"] |= {"dim": 16, "depth": 2}
        small["flow_lm"]["transformer"] |= {
            "d_model": 24,
            "num_heads": 2,
            "num_layers": 2,
            "dim_feedforward": 72,
        }
        for side in ("transformer", "decoder_transformer"):
            small["mimi"][side] |= {"d_model": 16, "num_heads": 2, "dim_feedforward": 48}
        for side in ("seanet", "decoder_seanet"):
            small["mimi"][side] |= {"dimension": 16, "n_filters": 4}
        settings = settings_of.Settings(values, folder)
        torch.manual_seed(1)
        content = export.config(settings)
        self.lm = networks.FlowLM(content["flow_lm"], content["mimi"]["inner_dim"])
        self.decoder = networks.Decoder(content["mimi"])
        self.encoder = networks.Encoder(content["mimi"])
        named = export.weights(self.lm, self.decoder, self.encoder)
        export.save_file({k: v.contiguous() for k, v in named.items()}, folder / "m.safetensors")
        self.config: ModelConfig = parse_config(content, "the trainer")
        self.params = load_params(folder / "m.safetensors", self.config)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return Tiny(tmp_path_factory.mktemp("tiny"))


@torch.no_grad()
def test_flow_lm(tiny: Tiny) -> None:
    params, config = tiny.params.flow_lm, tiny.config.flow_lm
    latents, tokens = torch.randn(1, 5, 6), torch.tensor([[3, 1, 4, 1, 5]])
    parts = [
        tiny.lm.voice(latents),
        tiny.lm.conditioner.embed(tokens),
        tiny.lm.input_linear(latents),
    ]
    ours = [
        flow_lm.embed_voice(ops, params, latents[0].numpy()),
        flow_lm.embed_text(ops, params, tokens[0].numpy()),
    ]
    for trained, read in zip(parts, ours, strict=False):
        assert_close(read, trained[0].numpy())
    x = torch.cat(parts, dim=1)
    trained = tiny.lm(x)[0][0].numpy()
    read, _ = flow_lm.prefill(ops, config, params, flow_lm.new_state(config, params), x[0].numpy())
    assert_close(read, trained)
    noise = torch.randn(len(trained), 6)
    head, rows = params.flow_net, range(len(trained))
    drawn = [
        flow_head.sample(
            ops, config.flow, head, trained[i : i + 1], noise[i : i + 1].numpy(), [None]
        )
        for i in rows
    ]
    assert_close(np.concatenate(drawn), tiny.lm.flow_net(torch.from_numpy(trained), noise).numpy())


@torch.no_grad()
def test_mimi(tiny: Tiny) -> None:
    params, config = tiny.params.mimi, tiny.config.mimi
    latents, sound = torch.randn(1, 12, 6), torch.randn(1, 12 * 1920)
    start = mimi.decoder_state(config, params)
    made, _ = mimi.decode(ops, config, params, start, latents[0].numpy())
    assert_close(made, tiny.decoder(latents)[0].numpy())
    start = mimi.encoder_state(config, params)
    read, _ = mimi.encode(ops, config, params, start, sound[0].numpy())
    assert_close(read, tiny.encoder(sound)[0].numpy())


@torch.no_grad()
def test_the_gain_of_the_package_changes_nothing_but_loudness(tiny: Tiny) -> None:
    decoder, encoder = copy.deepcopy(tiny.decoder), copy.deepcopy(tiny.encoder)
    for half in (decoder, encoder):
        packaged.louder(half, 2.0)
    latents, sound = torch.randn(1, 4, 6), torch.randn(1, 4 * 1920)
    assert_close(decoder(latents).numpy(), 2 * tiny.decoder(latents).numpy())
    assert_close(encoder(2 * sound).numpy(), tiny.encoder(sound).numpy())


def test_the_package_is_read_at_the_teachers_level() -> None:
    """What training goes on from is the shipped decoder without its gain."""
    from safetensors import safe_open
    from safetensors.numpy import load_file

    path = settings_of.ASSETS / "model.safetensors"
    values = yaml.safe_load((settings_of.HERE / "settings.yaml").read_text())
    decoder = networks.Decoder(export.mimi_config(settings_of.Settings(values, Path())))
    packaged.load_packaged(decoder, "mimi.")
    with safe_open(path, framework="np") as file:
        gain = float(file.metadata().get("gain", 1))
    last = load_file(path)["mimi.decoder.model.11.conv.weight"].astype(np.float32)
    assert_close(decoder.decoder.model[-1].conv.weight.detach().numpy() * gain, last)
