"""A causal transformer over a KV cache: FlowLM's and, with a window, Mimi's.

The state of one stream is `{"cache": [layers, 2, capacity, kv_heads, head_dim], "length": rows in
use, "position": of the next row in the stream}`. A step writes into the cache it is given: the old
state is spent.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from jaxtyping import Float32

from ptts_np.model.config import TransformerConfig
from ptts_np.model.parts import Affine, Source, norm
from ptts_np.ops import Array, Ops, Weight
from ptts_np.ops.slots import Slots, attend

State = dict[str, Any]

FIRST_CAPACITY = 64


class Layer(NamedTuple):
    """One layer: `x + scale1 * attention(norm1(x))`, then `x + scale2 * mlp(norm2(x))`."""

    norm1: Affine
    in_proj: Weight
    out_proj: Weight
    scale1: Array | None
    norm2: Affine
    up: Weight
    down: Weight
    scale2: Array | None


def build(source: Source, config: TransformerConfig) -> list[Layer]:
    """Take the parameters of all layers."""
    return [_build_layer(source / "layers" / index, config) for index in range(config.num_layers)]


def _build_layer(source: Source, config: TransformerConfig) -> Layer:
    width, hidden, attended = config.d_model, config.dim_feedforward, config.attn_dim
    projected = attended + 2 * config.num_kv_heads * config.head_dim
    scaled = config.layer_scale is not None
    return Layer(
        norm1=norm(source / "norm1", width),
        in_proj=source("self_attn.in_proj.weight", projected, width, large=True),
        out_proj=source("self_attn.out_proj.weight", width, attended, large=True),
        scale1=source("layer_scale_1.scale", width) if scaled else None,
        norm2=norm(source / "norm2", width),
        up=source("linear1.weight", hidden, width, large=True),
        down=source("linear2.weight", width, hidden, large=True),
        scale2=source("layer_scale_2.scale", width) if scaled else None,
    )


def new_state(config: TransformerConfig, like: Array) -> State:
    """An empty state in the namespace and dtype of the array `like`."""
    shape = (config.num_layers, 2, FIRST_CAPACITY, config.num_kv_heads, config.head_dim)
    cache = like.__array_namespace__().zeros(shape, dtype=like.dtype)
    return {"cache": cache, "length": 0, "position": 0}


def copy_state(state: State, spare: int = 0) -> State:
    """An independent state with room for `spare` more rows."""
    cache, length = state["cache"], state["length"]
    return {**state, "cache": _move(cache, 0, length, length + spare)}


def make_room(state: State, rows: int, context: int | None) -> State:
    """A state with room for `rows` more. Only the window is kept where there is one."""
    cache, length = state["cache"], state["length"]
    if length + rows <= cache.shape[2]:
        return state
    kept = length if context is None else min(length, context - 1)
    # twice the need: a step costs its own rows on average, however long the stream
    cache = _move(cache, length - kept, length, 2 * (kept + rows))
    return {"cache": cache, "length": kept, "position": state["position"]}


def _move(cache: Array, start: int, stop: int, capacity: int) -> Array:
    xp = cache.__array_namespace__()
    layers, two, _, kv_heads, dim = cache.shape
    moved = xp.zeros((layers, two, max(capacity, 1), kv_heads, dim), dtype=cache.dtype)
    moved[:, :, : stop - start] = cache[:, :, start:stop]
    return moved


def transformer(
    ops: Ops,
    config: TransformerConfig,
    layers: Sequence[Layer],
    state: State,
    x: Float32[Array, "time d_model"],
) -> tuple[Float32[Array, "time d_model"], State]:
    """Pass the next rows of one stream, `x [time, d_model]`, through the layers; no final norm."""
    if x.shape[0] == 0:
        return x, state
    y, states = _pass(ops, config, layers, [make_room(state, x.shape[0], config.context)], x)
    return y, states[0]


def transformer_rows(
    ops: Ops,
    config: TransformerConfig,
    layers: Sequence[Layer],
    states: Sequence[State],
    x: Float32[Array, "streams d_model"],
    watched: Sequence[int] = (),
) -> tuple[Float32[Array, "streams d_model"], list[State]]:
    """Pass one row of each of several streams through the layers, reading the weights once.

    Row i of the result is that of `transformer(..., states[i], x[i:i+1])`. Where layers are
    `watched`, each new state has their inputs for its row under "seen", each `[d_model]`.
    """
    roomy = [make_room(state, 1, config.context) for state in states]
    return _pass(ops, config, layers, roomy, x, watched)


def _pass(
    ops: Ops,
    config: TransformerConfig,
    layers: Sequence[Layer],
    states: Sequence[State],
    x: Array,
    watched: Sequence[int] = (),
) -> tuple[Array, list[State]]:
    slots = Slots(
        [state["cache"] for state in states],
        [state["length"] for state in states],
        [state["position"] for state in states],
    )
    rows = x.shape[0] // len(states)
    run = ops.fused.transformer or partial(all_layers, ops)
    shape = config.num_heads, config.max_period, config.context
    seen: list[Array] = []
    y = x
    if not watched:
        y = run(x, layers, slots, *shape)
    for start, stop in pairwise(sorted({0, *watched, len(layers)})) if watched else ():
        if start in watched:
            seen.append(y)
        part = Slots([cache[start:stop] for cache in slots.caches], *slots[1:])
        y = run(y, layers[start:stop], part, *shape)
    after: list[State] = [
        {
            "cache": state["cache"],
            "length": state["length"] + rows,
            "position": state["position"] + rows,
        }
        for state in states
    ]
    for row, state in enumerate(after if watched else ()):
        state["seen"] = [x[row] for x in seen]
    return y, after


def all_layers(
    ops: Ops,
    x: Array,
    layers: Sequence[Layer],
    slots: Slots,
    heads: int,
    max_period: float,
    context: int | None,
) -> Array:
    """Layer after layer, with the caches `[layers, 2, capacity, kv_heads, head_dim]` of `slots`."""
    attention = ops.fused.attention_block or partial(attention_block, ops)
    mlp = ops.fused.mlp_block or partial(mlp_block, ops)
    for index, layer in enumerate(layers):
        inside = slots._replace(caches=[cache[index] for cache in slots.caches])
        x = mlp(attention(x, layer, inside, heads, max_period, context), layer)
    return x


def attention_block(
    ops: Ops,
    x: Float32[Array, "time d_model"],
    layer: Layer,
    slots: Slots,
    heads: int,
    max_period: float,
    context: int | None,
) -> Float32[Array, "time d_model"]:
    """`x + scale1 * out_proj(attention(in_proj(norm1(x))))`, the first half of a layer.

    `slots` hold this layer's part of each cache, `[2, capacity, kv_heads, head_dim]`. The rows of
    `x` are those of the streams one after the other, as many of each.
    """
    qkv = ops.linear(ops.layer_norm(x, *layer.norm1, 1e-5), layer.in_proj)
    h = ops.linear(attend(ops.attention, qkv, slots, heads, max_period, context), layer.out_proj)
    return x + (h if layer.scale1 is None else layer.scale1 * h)


def mlp_block(
    ops: Ops, x: Float32[Array, "time d_model"], layer: Layer
) -> Float32[Array, "time d_model"]:
    """`x + scale2 * down(gelu(up(norm2(x))))`, the second half of a layer."""
    h = ops.gelu(ops.linear(ops.layer_norm(x, *layer.norm2, 1e-5), layer.up))
    h = ops.linear(h, layer.down)
    return x + (h if layer.scale2 is None else layer.scale2 * h)
