"""Weight files: what is stored, and what damaged or foreign files are told."""

import dataclasses
import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from ptts_np.errors import WeightsError
from ptts_np.jobs.identity import model_print
from ptts_np.model.config import ModelConfig, load_config
from ptts_np.ops.quantized import Bf16Weight, dense
from ptts_np.weights.leaves import leaves
from ptts_np.weights.load import load_params, tensor_shapes
from ptts_np.weights.quantize import to_int8
from tests.conftest import GOLDEN, load_model

FOLDER = GOLDEN / "lsd_2026_10"
BF16 = GOLDEN / "lsd_2026_10_bf16"


@pytest.fixture(scope="module")
def config() -> ModelConfig:
    return load_config(FOLDER / "config.yaml")


@pytest.fixture
def tensors() -> dict[str, np.ndarray]:
    return load_file(FOLDER / "model.safetensors")


def write(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    save_file(tensors, path)
    return path


def arrays(params) -> list:
    return [array for _, array in leaves(params)]


def test_every_parameter_is_read_only_float32_and_contiguous(config) -> None:
    for leaf in arrays(load_params(FOLDER / "model.safetensors", config)):
        assert leaf.dtype == np.float32
        in_order = np.argsort(leaf.strides, kind="stable")[::-1]
        assert leaf.flags.c_contiguous or leaf.transpose(in_order).flags.c_contiguous
        assert not leaf.flags.writeable


def test_kernels_of_few_rows_lie_by_outputs(config, tensors) -> None:
    first, up, *_ = load_params(FOLDER / "model.safetensors", config).mimi.decoder.seanet
    first, up = first.weights[0].weight, up.weights[0].weight
    stored = tensors["mimi.decoder.model.0.conv.weight"]
    np.testing.assert_array_equal(first, stored.transpose(2, 1, 0))
    stored = tensors["mimi.decoder.model.2.convtr.weight"]
    np.testing.assert_array_equal(up, stored.transpose(0, 2, 1))
    assert first.transpose(2, 0, 1).flags.c_contiguous
    assert up.transpose(1, 2, 0).flags.c_contiguous


def test_shapes_name_every_tensor_of_every_variant() -> None:
    for path in GOLDEN.glob("*/config.yaml"):
        stored = load_file(path.with_name("model.safetensors")) if "bf16" not in str(path) else None
        shapes = tensor_shapes(load_config(path))
        if stored is not None:
            assert {name: tensor.shape for name, tensor in stored.items()} == shapes


def test_half_precision(config, tensors, tmp_path) -> None:
    halves = {name: tensor.astype(np.float16) for name, tensor in tensors.items()}
    params = load_params(write(tmp_path / "half.safetensors", halves), config)
    stored = halves["flow_lm.input_linear.weight"].astype(np.float32)
    np.testing.assert_array_equal(params.flow_lm.latent_proj, stored)


def test_large_matrices_stay_in_bf16() -> None:
    """Those that `quantize` takes, as views of the file; all else is float32."""
    path, config = BF16 / "model.safetensors", load_config(BF16 / "config.yaml")
    params, halved = load_params(path, config), load_params(path, config, quantize="bf16")
    names = {"modulation": 0, "view": 0}
    for leaf, half in zip(arrays(params.flow_lm), arrays(halved.flow_lm), strict=True):
        assert isinstance(leaf, Bf16Weight) == isinstance(half, Bf16Weight)
        if isinstance(leaf, Bf16Weight):
            np.testing.assert_array_equal(leaf.bits, half.bits)
            assert not leaf.bits.flags.writeable
            names["modulation" if leaf.bits.base is None else "view"] += 1
    assert names["modulation"] == 1
    assert names["view"] > 10
    for leaf in arrays(params.mimi):
        assert leaf.dtype == np.float32
        assert isinstance(leaf, np.ndarray)


def test_int8_of_bf16_is_that_of_its_float32() -> None:
    config = load_config(BF16 / "config.yaml")
    path = BF16 / "model.safetensors"
    stored = load_params(path, config).flow_lm.layers[0].up
    actual = load_params(path, config, quantize="int8").flow_lm.layers[0].up
    for one, other in zip(actual, to_int8(dense(stored)), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("bits", [0x7F80, 0xFF80, 0x7FC0, 0xFFFF])
def test_bf16_that_is_no_finite_number(tmp_path, bits: int) -> None:
    content = bytearray((BF16 / "model.safetensors").read_bytes())
    data = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:data])
    name = "flow_lm.transformer.layers.0.linear1.weight"
    start = data + header[name]["data_offsets"][0]
    content[start + 2 : start + 4] = bits.to_bytes(2, "little")
    path = tmp_path / "infinite.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"{re.escape(name)}.*not finite"):
        load_params(path, load_config(BF16 / "config.yaml"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("flow_lm.bos_emb"), r"lacks flow_lm\.bos_emb"),
        (lambda t: t.update(extra=np.zeros(1, np.float32)), "unknown extra"),
        (
            lambda t: t.update({"flow_lm.bos_emb": np.zeros(3, np.float32)}),
            r"bos_emb has shape \(3,\)",
        ),
        (
            lambda t: t.update({"flow_lm.bos_emb": np.zeros(8, np.float64)}),
            "bos_emb is stored as F64",
        ),
        (
            lambda t: t.update({"flow_lm.bos_emb": np.full(8, np.nan, np.float32)}),
            "bos_emb has values that are not finite",
        ),
        (
            lambda t: t.update({"mimi.encoder.model.0.conv.bias": np.full(4, np.inf, np.float32)}),
            r"mimi\.encoder\.model\.0\.conv\.bias has values",
        ),
    ],
)
def test_wrong_tensors_are_named(config, tensors, tmp_path, change, message) -> None:
    change(tensors)
    with pytest.raises(WeightsError, match=message):
        load_params(write(tmp_path / "wrong.safetensors", tensors), config)


def test_placeholders_of_the_encoder_do_not_matter_without_cloning(
    config, tensors, tmp_path
) -> None:
    tensors["mimi.encoder.model.0.conv.bias"][:] = np.nan
    path = write(tmp_path / "open.safetensors", tensors)
    load_params(path, config, cloning=False)
    with pytest.raises(WeightsError):
        load_params(path, config, cloning=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"abc",
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 100 << 20) + b"{" * 1000,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 9) + b'{"a":1}  ',
        struct.pack("<Q", 4) + b"\xff\xfe\x00\x01",
    ],
)
def test_what_is_no_safetensors_file(config, tmp_path, data) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=re.escape(str(path))):
        load_params(path, config)


def test_a_missing_file_and_a_folder(config, tmp_path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(WeightsError, match=r"cannot read|not a usable"):
            load_params(path, config)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_an_error_or_loads(config, data, tmp_path_factory) -> None:
    """Truncations and flipped bytes: an error that is ours, or weights that are still finite."""
    original = (FOLDER / "model.safetensors").read_bytes()
    header = 8 + int.from_bytes(original[:8], "little")
    if data.draw(st.booleans()):
        damaged = original[: data.draw(st.integers(0, len(original) - 1))]
    else:
        place = data.draw(st.integers(0, header))
        flipped = original[place] ^ data.draw(st.integers(1, 255))
        damaged = original[:place] + bytes([flipped]) + original[place + 1 :]
    path = tmp_path_factory.mktemp("damaged") / "model.safetensors"
    path.write_bytes(damaged)
    try:
        params = load_params(path, config)
    except WeightsError:
        return
    assert all(np.isfinite(leaf).all() for leaf in arrays(params))


@pytest.mark.parametrize("folder", [FOLDER, BF16])
@pytest.mark.parametrize("padding", [0, 1, 2, 3])
def test_tensors_at_odd_addresses(config, tmp_path, padding: int, folder: Path) -> None:
    """Headers need no padding; what lies askew must still do for every backend."""
    original = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(original[:8], "little")
    path = tmp_path / "odd.safetensors"
    header = original[8 : 8 + size] + b" " * padding
    path.write_bytes(struct.pack("<Q", len(header)) + header + original[8 + size :])
    params, expected = load_params(path, config), load_params(folder / "model.safetensors", config)
    for leaf, same in zip(arrays(params), arrays(expected), strict=True):
        assert (leaf.bits if isinstance(leaf, Bf16Weight) else leaf).flags.aligned
        np.testing.assert_array_equal(dense(leaf), dense(same))


def test_overlapping_offsets(config, tmp_path) -> None:
    original = (FOLDER / "model.safetensors").read_bytes()
    size = int.from_bytes(original[:8], "little")
    header = json.loads(original[8 : 8 + size])
    names = [name for name in header if name != "__metadata__"]
    header[names[1]]["data_offsets"] = header[names[0]]["data_offsets"]
    text = json.dumps(header).encode()
    path = tmp_path / "overlap.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + original[8 + size :])
    with pytest.raises(WeightsError):
        load_params(path, config)


def test_every_tensor_of_the_file_is_a_leaf_and_tells_models_apart() -> None:
    model = load_model("lsd_2026_10")
    found = dict(leaves(model.params))
    size = (FOLDER / "model.safetensors").stat().st_size
    assert sum(array.nbytes for array in found.values()) == pytest.approx(size, rel=0.2)
    name = next(name for name, array in found.items() if array.nbytes < 1000)
    changed = dataclasses.replace(model, params=_changed(model.params, name))
    assert model_print(changed) != model_print(model) == model_print(load_model("lsd_2026_10"))


def _changed(node: Any, path: str, name: str = "") -> Any:
    """The same parameters but for one array, which is 1 larger."""
    if name == path:
        return node + 1
    if isinstance(node, dict):
        return {key: _changed(value, path, f"{name}.{key}") for key, value in node.items()}
    if isinstance(node, (list, tuple)) and not hasattr(node, "nbytes"):
        keys = getattr(node, "_fields", range(len(node)))
        parts = [_changed(v, path, f"{name}.{k}") for k, v in zip(keys, node, strict=True)]
        return type(node)(*parts) if hasattr(node, "_fields") else type(node)(parts)
    return node
