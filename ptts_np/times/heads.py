"""The heads of FlowLM that look at the text's position: where they look in each frame.

Their queries and keys are those of the model's own attention: a query is made again from what went
into its layer, the keys are in the cache.
"""

import math
from itertools import groupby
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from ptts_np.errors import InputError
from ptts_np.model.config import ModelConfig
from ptts_np.model.flow_lm import FlowLM
from ptts_np.ops.quantized import dense_rows

Keys = Float32[np.ndarray, "heads dim positions"]


class Group(NamedTuple):
    """The heads in one layer: whose keys they share, and their queries' weights and bias, which
    have the norm's before the layer in them."""

    layer: int
    kv_heads: tuple[int, ...]
    weight: Float32[np.ndarray, "d_model queries"]
    bias: Float32[np.ndarray, "queries"]


class Heads(NamedTuple):
    """The heads of a model; `turns` are the angles its pairs of channels turn by in each row."""

    groups: tuple[Group, ...]
    turns: np.ndarray

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers, in order, whose inputs must be seen."""
        return tuple(group.layer for group in self.groups)


def find_heads(name: str, config: ModelConfig, params: FlowLM) -> Heads:
    """The heads the configuration names. Raises InputError where it names none."""
    if not config.text_heads:
        raise InputError(
            f"nobody knows which attention heads of the model {name} follow the text, so it has no "
            "word times: name them in its configuration as `text_heads: [[layer, head], ...]`"
        )
    shape = config.flow_lm.transformer
    dim, share = shape.head_dim, shape.num_heads // shape.num_kv_heads
    groups = []
    for layer, named in groupby(sorted(set(config.text_heads)), key=lambda pair: pair[0]):
        heads = [head for _, head in named]
        weights = params.layers[layer]
        rows = [dense_rows(weights.in_proj, head * dim, (head + 1) * dim) for head in heads]
        query = np.concatenate(rows) / np.float32(math.sqrt(dim))
        folded = np.ascontiguousarray((query * weights.norm1.weight).T)
        kv_heads = tuple(head // share for head in heads)
        groups.append(Group(layer, kv_heads, folded, query @ weights.norm1.bias))
    return Heads(tuple(groups), shape.max_period ** (-np.arange(0, dim, 2) / dim))


def text_keys(heads: Heads, cache: np.ndarray, first: int, count: int) -> Keys:
    """The keys of the text for each head: rows `first .. first + count` of the cache."""
    rows = [
        cache[group.layer, 0, first : first + count, kv_head].T
        for group in heads.groups
        for kv_head in group.kv_heads
    ]
    return np.stack(rows)


def looks(
    heads: Heads, keys: Keys, inputs: Float32[np.ndarray, "frames layers d_model"], position: int
) -> Float32[np.ndarray, "frames positions"]:
    """The part of the attention to the text that each of its positions has, mean of the heads.

    `inputs` are those of `heads.layers` in frames that follow each other, the first at `position`
    of the stream.
    """
    frames, _, width = inputs.shape
    centred = inputs - inputs.mean(axis=2, keepdims=True)
    centred /= np.sqrt(np.square(centred).sum(axis=2, keepdims=True) / width + np.float32(1e-5))
    queries = [centred[:, i] @ g.weight + g.bias for i, g in enumerate(heads.groups)]
    query = np.concatenate(queries, axis=1).reshape(frames, -1, 2 * heads.turns.size)
    angles = np.arange(position, position + frames)[:, None, None] * heads.turns
    turned = query.view(np.complex64) * np.exp(1j * angles).astype(np.complex64)
    scores = turned.view(np.float32).transpose(1, 0, 2) @ keys
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights.sum(axis=0) / np.float32(len(keys))
