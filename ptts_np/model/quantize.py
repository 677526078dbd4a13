"""Large matrices in fewer bytes: FlowLM's, and in bf16 those of Mimi's decoder."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ptts_np.ops.quantized import Memory, to_bf16, to_int8

QUANTIZERS: dict[str, Callable[..., Any]] = {"bf16": to_bf16, "int8": to_int8}

# of FlowLM, read once a frame, and most of the bytes; the head's output and EOS stay exact
_GROUPS = ("transformer", "flow_net")
_DECODER = ("decoder", "decoder_transformer")
_KEPT = ("final_layer", "input_proj", "time_embed")


def is_large(name: str, dimensions: int) -> bool:
    """Whether a tensor of a weight file is among those that `quantized` converts."""
    model, group, *path = name.split(".")
    # a modulation of the head's output is a part of the matrix that has all modulations
    kept = set(_KEPT).intersection(path) and "adaLN_modulation" not in path
    return model == "flow_lm" and group in _GROUPS and dimensions > 1 and not kept


def quantized(params: dict[str, Any], kind: str) -> dict[str, Any]:
    """A copy of FlowLM's parameters whose blocks' matrices are of the kind "bf16" or "int8"."""
    quantizer = partial(QUANTIZERS[kind], put=Memory().put)
    return {
        name: _convert(value, quantizer) if name in _GROUPS else value
        for name, value in params.items()
    }


def halved_decoder(params: dict[str, Any]) -> dict[str, Any]:
    """A copy of Mimi's parameters whose decoder's matrices and kernels are bf16.

    Faster only where the CPU multiplies bf16 and the backend does: `HAS_BF16`.
    """
    quantizer = partial(to_bf16, put=Memory().put)
    return {
        name: _convert(value, quantizer) if name in _DECODER else value
        for name, value in params.items()
    }


def bytes_of_step(params: dict[str, Any]) -> int:
    """Bytes of FlowLM's weights that a step reads: those of its blocks."""
    return sum(_bytes(params[name]) for name in _GROUPS)


def _bytes(node: Any) -> int:
    if isinstance(node, (dict, list)):
        return sum(map(_bytes, node.values() if isinstance(node, dict) else node))
    return int(node.nbytes)


def _convert(node: Any, quantizer: Callable[..., Any]) -> Any:
    if isinstance(node, list):
        return [_convert(item, quantizer) for item in node]
    if isinstance(node, dict):
        return {
            key: value if key in _KEPT else _convert(value, quantizer)
            for key, value in node.items()
        }
    # a kernel of one output stays: the last convolution of a decoder makes the samples
    return quantizer(node) if node.ndim >= 2 and node.shape[-1] > 1 else node
