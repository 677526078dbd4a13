"""Rows of several utterances in one operation: each is, to the bit, what it is alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.model import flow_head, transformer
from ptts_np.model.flow_head import Block, Head
from ptts_np.model.parts import Affine
from ptts_np.model.transformer import Layer
from ptts_np.ops import Weight, get_backend, reference
from ptts_np.ops.quantized import dense, largest_int16
from ptts_np.ops.slots import Slots
from ptts_np.weights.quantize import to_bf16, to_int8, to_int16
from tests.drawing import SEEDS, Draw, assert_near

rust_numpy = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

ROWS = st.integers(2, 40)
THREADS = st.sampled_from([None, 2, 3])
KINDS = st.sampled_from(["float32", "bf16", "int8", "int16"])
MANY = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def threaded() -> dict[int | None, Any]:
    """The operations, by the number of threads that share a large one."""
    backend = get_backend("rust")
    return {None: backend.ops, 2: backend.operations(2), 3: backend.operations(3)}


def stored(weight: np.ndarray, kind: str) -> Any:
    """The matrix as this kind of weight."""
    if kind == "float32":
        return weight
    return {"bf16": to_bf16, "int8": to_int8, "int16": to_int16}[kind](weight)


def assert_same(actual: np.ndarray, one_by_one: list[np.ndarray]) -> None:
    np.testing.assert_array_equal(actual, np.concatenate(one_by_one))


@MANY
@given(
    seed=SEEDS,
    rows=st.integers(2, 32),
    inputs=st.sampled_from([1, 7, 16, 31, 32, 100, 257, 1024, 1500]),
    outputs=st.sampled_from([1, 3, 4, 5, 37, 64]),
    kind=KINDS,
    biased=st.booleans(),
)
def test_linear(threaded, seed, rows, inputs, outputs, kind, biased) -> None:
    draw, linear = Draw(seed), threaded[None].linear
    x, weight = draw.array(rows, inputs), stored(draw.weight(outputs, inputs), kind)
    bias = draw.weight(outputs) if biased else None
    actual = linear(x, weight, bias)
    assert_same(actual, [linear(row[None], weight, bias) for row in x])
    expected = reference.linear(x, dense(weight), bias)
    # integers round activations: to 14 bits at least for this many inputs, or as int16 weights do
    steps = {"int8": 15000, "int16": 1.9 * largest_int16(inputs)}.get(kind, np.inf)
    rounding = np.abs(x).max(axis=1, keepdims=True) / steps * np.abs(dense(weight)).sum(axis=1)
    bound = 3e-6 * inputs + rounding
    assert (np.abs(actual - expected) <= bound).all()


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, rows=st.integers(2, 32), kind=KINDS, threads=st.sampled_from([2, 3]))
def test_linear_shared_among_threads(threaded, seed, rows, kind, threads) -> None:
    """A matrix large enough for its outputs to be shared: 4 MB in each kind of weight."""
    draw = Draw(seed)
    x, weight = draw.array(rows, 1024), stored(draw.weight(4101, 1024), kind)
    alone = threaded[None].linear
    assert_same(threaded[threads].linear(x, weight), [alone(row[None], weight) for row in x])


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_linear_of_no_rows_or_inputs(threaded, kind: str) -> None:
    linear, bias = threaded[None].linear, np.ones(5, np.float32)
    assert linear(np.zeros((0, 3), np.float32), Draw(0).weight(5, 3), bias).shape == (0, 5)
    none = np.zeros((4, 0), np.float32)
    weight: Weight = np.zeros((5, 0), np.float32)
    if kind == "int8":
        narrow = to_int8(np.zeros((5, 1), np.float32))
        weight = narrow._replace(values=narrow.values[:, :0])
    np.testing.assert_array_equal(linear(none, weight, bias), np.ones((4, 5), np.float32))


def test_a_row_that_is_not_a_number_spoils_no_other(threaded) -> None:
    draw, linear = Draw(0), threaded[None].linear
    x, weight = draw.array(5, 100), draw.weight(9, 100)
    x[2, 3] = np.nan
    for kind in ("float32", "bf16", "int8", "int16"):
        y = linear(x, stored(weight, kind))
        assert np.isnan(y[2]).all()
        assert np.isfinite(np.delete(y, 2, axis=0)).all()


def draw_layers(
    draw: Draw, kind: str, width: int, attended: int, kv_width: int, scaled: bool
) -> list:
    """Two layers, their large matrices stored as this kind of weight."""
    return [
        Layer(
            draw.norm(width),
            stored(draw.weight(attended + 2 * kv_width, width), kind),
            stored(draw.weight(width, attended), kind),
            draw.weight(width) if scaled else None,
            draw.norm(width),
            stored(draw.weight(70, width), kind),
            stored(draw.weight(width, 70), kind),
            draw.weight(width) if scaled else None,
        )
        for _ in range(2)
    ]


@MANY
@given(data=st.data(), seed=SEEDS, rows=ROWS, kind=KINDS, threads=THREADS, scaled=st.booleans())
def test_transformer_rows(threaded, data, seed, rows, kind, threads, scaled) -> None:
    """Rows of utterances of any age, in caches of any size, for two steps."""
    group, kv_heads = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    dim, width = 2 * data.draw(st.integers(1, 20)), data.draw(st.sampled_from([5, 24, 64]))
    firsts = data.draw(st.lists(st.integers(0, 70), min_size=rows, max_size=rows))
    draw, heads = Draw(seed), group * kv_heads
    layers = draw_layers(draw, kind, width, heads * dim, kv_heads * dim, scaled)
    caches = [
        draw.array(2, 2, first + 2 + seed % (index + 1), kv_heads, dim)
        for index, first in enumerate(firsts)
    ]
    positions = [first + 1000 * (index % 2) for index, first in enumerate(firsts)]
    alone, dense_caches = [cache.copy() for cache in caches], [cache.copy() for cache in caches]
    for step in range(2):
        x = draw.array(rows, width)
        places = [
            (first + step, position + step)
            for first, position in zip(firsts, positions, strict=True)
        ]
        slots = Slots(caches, *map(list, zip(*places, strict=True)))
        y = threaded[threads].fused.transformer(x, layers, slots, heads, 10000.0, None)
        one_by_one = [
            threaded[None].fused.transformer(
                row[None], layers, Slots([cache], *([at] for at in place)), heads, 10000.0, None
            )
            for row, cache, place in zip(x, alone, places, strict=True)
        ]
        assert_same(y, one_by_one)
        for cache, one in zip(caches, alone, strict=True):
            np.testing.assert_array_equal(cache, one)
        if kind == "float32":
            slots = slots._replace(caches=dense_caches)
            assert_near(
                y, transformer.all_layers(reference, x, layers, slots, heads, 10000.0, None)
            )


@MANY
@given(
    seed=SEEDS,
    rows=ROWS,
    kind=KINDS,
    threads=THREADS,
    dim=st.sampled_from([1, 5, 40, 128]),
    latent=st.integers(1, 33),
    depth=st.integers(0, 3),
)
def test_flow_head(threaded, seed, rows, kind, threads, dim, latent, depth) -> None:
    draw = Draw(seed)

    def affine(outputs: int, inputs: int) -> Affine:
        return Affine(stored(draw.weight(outputs, inputs), kind), draw.weight(outputs))

    blocks = [Block(draw.norm(dim), affine(dim, dim), affine(dim, dim)) for _ in range(depth)]
    modulation = affine((3 * depth + 2) * dim, dim + 1)
    head = Head(modulation, affine(dim, latent), blocks, affine(latent, dim))
    x, condition = draw.array(rows, latent), draw.array(rows, dim + 1)
    alone = threaded[None].fused.flow_head
    actual = threaded[threads].fused.flow_head(x, condition, head)
    one_by_one = [alone(x[row : row + 1], condition[row : row + 1], head) for row in range(rows)]
    assert_same(actual, one_by_one)
    if kind == "float32":
        assert_near(actual, flow_head.head(reference, x, condition, head))


@MANY
@given(seed=SEEDS, rows=ROWS, width=st.integers(2, 70))
def test_norms_and_activations(threaded, seed, rows, width) -> None:
    draw, ops = Draw(seed), threaded[None]
    x, alpha, norm = draw.array(rows, width), draw.weight(width), draw.norm(width)
    for one in (
        lambda x: ops.layer_norm(x, *norm, 1e-5),
        lambda x: ops.layer_norm(x, None, None, 1e-6),
        lambda x: ops.variance_norm(x, alpha, 1e-5),
        ops.gelu,
        ops.silu,
        ops.elu,
    ):
        assert_same(one(x), [one(row[None]) for row in x])


def cache(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("caches", "firsts", "positions", "heads"),
    [
        ([cache(1, 2, 4, 1, 4)], [0, 0], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 1, 4)], [0], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 1, 4)], [0, 0], [0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 1, 4)], [0, 4], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 1, 4)], [0, 2**62], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(2, 2, 4, 1, 4)], [0, 0], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 2, 2)], [0, 0], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 3, 4, 1, 4)], [0, 0], [0, 0], 1),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 1, 4)], [0, 0], [0, 0], 3),
        ([cache(1, 2, 4, 1, 4), cache(1, 2, 4, 1, 4)], [0, 0], [0, 0], 0),
        ([cache(1, 2, 4, 1, 3), cache(1, 2, 4, 1, 3)], [0, 0], [0, 0], 1),
        ([cache(1, 2, 4, 1, 0), cache(1, 2, 4, 1, 0)], [0, 0], [0, 0], 1),
    ],
)
def test_what_does_not_fit_is_refused(caches, firsts, positions, heads) -> None:
    layers = draw_layers(Draw(0), "float32", 6, 4, 4, scaled=False)[:1]
    x = np.zeros((2, 6), np.float32)
    with pytest.raises((ValueError, OverflowError)):
        rust_numpy.nn.transformer_rows(x, layers, caches, firsts, positions, heads, 1e4)


def test_rows_do_not_share_a_cache() -> None:
    layers = draw_layers(Draw(0), "float32", 6, 4, 4, scaled=False)[:1]
    shared, x = cache(1, 2, 4, 1, 4), np.zeros((2, 6), np.float32)
    with pytest.raises((TypeError, ValueError)):
        rust_numpy.nn.transformer_rows(x, layers, [shared, shared], [0, 0], [0, 0], 1, 1e4)


def test_no_rows_are_fine() -> None:
    layers = draw_layers(Draw(0), "float32", 6, 4, 4, scaled=False)
    x = np.zeros((0, 6), np.float32)
    assert rust_numpy.nn.transformer_rows(x, layers, [], [], [], 1, 1e4).shape == (0, 6)
