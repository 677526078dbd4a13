"""A weight file to `params`: checked against the configuration, nested like the tensors' names.

Views of the mapped file, where a step of FlowLM reads what is stored: F32 tensors, and the large
matrices of FlowLM in BF16. Loading them costs no copy, and processes share the pages. All else that
is F16 or BF16 becomes float32. Every array is read-only.
"""

import json
import math
import mmap
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from ptts_np.errors import WeightsError
from ptts_np.model.config import (
    FlowLmConfig,
    MimiConfig,
    MimiTransformerConfig,
    ModelConfig,
    TransformerConfig,
)
from ptts_np.model.flow_head import TIME_EMBEDDINGS
from ptts_np.model.quantize import is_large
from ptts_np.model.seanet import Module, decoder_modules, encoder_modules
from ptts_np.ops.quantized import Bf16Weight, dense

Params = dict[str, Any]
Shape = tuple[int, ...]
Tensor = np.ndarray | Bf16Weight

TIME_FREQUENCIES = 128
MAX_HEADER_BYTES = 8 << 20
# kernels that few rows a frame go through, most of the decoder's weights: the order their axes lie
# in, by which a product with few rows reads them once, from beginning to end
FEW_ROWS = {
    "mimi.decoder.model.0.conv.weight": (2, 0, 1),  # outputs, kernel, inputs
    "mimi.decoder.model.2.convtr.weight": (1, 2, 0),  # kernel, outputs, inputs
}
ENCODER = ("mimi.encoder", "mimi.downsample", "flow_lm.speaker_proj_weight")
STORED: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
}


def tensor_shapes(config: ModelConfig) -> dict[str, Shape]:
    """Name and shape of every tensor a model of this configuration has, as its file stores them."""
    return dict(_flow_lm(config)) | dict(_mimi(config.mimi))


def load_params(path: Path, config: ModelConfig, cloning: bool = True) -> Params:
    """Read a weight file into `{"flow_lm": ..., "mimi": ...}`.

    Without `cloning` the encoder's weights may be placeholders. Raises WeightsError naming the
    tensor that is missing, unknown, of another type or shape, or not finite.
    """
    shapes, described = tensor_shapes(config), describe(path)
    _check_names(path, described, shapes)
    file = _mapped(path)
    data = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:data])
    tensors = {}
    for name, (stored, shape) in described.items():
        if stored not in STORED:
            raise WeightsError(f"{path}: {name} is stored as {stored}, not as F32, F16 or BF16")
        if shape != shapes[name]:
            raise WeightsError(
                f"{path}: {name} has shape {shape}, its configuration needs {shapes[name]}"
            )
        start = data + header[name]["data_offsets"][0]
        flat = np.frombuffer(file, STORED[stored], count=math.prod(shape), offset=start)
        if not _finite(flat, stored) and (cloning or not name.startswith(ENCODER)):
            raise WeightsError(f"{path}: {name} has values that are not finite numbers")
        tensors[name] = _tensor(name, flat.reshape(shape), stored)
    return arrange(tensors)


def describe(path: Path) -> dict[str, tuple[str, Shape]]:
    """Stored type and shape of each tensor of a safetensors file, without reading the data.

    Raises WeightsError for a file that is not there, or is truncated or damaged.
    """
    try:
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > MAX_HEADER_BYTES:
            raise WeightsError(f"{path} is not a usable safetensors file: its header is too large")
        with safe_open(path, framework="numpy") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
            return {name: (s.get_dtype(), tuple(s.get_shape())) for name, s in slices.items()}
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a usable safetensors file: {error}") from error
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from error


def arrange(tensors: dict[str, Tensor]) -> Params:
    """Nest tensors by their names, in the layouts the operations take."""
    nested: Params = {}
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        node = nested
        for part in path:
            node = node.setdefault(part, {})
        if isinstance(tensor, Bf16Weight):  # matrices, which are laid out as they are stored
            node[last] = tensor._replace(bits=_read_only(tensor.bits))
        elif order := FEW_ROWS.get(name):
            lying = _read_only(_laid_out(name, tensor).transpose(order))
            node[last] = lying.transpose(np.argsort(order))
        else:
            node[last] = _read_only(_laid_out(name, tensor))
    _stack_modulations(nested["flow_lm"]["flow_net"])
    listed: Params = _lists(nested)
    return listed


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise WeightsError(f"cannot read {path}: {error}") from error
    if sys.platform == "linux":
        # a step of FlowLM reads the whole file: there are fewer large pages to look up
        with suppress(OSError):  # a kernel without them
            mapped.madvise(mmap.MADV_HUGEPAGE)
    return mapped


def _check_names(path: Path, found: dict[str, Any], needed: dict[str, Shape]) -> None:
    missing, unknown = sorted(needed.keys() - found), sorted(found.keys() - needed)
    if missing or unknown:
        parts = [
            f"{word} {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if names[3:] else "")
            for word, names in (("lacks", missing), ("has unknown", unknown))
            if names
        ]
        raise WeightsError(f"{path} is not of this configuration: it {' and '.join(parts)}")


def _finite(flat: np.ndarray, stored: str) -> bool:
    if stored == "BF16":  # all ones in the exponent: infinite or not a number
        exponents = np.uint16(0x7F80)
        return not np.any((flat & exponents) == exponents)
    return bool(np.isfinite(flat).all())


def _tensor(name: str, values: np.ndarray, stored: str) -> Tensor:
    if stored == "BF16":
        weight = Bf16Weight(values, exact=True)
        return weight if is_large(name, values.ndim) else weight.dense()
    return values.astype(np.float32, copy=False)


def _read_only(tensor: np.ndarray) -> np.ndarray:
    # older files pad their headers to nothing, so a tensor may lie at an odd address
    tensor = np.require(tensor, requirements=["C_CONTIGUOUS", "ALIGNED"])
    tensor.flags.writeable = False
    return tensor


def _laid_out(name: str, tensor: np.ndarray) -> np.ndarray:
    if name.endswith("upsample.convtr.convtr.weight"):
        return tensor[:, 0].T  # [channels, 1, kernel] -> [kernel, channels]
    if name.endswith("convtr.weight"):
        return tensor.transpose(0, 2, 1)  # -> [inputs, kernel, outputs]
    if name.endswith("conv.weight"):
        return tensor.transpose(2, 1, 0)  # -> [kernel, inputs, outputs]
    if name.endswith("output_proj.weight"):
        return tensor[:, :, 0]
    if name.endswith("bos_before_voice"):
        return tensor[0]
    return tensor


def _stack_modulations(flow_net: Params) -> None:
    blocks = flow_net.setdefault("res_blocks", {})
    owners = [blocks[str(index)] for index in range(len(blocks))] + [flow_net["final_layer"]]
    parts = [owner.pop("adaLN_modulation")["1"] for owner in owners]
    flow_net["modulation"] = {
        key: _concatenated([part[key] for part in parts]) for key in ("weight", "bias")
    }


def _concatenated(parts: list[Tensor]) -> Tensor:
    bits = [part.bits for part in parts if isinstance(part, Bf16Weight)]
    if len(bits) == len(parts):
        return Bf16Weight(_read_only(np.concatenate(bits)), exact=True)
    return _read_only(np.concatenate([dense(part) for part in parts]))


def _lists(node: Any) -> Any:
    """Turn groups numbered 0, 1, 2... into lists; those with gaps stay keyed by number."""
    if not isinstance(node, dict):
        return node
    children = {key: _lists(child) for key, child in node.items()}
    numbered = [str(index) for index in range(len(children))]
    if children and set(children) == set(numbered):
        return [children[key] for key in numbered]
    return children


def _flow_lm(config: ModelConfig) -> Iterator[tuple[str, Shape]]:
    lm, latent = config.flow_lm, config.latent_dim
    width, table, out = lm.transformer.d_model, lm.lookup_table, lm.output_dim
    yield "flow_lm.bos_emb", (latent,)
    yield "flow_lm.emb_mean", (latent,)
    yield "flow_lm.emb_std", (latent,)
    yield "flow_lm.conditioner.embed.weight", (table.n_bins + 1, table.rank or table.dim)
    if table.rank:
        yield "flow_lm.conditioner.proj.weight", (table.dim, table.rank)
    yield "flow_lm.input_linear.weight", (width, latent)
    yield "flow_lm.speaker_proj_weight", (width, config.mimi.voice_dim)
    if lm.insert_bos_before_voice:
        yield "flow_lm.bos_before_voice", (1, 1, width)
    yield from _transformer("flow_lm.transformer", lm.transformer)
    yield from _affine("flow_lm.out_norm", width)
    if lm.z_dim:
        yield "flow_lm.z_proj.weight", (lm.z_dim, width)
    yield from _linear("flow_lm.out_eos", 1, out)
    yield from _flow_net("flow_lm.flow_net", lm, latent)


def _flow_net(name: str, lm: FlowLmConfig, latent: int) -> Iterator[tuple[str, Shape]]:
    dim = lm.flow.dim
    yield from _linear(f"{name}.input_proj", dim, latent)
    yield from _linear(f"{name}.cond_embed", dim, lm.output_dim)
    for index in range(TIME_EMBEDDINGS[lm.flow.type]):
        embed = f"{name}.time_embed.{index}"
        yield f"{embed}.freqs", (TIME_FREQUENCIES,)
        yield from _linear(f"{embed}.mlp.0", dim, 2 * TIME_FREQUENCIES)
        yield from _linear(f"{embed}.mlp.2", dim, dim)
        yield f"{embed}.mlp.3.alpha", (dim,)
    for index in range(lm.flow.depth):
        block = f"{name}.res_blocks.{index}"
        yield from _affine(f"{block}.in_ln", dim)
        yield from _linear(f"{block}.mlp.0", dim, dim)
        yield from _linear(f"{block}.mlp.2", dim, dim)
        yield from _linear(f"{block}.adaLN_modulation.1", 3 * dim, dim)
    yield from _linear(f"{name}.final_layer.linear", latent, dim)
    yield from _linear(f"{name}.final_layer.adaLN_modulation.1", 2 * dim, dim)


def _mimi(config: MimiConfig) -> Iterator[tuple[str, Shape]]:
    decoder, quantizer, width = config.decoder, config.quantizer, config.seanet.dimension
    yield "mimi.quantizer.output_proj.weight", (decoder.dimension, quantizer.dimension, 1)
    kernel = 2 * config.upsample_stride
    yield "mimi.upsample.convtr.convtr.weight", (decoder.dimension, 1, kernel)
    yield from _projected("mimi.decoder_transformer", config.decoder_attention)
    yield from _seanet("mimi.decoder.model", decoder_modules(decoder))
    yield from _seanet("mimi.encoder.model", encoder_modules(config.seanet))
    yield from _projected("mimi.encoder_transformer", config.transformer)
    kernel = 2 * config.downsample_stride
    yield "mimi.downsample.conv.conv.weight", (config.voice_dim, width, kernel)


def _seanet(name: str, modules: Iterator[Module]) -> Iterator[tuple[str, Shape]]:
    for module in modules:
        layer = f"{name}.{module.number}"
        outs, kernel, ins = module.outputs, module.kernel, module.inputs
        if module.kind == "up":
            yield f"{layer}.convtr.weight", (ins, outs, kernel)
            yield f"{layer}.convtr.bias", (outs,)
        elif module.kind == "residual":
            yield from _conv(f"{layer}.block.1.conv", outs, ins, kernel)
            yield from _conv(f"{layer}.block.3.conv", ins, outs, 1)
        else:
            yield from _conv(f"{layer}.conv", outs, ins, kernel)


def _projected(name: str, config: MimiTransformerConfig) -> Iterator[tuple[str, Shape]]:
    if config.d_model != config.input_dimension:
        yield f"{name}.input_proj.weight", (config.d_model, config.input_dimension)
        yield f"{name}.output_projs.0.weight", (config.output_dimensions[0], config.d_model)
    yield from _transformer(f"{name}.transformer", config)


def _transformer(name: str, config: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    width, hidden, attention = config.d_model, config.dim_feedforward, config.attn_dim
    rows = attention + 2 * config.num_kv_heads * config.head_dim
    for index in range(config.num_layers):
        layer = f"{name}.layers.{index}"
        yield from _affine(f"{layer}.norm1", width)
        yield from _affine(f"{layer}.norm2", width)
        yield f"{layer}.self_attn.in_proj.weight", (rows, width)
        yield f"{layer}.self_attn.out_proj.weight", (width, attention)
        yield f"{layer}.linear1.weight", (hidden, width)
        yield f"{layer}.linear2.weight", (width, hidden)
        if config.layer_scale is not None:
            yield f"{layer}.layer_scale_1.scale", (width,)
            yield f"{layer}.layer_scale_2.scale", (width,)


def _linear(name: str, outputs: int, inputs: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _affine(name: str, width: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _conv(name: str, outputs: int, inputs: int, kernel: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (outputs, inputs, kernel)
    yield f"{name}.bias", (outputs,)
