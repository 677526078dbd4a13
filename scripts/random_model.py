"""A model of random weights in a released shape: for tests and benchmarks, never for speaking.

    python scripts/random_model.py english_2m_2026-10 FOLDER [bf16]

Every tensor is drawn from a generator seeded with its name, so the same model comes out anywhere.
"""

import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from safetensors.numpy import save_file

from ptts_np.catalog import model_config
from ptts_np.model.config import ModelConfig
from ptts_np.weights.load import tensor_shapes
from ptts_np.weights.quantize import to_bf16

VOICE_FRAMES = 62  # a prompt of five seconds


def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """One tensor: normal, scaled so that signals neither die nor grow on their way."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))
    values = rng.standard_normal(shape, np.float32)
    if name.endswith("freqs"):
        return np.exp(-math.log(10000) * np.arange(128) / 128).astype(np.float32)
    if name.endswith(("emb_std", "alpha")) or ("norm" in name and name.endswith("weight")):
        return 1 + 0.1 * values
    if name.endswith("in_ln.weight"):
        return 1 + 0.1 * values
    if name.endswith(".scale"):
        return np.float32(0.1) * (1 + 0.1 * values)
    if len(shape) < 2:
        return np.float32(0.1) * values
    fan_in = shape[0] * 2 if "convtr" in name else math.prod(shape[1:])
    return values / np.float32(math.sqrt(fan_in))


def write(name: str, folder: Path, stored: str = "f32") -> Path:
    """Write a configuration, weights, a tokenizer and a voice; the configuration's path.

    The weights are stored as "f32" or, rounded, as "bf16".
    """
    config = model_config(name)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yaml"
    if path.exists():
        return path
    weights = {n: draw(n, s) for n, s in tensor_shapes(config).items()}
    if stored == "bf16":
        save_bf16(weights, folder / "model.safetensors")
    else:
        save_file(weights, folder / "model.safetensors")
    bins = config.flow_lm.lookup_table.n_bins
    (folder / "tokenizer.json").write_text(json.dumps(byte_tokenizer(bins)), encoding="utf-8")
    save_file(random_voice(config), folder / "voice.safetensors")
    data = config.model_dump(exclude_none=True, exclude={"weights_path_without_voice_cloning"})
    for part in ("transformer", "decoder_transformer"):
        if part in data["mimi"]:
            for extra in ("attn_dim", "num_kv_heads"):
                data["mimi"][part].pop(extra)
    for extra in ("default_max_tokens", "pronunciation", "voice_cloning", "text_heads"):
        data.pop(extra, None)
    data["flow_lm"]["transformer"]["hidden_scale"] = 1
    # absolute, since pocket-tts looks for a relative one in the current folder
    table = {"tokenizer": "tokenizers", "tokenizer_path": str(folder.resolve() / "tokenizer.json")}
    data["flow_lm"]["lookup_table"] |= table
    data["weights_path"] = str(folder.resolve() / "model.safetensors")
    path.write_text(yaml.safe_dump(_plain(data)), encoding="utf-8")
    return path


def save_bf16(tensors: dict[str, np.ndarray], path: Path) -> None:
    """Write tensors rounded to BF16, which NumPy has no type for."""
    header, place = {}, 0
    halves = {name: to_bf16(tensor).bits for name, tensor in tensors.items()}
    for name, bits in halves.items():
        offsets = [place, place + bits.nbytes]
        header[name] = {"dtype": "BF16", "shape": bits.shape, "data_offsets": offsets}
        place += bits.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for bits in halves.values():
            file.write(bits.tobytes())


def byte_tokenizer(size: int) -> dict[str, Any]:
    """A tokenizer.json with one token a byte, filled up with merges that never match."""
    from tokenizers.pre_tokenizers import ByteLevel

    alphabet = sorted(ByteLevel.alphabet())
    filler = [f"<unused {index}>" for index in range(size - len(alphabet))]
    vocabulary = {token: index for index, token in enumerate(alphabet + filler)}
    level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": None,
        "decoder": level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": vocabulary,
            "merges": [],
        },
    }


def random_voice(config: ModelConfig) -> dict[str, np.ndarray]:
    """The tensors of a voice file of `VOICE_FRAMES` rows."""
    transformer = config.flow_lm.transformer
    shape = (2, 1, VOICE_FRAMES, transformer.num_kv_heads, transformer.head_dim)
    tensors = {}
    for index in range(transformer.num_layers):
        name = f"transformer.layers.{index}.self_attn"
        values = np.random.default_rng(index).standard_normal(shape, np.float32)
        tensors[f"{name}/cache"] = values
        tensors[f"{name}/offset"] = np.array([VOICE_FRAMES], np.int64)
        tensors[f"{name}/pad"] = np.zeros(1, np.int64)
    return tensors


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


if __name__ == "__main__":
    print(write(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
