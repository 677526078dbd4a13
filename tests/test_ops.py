"""Every fast operation against its definition in plain NumPy, over shapes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.ops import Backend, get_backend, reference
from ptts_np.ops.quantized import dense
from ptts_np.weights.quantize import Memory, to_bf16, to_int8
from tests.conftest import FAST_BACKENDS, assert_close
from tests.drawing import SEEDS, Draw, assert_near

SIZES = st.integers(1, 40)


@pytest.fixture(scope="module", params=FAST_BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    return get_backend(request.param)


@pytest.fixture(scope="module")
def fast(backend: Backend) -> Any:
    return backend.ops


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, rows=SIZES, inputs=SIZES, outputs=SIZES, bias=st.booleans())
def test_linear(fast, seed: int, rows: int, inputs: int, outputs: int, bias: bool) -> None:
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), draw.weight(outputs, inputs)
    b = draw.weight(outputs) if bias else None
    assert_close(fast.linear(x, weight, b), reference.linear(x, weight, b))


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, rows=st.sampled_from([1, 1, 7]), inputs=SIZES, outputs=SIZES)
def test_quantized_linear(backend, seed: int, rows: int, inputs: int, outputs: int) -> None:
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), draw.weight(outputs, inputs)
    bf16, int8 = to_bf16(weight), to_int8(weight)
    assert np.abs(dense(bf16) - weight).max() <= np.abs(weight).max() / 256
    assert (np.abs(dense(int8) - weight) <= np.abs(weight).max(axis=1)[:, None] / 253).all()
    for quantized in (bf16, int8):
        exact = reference.linear(x, quantized)
        scale = np.abs(x).max() * np.abs(weight).max() * inputs
        # with int8 a backend may hold the row of activations in 8 bits, too
        tolerance = 0.01 if quantized is int8 else 1e-5
        assert np.abs(backend.ops.linear(x, quantized) - exact).max() <= tolerance * scale


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
def test_products_of_bf16_are_those_of_float32(
    backend, seed: int, rows: int, inputs: int, outputs: int, bias: bool
) -> None:
    draw, fast = Draw(seed), backend.ops
    x, weight = draw.array(rows, inputs), to_bf16(draw.weight(outputs, inputs))
    b = draw.weight(outputs) if bias else None
    y, expected = fast.linear(x, weight, b), fast.linear(x, _read_only(weight.dense()), b)
    # sums may cancel out to less than the rounding of their parts
    scale = reference.linear(np.abs(x), np.abs(weight.dense()), None if b is None else np.abs(b))
    assert (np.abs(y - expected) <= 1e-6 * scale).all()
    assert (np.abs(y - reference.linear(x, weight, b)) <= 1e-6 * scale).all()
    if backend.name == "rust":
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
    assert_near(ours, reference.conv1d(x, weight, b, stride, dilation))
    weight = draw.weight(inputs, kernel, outputs)
    ours = fast.conv_transpose1d(x, weight, stride)
    assert_near(ours, reference.conv_transpose1d(x, weight, stride))
    weight = draw.weight(kernel, inputs)
    ours = fast.depthwise_conv_transpose1d(x, weight, stride)
    assert_near(ours, reference.depthwise_conv_transpose1d(x, weight, stride))


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
