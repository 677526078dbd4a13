"""Every fused operation of every backend against the formula of the model that it replaces."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.model import flow_head, seanet, transformer
from ptts_np.model.parts import Affine
from ptts_np.model.seanet import Convolution
from ptts_np.ops import get_backend, reference
from ptts_np.ops.slots import Slots
from tests.conftest import FAST_BACKENDS
from tests.drawing import SEEDS, Draw, assert_near

FEW = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module", params=FAST_BACKENDS)
def fused(request: pytest.FixtureRequest) -> Any:
    return get_backend(request.param).ops.fused


def or_skip(operation: Any) -> Any:
    """What the backend has; what it does not have is the formula itself."""
    return operation or pytest.skip("the backend has no such operation")


def layer_of(draw: Draw, width: int, heads: int, kv_heads: int, dim: int, scaled: bool) -> Any:
    return transformer.Layer(
        norm1=draw.norm(width),
        in_proj=draw.weight((heads + 2 * kv_heads) * dim, width),
        out_proj=draw.weight(width, heads * dim),
        scale1=draw.weight(width) if scaled else None,
        norm2=draw.norm(width),
        up=draw.weight(20, width),
        down=draw.weight(width, 20),
        scale2=draw.weight(width) if scaled else None,
    )


SHAPES = {
    "seed": SEEDS,
    "first": st.integers(0, 20),
    "position": st.integers(0, 100_000),
    "kv_heads": st.sampled_from([1, 2, 3]),
    "group": st.sampled_from([1, 2, 4]),
    "half": st.integers(1, 8),
    "context": st.none() | st.integers(1, 12),
    "scaled": st.booleans(),
}


@FEW
@given(**SHAPES, time=st.integers(1, 9), depth=st.integers(0, 3))
def test_layers(
    fused, seed, first, position, kv_heads, group, half, context, scaled, time, depth
) -> None:
    draw, dim, heads, width = Draw(seed), 2 * half, kv_heads * group, 12
    layers = [layer_of(draw, width, heads, kv_heads, dim, scaled) for _ in range(depth)]
    x, cache = draw.array(time, width), draw.array(depth, 2, first + time, kv_heads, dim)
    run = partial(transformer.all_layers, reference)
    if fused.transformer is None and depth:
        slots = Slots([cache[0].copy()], [first], [position])
        ours = fused.attention_block(x, layers[0], slots, heads, 1e4, context)
        other = Slots([cache[0].copy()], [first], [position])
        theirs = transformer.attention_block(reference, x, layers[0], other, heads, 1e4, context)
        assert_near(ours, theirs)
        assert_near(slots.caches[0], other.caches[0])
        assert_near(fused.mlp_block(x, layers[0]), transformer.mlp_block(reference, x, layers[0]))
        return
    if fused.transformer is None:
        return
    ours, theirs = (Slots([cache.copy()], [first], [position]) for _ in range(2))
    expected = run(x, layers, theirs, heads, 1e4, context)
    assert_near(fused.transformer(x, layers, ours, heads, 1e4, context), expected)
    assert_near(ours.caches[0], theirs.caches[0])


@FEW
@given(
    seed=SEEDS,
    rows=st.integers(1, 5),
    dim=st.integers(1, 40),
    latent=st.integers(1, 9),
    depth=st.integers(0, 3),
)
def test_flow_head(fused, seed: int, rows: int, dim: int, latent: int, depth: int) -> None:
    draw = Draw(seed)
    blocks = [
        flow_head.Block(draw.norm(dim), draw.affine(dim, dim), draw.affine(dim, dim))
        for _ in range(depth)
    ]
    modulation = draw.affine((3 * depth + 2) * dim, dim)
    head = flow_head.Head(modulation, draw.affine(dim, latent), blocks, draw.affine(latent, dim))
    x, condition = draw.array(rows, latent), draw.array(rows, dim)
    if fused.flow_head:
        expected = flow_head.head(reference, x, condition, head)
        assert_near(fused.flow_head(x, condition, head), expected)
    elif depth:
        h, own = draw.array(rows, dim), draw.array(rows, 3 * dim)
        expected = flow_head.modulated_block(reference, h, own, blocks[0])
        assert_near(fused.modulated_block(h, own, blocks[0]), expected)


@FEW
@given(seed=SEEDS, time=st.integers(1, 30), width=st.integers(2, 9), dilation=st.integers(1, 3))
def test_residual_block(fused, seed: int, time: int, width: int, dilation: int) -> None:
    run = or_skip(fused.residual_block)
    draw, hidden = Draw(seed), max(width // 2, 1)
    x, context = draw.array(time, width), draw.array(2 * dilation, width)
    first = Affine(draw.weight(3, width, hidden), draw.weight(hidden))
    second = Affine(draw.weight(1, hidden, width), draw.weight(width))
    ours, new = run(x, context, first, second, dilation)
    theirs, expected = seanet.residual_block(reference, x, context, first, second, dilation)
    assert_near(ours, theirs)
    assert_near(new, expected)


def chain(draw: Draw, widths: list[int], stride: int, dilation: int) -> tuple[list, list]:
    """A chain with a module of each kind, and the state before the stream."""
    a, b, c = widths
    kernel = stride + 1
    modules = [
        Convolution("conv", [Affine(draw.weight(3, a, b), draw.weight(b))], 1, 1),
        Convolution("up", [Affine(draw.weight(b, kernel, c), draw.weight(c))], stride, 1),
        Convolution(
            "residual",
            [
                Affine(draw.weight(3, c, b), draw.weight(b)),
                Affine(draw.weight(1, b, c), draw.weight(c)),
            ],
            1,
            dilation,
        ),
        Convolution("elu_conv", [Affine(draw.weight(2 * stride, c, 1), None)], stride, 1),
    ]
    states = [
        np.zeros((2, a), np.float32),
        np.zeros((kernel - stride, c), np.float32),
        np.zeros((2 * dilation, c), np.float32),
        np.zeros((stride, c), np.float32),
    ]
    return modules, states


def turned(module: Convolution) -> Convolution:
    """The same module, its kernels in memory as `convolution.build` lays those of few rows."""
    order = (1, 2, 0) if module.kind == "up" else (2, 0, 1)
    back = np.argsort(order)
    weights = [
        Affine(np.ascontiguousarray(kernel.transpose(order)).transpose(back), bias)
        for kernel, bias in module.weights
    ]
    return module._replace(weights=weights)


@FEW
@given(
    seed=SEEDS,
    widths=st.lists(st.sampled_from([1, 3, 8, 24, 50]), min_size=3, max_size=3),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    cuts=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    replicate=st.booleans(),
    turn=st.booleans(),
)
def test_convolutions(
    fused,
    seed: int,
    widths: list[int],
    stride: int,
    dilation: int,
    cuts: list[int],
    replicate: bool,
    turn: bool,
) -> None:
    run = or_skip(fused.convolutions)
    draw = Draw(seed)
    modules, before = chain(draw, widths, stride, dilation)
    if turn:
        modules = [turned(module) for module in modules]
    if replicate:
        before = [None if index != 1 else state for index, state in enumerate(before)]
    expected_states, states = before, before
    for rows in cuts:
        x = draw.array(rows, widths[0])
        expected, expected_states = seanet.convolutions(reference, x, modules, expected_states)
        y, states = run(x, modules, states)
        assert_near(y, expected)
        for state, wanted in zip(states, expected_states, strict=True):
            assert (state is None) == (wanted is None)
            if state is not None:
                assert_near(state, wanted)


def test_long_pieces_equal_short_ones(fused) -> None:
    """Rows enough for the chain to be worked on in pieces."""
    run = or_skip(fused.convolutions)
    modules, before = chain(Draw(0), [24, 50, 24], 4, 2)
    x = Draw(1).array(3000, 24)
    whole, _ = run(x, modules, before)
    parts, states = [], before
    for start in range(0, 3000, 700):
        y, states = run(x[start : start + 700], modules, states)
        parts.append(y)
    assert_near(np.concatenate(parts), whole)
