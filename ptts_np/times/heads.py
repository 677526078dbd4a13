"""The heads of FlowLM that look at the text's position: where they look in each frame.

Their queries and keys are those of the model's own attention: a query is made again from what went
into its layer, the keys are in the cache.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from ptts_np.errors import InputError
from ptts_np.model.config import ModelConfig
from ptts_np.model.flow_lm import FlowLM
from ptts_np.model.parts import Affine
from ptts_np.ops import reference
from ptts_np.ops.quantized import dense_rows

Keys = Float32[np.ndarray, "positions dim"]


class Head(NamedTuple):
    """One head: its layer with the norm before, its query's weights and whose keys it shares."""

    layer: int
    kv_head: int
    norm: Affine
    query: Float32[np.ndarray, "dim d_model"]


class Heads(NamedTuple):
    """The heads of a model, and `layers`, in order, whose inputs must be seen."""

    heads: tuple[Head, ...]
    layers: tuple[int, ...]
    max_period: float


def find_heads(name: str, config: ModelConfig, params: FlowLM) -> Heads:
    """The heads the configuration names. Raises InputError where it names none."""
    if not config.text_heads:
        raise InputError(
            f"nobody knows which attention heads of the model {name} follow the text, so it has no "
            "word times: name them in its configuration as `text_heads: [[layer, head], ...]`"
        )
    shape = config.flow_lm.transformer
    dim, group = shape.head_dim, shape.num_heads // shape.num_kv_heads
    found = []
    for layer, head in config.text_heads:
        weights = params.layers[layer]
        query = dense_rows(weights.in_proj, head * dim, (head + 1) * dim)
        found.append(Head(layer, head // group, weights.norm1, query))
    return Heads(tuple(found), tuple(sorted({h.layer for h in found})), shape.max_period)


def text_keys(heads: Heads, cache: np.ndarray, first: int, count: int) -> list[Keys]:
    """The keys of the text for each head: rows `first .. first + count` of the cache."""
    return [
        np.array(cache[head.layer, 0, first : first + count, head.kv_head]) for head in heads.heads
    ]


def looks(
    heads: Heads,
    keys: Sequence[Keys],
    inputs: Float32[np.ndarray, "layers frames d_model"],
    position: int,
) -> Float32[np.ndarray, "frames positions"]:
    """The part of the attention to the text that each of its positions has, mean of the heads.

    `inputs` are those of `heads.layers` in frames that follow each other, the first at `position`
    of the stream.
    """
    total = np.zeros((inputs.shape[1], keys[0].shape[0]), np.float32)
    for head, key in zip(heads.heads, keys, strict=True):
        x = inputs[heads.layers.index(head.layer)]
        query = reference.layer_norm(x, *head.norm, 1e-5) @ head.query.T
        query = reference.rope(query[:, None], position, heads.max_period)[:, 0]
        scores = query @ key.T / math.sqrt(query.shape[1])
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        total += weights / weights.sum(axis=1, keepdims=True)
    return total / np.float32(len(heads.heads))
