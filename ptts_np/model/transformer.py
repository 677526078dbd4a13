"""A causal transformer over a KV cache: FlowLM's and, with a window, Mimi's.

The state is `{"cache": [layers, 2, capacity, kv_heads, head_dim], "length": rows in use,
"position": place in the stream}`. A step writes into the cache it is given: the old state is spent.
"""

from typing import Any

from jaxtyping import Float32

from ptts_np.model.config import TransformerConfig
from ptts_np.ops import Array, Layer, Ops

Params = Any
State = dict[str, Any]

FIRST_CAPACITY = 64


def init_state(config: TransformerConfig, like: Array) -> State:
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
    params: Params,
    state: State,
    x: Float32[Array, "time d_model"],
) -> tuple[Float32[Array, "time d_model"], State]:
    """Pass `x [time, d_model]` through the layers; no final norm."""
    time = x.shape[0]
    if time == 0:
        return x, state
    state = make_room(state, time, config.context)
    first, position = state["length"], state["position"]
    layers = [_layer(layer) for layer in params["layers"]]
    heads, max_period, context = config.num_heads, config.max_period, config.context
    x = ops.transformer(x, layers, state["cache"], first, position, heads, max_period, context)
    return x, {"cache": state["cache"], "length": first + time, "position": position + time}


def _layer(params: Params) -> Layer:
    attention = params["self_attn"]
    return Layer(
        _norm(params["norm1"]),
        attention["in_proj"]["weight"],
        attention["out_proj"]["weight"],
        _scale(params, "layer_scale_1"),
        _norm(params["norm2"]),
        params["linear1"]["weight"],
        params["linear2"]["weight"],
        _scale(params, "layer_scale_2"),
    )


def _norm(params: Params) -> tuple[Array, Array]:
    return params["weight"], params["bias"]


def _scale(params: Params, name: str) -> Array | None:
    return params[name]["scale"] if name in params else None
