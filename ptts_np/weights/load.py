"""The tensors of a weight file to the parts of the model, in the layouts the operations take.

Views of the mapped file, where a step of FlowLM reads what is stored: F32 tensors, and the large
matrices of FlowLM in BF16. Loading them costs no copy, and processes share the pages. All else that
is F16 or BF16 becomes float32. Every array is read-only.
"""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ptts_np.model import flow_lm, mimi
from ptts_np.model.config import ModelConfig
from ptts_np.model.flow_lm import FlowLM
from ptts_np.model.mimi import Mimi
from ptts_np.model.parts import Request, Shape, Source
from ptts_np.ops.quantized import Bf16Weight, dense
from ptts_np.weights.file import MappedFile, check_names
from ptts_np.weights.quantize import QUANTIZERS, Memory, to_int16

Tensor = np.ndarray | Bf16Weight

ENCODER = ("mimi.encoder", "mimi.downsample", "flow_lm.speaker_proj_weight")
DECODER = ("mimi.decoder.", "mimi.decoder_transformer.")


class Params(NamedTuple):
    """All parameters of a model."""

    flow_lm: FlowLM
    mimi: Mimi


def build(source: Source, config: ModelConfig) -> Params:
    """Take the parameters of the whole model."""
    return Params(
        flow_lm.build(source / "flow_lm", config), mimi.build(source / "mimi", config.mimi)
    )


def tensor_shapes(config: ModelConfig) -> dict[str, Shape]:
    """Name and shape of every tensor a model of this configuration has, as its file stores them."""
    shapes: dict[str, Shape] = {}

    def take(request: Request) -> None:
        shapes.update(request.tensors)

    build(Source(take), config)
    return shapes


def load_params(
    path: Path,
    config: ModelConfig,
    *,
    cloning: bool = True,
    quantize: str | None = None,
    int16_decoder: bool = False,
) -> Params:
    """Read a weight file.

    `quantize` is what FlowLM's large matrices are kept as; with `int16_decoder` the large ones of
    Mimi's decoder are int16, which is faster only where a backend multiplies such. Without
    `cloning` the encoder's weights may be placeholders. Raises WeightsError naming the tensor that
    is missing, unknown, of another type or shape, or not finite.
    """
    file = MappedFile(path)
    check_names(path, file.tensors, tensor_shapes(config))
    memory = Memory()
    flow = partial(QUANTIZERS[quantize], put=memory.put) if quantize else None
    decoder = partial(to_int16, put=memory.put) if int16_decoder else None

    def take(request: Request) -> Any:
        parts = [
            _read(file, name, shape, request.large, cloning)
            for name, shape in request.tensors.items()
        ]
        tensor = _laid_out(parts[0] if len(parts) == 1 else _stacked(parts), request)
        name = next(iter(request.tensors))
        if request.large and flow and name.startswith("flow_lm."):
            return flow(tensor)
        if request.large and decoder and name.startswith(DECODER):
            return decoder(tensor)
        return tensor

    return build(Source(take), config)


def _read(file: MappedFile, name: str, shape: Shape, large: bool, cloning: bool) -> Tensor:
    stored, values = file.read(name, shape, finite=cloning or not name.startswith(ENCODER))
    if stored == "BF16":
        weight = Bf16Weight(values)
        stays = large and name.startswith("flow_lm.")
        return weight if stays else weight.dense()
    return values.astype(np.float32, copy=False)


def _stacked(parts: list[Tensor]) -> Tensor:
    bits = [part.bits for part in parts if isinstance(part, Bf16Weight)]
    if len(bits) == len(parts):
        return Bf16Weight(np.concatenate(bits))
    return np.concatenate([dense(part) for part in parts])


def _laid_out(tensor: Tensor, request: Request) -> Tensor:
    if isinstance(tensor, Bf16Weight):  # matrices, which are laid out as they are stored
        return Bf16Weight(_read_only(tensor.bits))
    array: np.ndarray = tensor if request.view is None else request.view(tensor)
    if request.order is None:
        return _read_only(array)
    return _read_only(array.transpose(request.order)).transpose(np.argsort(request.order))


def _read_only(tensor: np.ndarray) -> np.ndarray:
    # older files pad their headers to nothing, so a tensor may lie at an odd address
    tensor = np.require(tensor, requirements=["C_CONTIGUOUS", "ALIGNED"])
    tensor.flags.writeable = False
    return tensor
