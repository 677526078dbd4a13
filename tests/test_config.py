"""Configurations: the reference's files load, anything else is told what is wrong."""

from typing import Any

import pytest
import yaml

from ptts_np.errors import ConfigError
from ptts_np.model.config import load_config, parse_config
from tests.conftest import GOLDEN, VARIANTS


def data(name: str = "lsd_2026_10") -> Any:
    return yaml.safe_load((GOLDEN / name / "config.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", VARIANTS)
def test_recorded_variants_load(name: str) -> None:
    config = load_config(GOLDEN / name / "config.yaml")
    assert config.mimi.samples_per_frame == 1920
    assert config.mimi.upsample_stride == config.mimi.downsample_stride == 16


def change(path: str, value: Any) -> Any:
    changed = data()
    *parts, last = path.split(".")
    node = changed
    for part in parts:
        node = node[part]
    node[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("surprise", 1, "surprise: Extra inputs"),
        ("flow_lm.transformer.swiglu", True, "swiglu"),
        ("flow_lm.flow.type", "diffusion", r"flow_lm\.flow\.type"),
        ("flow_lm.transformer.num_heads", 7, "must split into 7"),
        ("flow_lm.transformer.num_kv_heads", 3, "multiple of num_kv_heads"),
        ("flow_lm.transformer.num_layers", 10**9, "num_layers"),
        ("flow_lm.lookup_table.dim", 65, "lookup_table.dim"),
        ("mimi.quantizer.output_dimension", 31, "output_dimension"),
        ("flow_lm.transformer.num_layers", 0, "num_layers"),
        ("flow_lm.transformer.hidden_scale", 1e308, "dim_feedforward"),
        ("flow_lm.transformer.hidden_scale", float("inf"), "dim_feedforward"),
        ("flow_lm.flow.dim", 1, r"flow\.dim"),
        ("mimi.transformer.input_dimension", 31, "transformer's inputs and outputs must be"),
        ("mimi.transformer.output_dimensions", [31], "transformer's inputs and outputs must be"),
        ("mimi.outer_dim", 31, "outer_dim must equal"),
        ("mimi.seanet.compress", 1000, "compress"),
        ("mimi.seanet.n_residual_layers", 64, "n_residual_layers"),
        ("mimi.seanet.ratios", [7, 5, 4], "must divide 1920"),
        ("mimi.seanet.ratios", [], "ratios"),
        ("mimi.sample_rate", 48000, "sample_rate"),
        ("default_temperature", float("nan"), "default_temperature"),
        ("default_temperature", -1, "default_temperature"),
        ("flow_lm", None, "flow_lm"),
    ],
)
def test_a_wrong_setting_is_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(change(path, value), "config.yaml")


@pytest.mark.parametrize("whole", [None, [], "text", 3])
def test_not_a_mapping(whole: Any) -> None:
    with pytest.raises(ConfigError):
        parse_config(whole, "config.yaml")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"a: [",
        b"!!python/object/apply:os.system ['true']",
        b"[" * 5000,
        b"a: &a [*a]",
        b"a: 2024-99-99",
        b"a: !!int x",
        b"a: !!bool x",
        b"a: !!timestamp x",
        b"a: " + b"9" * 5000,
    ],
)
def test_hostile_files(tmp_path, content: bytes) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        load_config(path)


def test_missing_and_huge(tmp_path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_config(tmp_path / "none.yaml")
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (2 << 20))
    with pytest.raises(ConfigError, match="too large"):
        load_config(path)
