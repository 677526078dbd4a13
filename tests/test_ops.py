"""Every fast operation against its definition in plain NumPy, over shapes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.ops import get_ops, reference
from ptts_np.ops.quantized import Memory, dense, to_bf16, to_int8
from tests.conftest import FAST_BACKENDS, assert_close

SIZES = st.integers(1, 40)
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module", params=FAST_BACKENDS)
def fast(request: pytest.FixtureRequest) -> Any:
    return get_ops(request.param)


class Draw:
    """Normal float32 arrays; weights are read-only, as loaded ones are."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def array(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return self.rng.standard_normal(shape, np.float32) * np.float32(scale)

    def weight(self, *shape: int) -> np.ndarray:
        weight = self.array(*shape)
        weight.flags.writeable = False
        return weight


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, rows=SIZES, inputs=SIZES, outputs=SIZES, bias=st.booleans())
def test_linear(fast, seed: int, rows: int, inputs: int, outputs: int, bias: bool) -> None:
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), draw.weight(outputs, inputs)
    b = draw.weight(outputs) if bias else None
    assert_close(fast.linear(x, weight, b), reference.linear(x, weight, b))


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, rows=st.sampled_from([1, 1, 7]), inputs=SIZES, outputs=SIZES)
def test_quantized_linear(fast, seed: int, rows: int, inputs: int, outputs: int) -> None:
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), draw.weight(outputs, inputs)
    bf16, int8 = to_bf16(weight), to_int8(weight)
    assert np.abs(dense(bf16) - weight).max() <= np.abs(weight).max() / 256
    assert (np.abs(dense(int8) - weight) <= np.abs(weight).max(axis=1)[:, None] / 253).all()
    for quantized in (bf16, int8):
        exact = reference.linear(x, quantized)
        scale = np.abs(x).max() * np.abs(weight).max() * inputs
        # a backend may hold the row of activations in 8 bits, too
        rounds = quantized is int8 or getattr(fast, "HAS_BF16", False)
        tolerance = 0.01 if rounds else 1e-5
        assert np.abs(fast.linear(x, quantized) - exact).max() <= tolerance * scale


def test_arrays_put_side_by_side_are_the_arrays() -> None:
    memory, draw = Memory(), Draw(0)
    kernel = draw.array(3, 5, 7).transpose(1, 2, 0)
    large = np.zeros(Memory.BLOCK_BYTES + 1, np.int8)
    arrays = [draw.array(4, 9), kernel, large, draw.array(0, 3), draw.array(1), draw.array(6, 2)]
    for array, held in zip(arrays, [memory.put(array) for array in arrays], strict=True):
        np.testing.assert_array_equal(held, array)
        assert held.dtype == array.dtype
        assert not held.flags.writeable
        assert held.strides == array.strides or array.size == 0


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS,
    rows=st.one_of(st.just(1), SIZES, st.sampled_from([44, 200])),
    inputs=st.one_of(SIZES, st.sampled_from([255, 256, 300, 1100])),
    outputs=st.one_of(SIZES, st.sampled_from([192, 300])),
    bias=st.booleans(),
)
def test_exact_products_of_bf16_are_those_of_float32(
    fast, seed: int, rows: int, inputs: int, outputs: int, bias: bool
) -> None:
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), to_bf16(draw.weight(outputs, inputs))._replace(exact=True)
    b = draw.weight(outputs) if bias else None
    y, expected = fast.linear(x, weight, b), fast.linear(x, _read_only(weight.dense()), b)
    # sums may cancel out to less than the rounding of their parts
    scale = reference.linear(np.abs(x), np.abs(weight.dense()), None if b is None else np.abs(b))
    assert (np.abs(y - expected) <= 1e-6 * scale).all()
    assert (np.abs(y - reference.linear(x, weight, b)) <= 1e-6 * scale).all()
    if fast.NAME == "rust":
        np.testing.assert_array_equal(y, expected)


def _read_only(weight: np.ndarray) -> np.ndarray:
    weight.flags.writeable = False
    return weight


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, rows=SIZES, width=st.integers(2, 40), scale=st.sampled_from([0.01, 1, 30]))
def test_element_wise(fast, seed: int, rows: int, width: int, scale: float) -> None:
    x = Draw(seed).array(rows, width, scale=scale)
    before = x.copy()
    for name in ("gelu", "silu", "elu"):
        expected = getattr(reference, name)(x)
        # what is near zero by cancellation is as exact as what it was made from
        near = 2e-7 * np.maximum(np.abs(x), 1)
        assert (np.abs(getattr(fast, name)(x) - expected) <= 1e-5 * np.abs(expected) + near).all()
    np.testing.assert_array_equal(x, before)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, rows=SIZES, width=st.integers(2, 40), offset=st.sampled_from([0.0, 5.0]))
def test_norms(fast, seed: int, rows: int, width: int, offset: float) -> None:
    draw = Draw(seed)
    x, weight, bias = draw.array(rows, width) + offset, draw.weight(width), draw.weight(width)
    x = x.astype(np.float32)
    assert_close(
        fast.layer_norm(x, weight, bias, 1e-5), reference.layer_norm(x, weight, bias, 1e-5)
    )
    plain = fast.layer_norm(x, None, None, 1e-6)
    assert_close(plain, reference.layer_norm(x, None, None, 1e-6))
    assert_close(fast.variance_norm(x, weight, 1e-5), reference.variance_norm(x, weight, 1e-5))


ATTENTION = {
    "seed": SEEDS,
    "time": st.integers(1, 9),
    "first": st.integers(0, 20),
    "position": st.integers(0, 100_000),
    "kv_heads": st.sampled_from([1, 2, 3]),
    "group": st.sampled_from([1, 2, 4]),
    "half": st.integers(1, 8),
    "context": st.none() | st.integers(1, 12),
}


@settings(max_examples=50, deadline=None)
@given(**ATTENTION)
def test_attention(fast, seed, time, first, position, kv_heads, group, half, context) -> None:
    draw, dim, heads = Draw(seed), 2 * half, kv_heads * group
    qkv = draw.array(time, (heads + 2 * kv_heads) * dim)
    cache = draw.array(2, first + time + 3, kv_heads, dim)
    other = cache.copy()
    ours = fast.attention(qkv, cache, first, position, heads, 10000.0, context)
    theirs = reference.attention(qkv, other, first, position, heads, 10000.0, context)
    assert_close(ours, theirs)
    assert_close(cache, other)


@settings(max_examples=30, deadline=None)
@given(**ATTENTION, scaled=st.booleans())
def test_blocks(fast, seed, time, first, position, kv_heads, group, half, context, scaled) -> None:
    draw, dim, heads, width = Draw(seed), 2 * half, kv_heads * group, 12
    x, norm = draw.array(time, width), (draw.weight(width), draw.weight(width))
    in_proj = draw.weight((heads + 2 * kv_heads) * dim, width)
    out_proj, scale = draw.weight(width, heads * dim), draw.weight(width) if scaled else None
    cache = draw.array(2, first + time, kv_heads, dim)
    other = cache.copy()
    rest = (first, position, heads, 10000.0, context)
    ours = fast.attention_block(x, norm, in_proj, out_proj, scale, cache, *rest)
    theirs = reference.attention_block(x, norm, in_proj, out_proj, scale, other, *rest)
    assert_close(ours, theirs)
    assert_close(cache, other)
    up, down = draw.weight(20, width), draw.weight(width, 20)
    ours = fast.mlp_block(x, norm, up, down, scale)
    assert_close(ours, reference.mlp_block(x, norm, up, down, scale))
    one, modulation = x[:1].copy(), draw.array(1, 3 * width)
    first_, second = [(draw.weight(width, width), draw.weight(width)) for _ in range(2)]
    ours = fast.modulated_block(one, modulation, norm, first_, second)
    assert_close(ours, reference.modulated_block(one, modulation, norm, first_, second))


@settings(max_examples=50, deadline=None)
@given(
    seed=SEEDS,
    time=st.integers(0, 60),
    kernel=st.integers(1, 7),
    inputs=st.integers(1, 9),
    outputs=st.integers(1, 9),
    stride=st.integers(1, 6),
    dilation=st.integers(1, 3),
    bias=st.booleans(),
)
def test_convolutions(fast, seed, time, kernel, inputs, outputs, stride, dilation, bias) -> None:
    draw = Draw(seed)
    x, weight = draw.array(time, inputs), draw.weight(kernel, inputs, outputs)
    b = draw.weight(outputs) if bias else None
    ours = fast.conv1d(x, weight, b, stride, dilation)
    assert_close(ours, reference.conv1d(x, weight, b, stride, dilation))
    weight = draw.weight(inputs, kernel, outputs)
    ours = fast.conv_transpose1d(x, weight, stride)
    assert_close(ours, reference.conv_transpose1d(x, weight, stride))
    weight = draw.weight(kernel, inputs)
    ours = fast.depthwise_conv_transpose1d(x, weight, stride)
    assert_close(ours, reference.depthwise_conv_transpose1d(x, weight, stride))


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, time=st.integers(1, 30), width=st.integers(2, 9), dilation=st.integers(1, 3))
def test_residual_block(fast, seed: int, time: int, width: int, dilation: int) -> None:
    draw, hidden = Draw(seed), max(width // 2, 1)
    x, context = draw.array(time, width), draw.array(2 * dilation, width)
    first = (draw.weight(3, width, hidden), draw.weight(hidden))
    second = (draw.weight(1, hidden, width), draw.weight(width))
    ours, new = fast.residual_block(x, context, first, second, dilation)
    theirs, expected = reference.residual_block(x, context, first, second, dilation)
    assert_close(ours, theirs)
    assert_close(new, expected)


def test_large_products_are_cut_without_a_seam(fast) -> None:
    """More rows than one block of columns."""
    draw = Draw(0)
    x, weight = draw.array(5000, 24), draw.weight(3, 24, 12)
    assert_close(fast.conv1d(x, weight, None, 1, 1), reference.conv1d(x, weight, None, 1, 1))


def test_convolution_by_its_definition() -> None:
    """The reference itself, against sums written out."""
    draw = Draw(1)
    x, weight, bias = draw.array(23, 3), draw.weight(4, 3, 2), draw.weight(2)
    y = reference.conv1d(x, weight, bias, 2, 3)
    for t in range(len(y)):
        expected = bias + sum(x[2 * t + 3 * tap] @ weight[tap] for tap in range(4))
        np.testing.assert_allclose(y[t], expected, rtol=1e-5, atol=1e-5)
    weight = draw.weight(3, 4, 2)
    y, expected = reference.conv_transpose1d(x, weight, 3), np.zeros((22 * 3 + 4, 2))
    for t in range(23):
        for tap in range(4):
            expected[3 * t + tap] += x[t] @ weight[:, tap]
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
