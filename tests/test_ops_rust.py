"""What only the Rust backend has: fused operations, bounds of few-byte weights, refusals."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ptts_np
from ptts_np.model.parts import Affine
from ptts_np.model.seanet import Convolution
from ptts_np.ops import Ops, get_backend, reference
from ptts_np.ops.quantized import largest_int16
from ptts_np.voice import clone_voice
from ptts_np.weights.quantize import to_bf16, to_int8, to_int16
from tests.conftest import assert_close, load_golden, load_model
from tests.drawing import SEEDS, Draw
from tests.test_fused import chain, turned

rust_numpy = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

BACKEND = get_backend("rust")
FEW = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def rust() -> Any:
    return BACKEND.ops


def test_it_is_a_backend(rust) -> None:
    assert isinstance(rust, Ops)
    assert BACKEND.name == "rust"


@FEW
@given(
    seed=SEEDS,
    rows=st.sampled_from([1, 2, 5, 6, 33]),
    inputs=st.sampled_from([1, 16, 100, 1100]),
    outputs=st.sampled_from([1, 5, 64, 300]),
)
def test_weights_in_few_bytes(rust, seed: int, rows: int, inputs: int, outputs: int) -> None:
    """int8 rounds activations to 14 bits at least for this many inputs."""
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), draw.weight(outputs, inputs)
    bf16, int8 = to_bf16(weight), to_int8(weight)
    assert_summed(rust.linear(x, bf16), reference.linear(x, bf16), inputs)
    step = np.abs(x).max(axis=1, keepdims=True) / 15000
    bound = step * np.abs(int8.dense()).sum(axis=1) + 1e-5 * np.abs(weight).max() * inputs
    exact = reference.linear(x, int8)
    assert (np.abs(rust.linear(x, int8) - exact) <= bound).all()
    one_by_one = np.concatenate([rust.linear(row[None], int8) for row in x])
    assert (np.abs(reference.linear(x, int8) - one_by_one) <= bound).all()


@FEW
@given(
    seed=SEEDS,
    rows=st.sampled_from([1, 2, 8, 33]),
    inputs=st.sampled_from([1, 3, 64, 1100]),
    outputs=st.sampled_from([1, 5, 64, 300]),
)
def test_weights_in_int16(rust, seed: int, rows: int, inputs: int, outputs: int) -> None:
    draw = Draw(seed)
    x, weight = draw.array(rows, inputs), to_int16(draw.weight(outputs, inputs))
    assert np.abs(weight.values).max() <= largest_int16(inputs)
    y = rust.linear(x, weight)
    assert_within_a_step(y, reference.linear(x, weight), x, np.abs(weight.dense()).sum(axis=1))
    np.testing.assert_array_equal(y, np.concatenate([rust.linear(row[None], weight) for row in x]))


def assert_within_a_step(
    actual: np.ndarray, exact: np.ndarray, x: np.ndarray, sizes: np.ndarray
) -> None:
    """As far apart as rounding `x` in int16 makes it, for outputs whose weights sum to `sizes`."""
    step = 0.51 * np.abs(x).max() / (largest_int16(x.shape[1]) - 0.5)
    assert (np.abs(actual - exact) <= (step + 2e-6 * np.abs(x).max()) * sizes + 1e-6).all()


def assert_summed(actual: np.ndarray, expected: np.ndarray, depth: int) -> None:
    """As far apart as two orders of summation of `depth` products of numbers around 1."""
    assert np.abs(actual - expected).max(initial=0.0) <= 2e-6 * depth


@FEW
@given(
    seed=SEEDS,
    time=st.sampled_from([1, 7, 16, 300]),
    inputs=st.sampled_from([2, 24, 64]),
    outputs=st.sampled_from([1, 16, 24, 40, 200]),
    taps=st.sampled_from([1, 3, 12]),
)
def test_kernels_in_int16(rust, seed: int, time: int, inputs: int, outputs: int, taps: int) -> None:
    draw = Draw(seed)
    x, bias = draw.array(time + taps, inputs), draw.array(outputs)
    kernel = to_int16(draw.weight(taps, inputs, outputs))
    exact = reference.conv1d(x, kernel.dense(), bias, 1, 1)
    sizes = np.abs(kernel.dense()).sum(axis=(0, 1))
    assert_within_a_step(rust.conv1d(x, kernel, bias, 1, 1), exact, x, sizes)
    kernel = to_int16(draw.weight(inputs, taps, outputs))
    exact = reference.conv_transpose1d(x, kernel.dense(), taps)
    sizes = np.abs(kernel.dense()).sum(axis=(0, 1))
    assert_within_a_step(rust.conv_transpose1d(x, kernel, taps), exact, x, sizes)


def test_kernels_in_int16_do_not_depend_on_the_cut(rust) -> None:
    """Each row has a scale of its own: the stream in pieces is the stream, to the bit."""
    modules, states = chain(Draw(0), [24, 50, 40], 4, 2)
    modules = [in_int16(module) for module in modules]
    x = Draw(1).array(30, 24)
    whole, _ = rust.fused.convolutions(x, modules, states)
    pieces = []
    for piece in np.split(x, [1, 2, 9, 22]):
        y, states = rust.fused.convolutions(piece, modules, states)
        pieces.append(y)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_turned_kernels_in_int16(rust) -> None:
    modules, states = chain(Draw(0), [24, 50, 40], 4, 2)
    x = Draw(1).array(30, 24)
    y, after = rust.fused.convolutions(x, [in_int16(turned(module)) for module in modules], states)
    expected, expected_after = rust.fused.convolutions(
        x, [in_int16(module) for module in modules], states
    )
    for one, other in zip([y, *after], [expected, *expected_after], strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


def in_int16(module: Convolution) -> Convolution:
    return module._replace(
        weights=[Affine(to_int16(kernel), bias) for kernel, bias in module.weights]
    )


def test_not_a_number_is_not_lost(rust) -> None:
    x = np.ones((1, 20), np.float32)
    x[0, 3] = np.nan
    weight = np.ones((2, 20), np.float32)
    for kind in (weight, to_bf16(weight), to_int8(weight), to_int16(weight)):
        assert np.isnan(rust.linear(x, kind)).all()
    for name in ("gelu", "silu", "elu"):
        assert np.isnan(getattr(rust, name)(x)[0, 3])


def test_scattered_arrays_are_read(rust) -> None:
    draw = Draw(0)
    x, weight = draw.array(12, 9), draw.weight(7, 5)
    assert_close(rust.linear(x[::2, 1:6], weight), reference.linear(x[::2, 1:6], weight))


def test_streams_at_once_equal_streams_in_turn() -> None:
    model = load_model("lsd_2026_10", "rust")
    voice = clone_voice(model, load_golden("lsd_2026_10").expected["voice.audio_on_pause"])

    def speak(seed: int) -> np.ndarray:
        return ptts_np.generate("Hello there.", model=model, voice=voice, seed=seed)

    in_turn = [speak(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(speak, range(8)))
    for one, other in zip(in_turn, at_once, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("count", [2, 3])
def test_threads_change_nothing_but_the_time(rust, count: int) -> None:
    threaded = BACKEND.operations(count)
    assert isinstance(threaded, Ops)
    draw = Draw(0)
    x, weight = draw.array(1, 1024), draw.weight(4100, 1024)
    rows = draw.array(50, 1024)
    for kind in (weight, to_bf16(weight), to_int8(weight), to_int16(weight)):
        np.testing.assert_array_equal(threaded.linear(x, kind), rust.linear(x, kind))
        np.testing.assert_array_equal(threaded.linear(rows, kind), rust.linear(rows, kind))
    modules, states = chain(draw, [50, 100, 96], 4, 2)
    x = draw.array(500, 50)
    y, after = threaded.fused.convolutions(x, modules, states)
    expected, expected_after = rust.fused.convolutions(x, modules, states)
    for one, other in zip([y, *after], [expected, *expected_after], strict=True):
        assert_close(one, other)


def test_threads_that_help_reading_change_nothing_but_the_time() -> None:
    model, text = (
        ptts_np.load_model(backend="rust"),
        "One two three four five six seven eight nine.",
    )
    speech = [
        ptts_np.generate(text, model=replace(model, prefill_ops=prefill), seed=0)
        for prefill in (model.ops, BACKEND.operations(3))
    ]
    np.testing.assert_array_equal(*speech)


def test_one_pool_for_many_callers(rust) -> None:
    threaded, draw = BACKEND.operations(2), Draw(0)
    x, weight = draw.array(1, 1024), draw.weight(600, 1024)
    expected = rust.linear(x, weight)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: threaded.linear(x, weight), range(200)))
    for result in results:
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("count", [0, 10_000])
def test_threads_have_a_sensible_number(count: int) -> None:
    from rust_numpy.nn import Threads

    with pytest.raises(ValueError, match="threads"):
        Threads(count)


HUGE = 2**62


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("linear", (zeros(2, 3), zeros(4, 5))),
        ("linear", (zeros(2, 3), zeros(4, 3), zeros(5))),
        ("linear", (zeros(2, 3), zeros(4))),
        ("linear", (zeros(2, 3), (np.zeros((4, 3), np.int8), zeros(3)))),
        ("layer_norm", (zeros(2, 3), zeros(4), zeros(4), 1e-5)),
        ("variance_norm", (zeros(2, 3), zeros(4), 1e-5)),
        ("attention", (zeros(2, 12), zeros(2, 1, 1, 4), 0, 0, 1, 1e4, None)),
        ("attention", (zeros(1, 12), zeros(2, 4, 1, 4), 4, 0, 1, 1e4, None)),
        ("attention", (zeros(1, 12), zeros(2, 4, 1, 4), HUGE, 0, 1, 1e4, None)),
        ("attention", (zeros(1, 12), zeros(2, 4, 1, 4), 0, 0, 0, 1e4, None)),
        ("attention", (zeros(1, 12), zeros(2, 4, 1, 4), 0, 0, 1, 1e4, 0)),
        ("attention", (zeros(1, 9), zeros(2, 4, 1, 3), 0, 0, 1, 1e4, None)),
        ("attention", (zeros(1, 12), zeros(3, 4, 1, 4), 0, 0, 1, 1e4, None)),
        ("conv1d", (zeros(9, 3), zeros(3, 4, 2), None, 1, 1)),
        ("conv1d", (zeros(9, 3), zeros(3, 3, 2), zeros(3), 1, 1)),
        ("conv1d", (zeros(9, 3), zeros(3, 3, 2), None, 0, 1)),
        ("conv1d", (zeros(9, 3), zeros(3, 3, 2), None, 1, 2 * HUGE)),
        ("conv1d", (zeros(9, 3), zeros(0, 3, 2), None, 1, 1)),
        ("conv_transpose1d", (zeros(9, 3), zeros(3, 4, 2), 0)),
        ("conv_transpose1d", (zeros(9, 3), zeros(4, 4, 2), 2)),
        ("conv_transpose1d", (zeros(9, 3), zeros(3, 4, 2), HUGE)),
        ("depthwise_conv_transpose1d", (zeros(9, 3), zeros(4, 2), 2)),
        ("depthwise_conv_transpose1d", (zeros(9, 3), zeros(4, 3), HUGE)),
        ("convolutions", (zeros(9, 3), [("conv", [(zeros(3, 3, 2), None)], 1, 1)], [])),
        ("convolutions", (zeros(9, 3), [("odd", [(zeros(3, 3, 2), None)], 1, 1)], [None])),
        ("convolutions", (zeros(9, 3), [("up", [(zeros(3, 4, 2), None)], 5, 1)], [zeros(1, 2)])),
        ("convolutions", (zeros(9, 3), [("up", [(zeros(3, 4, 2), None)], 2, 1)], [None])),
        (
            "residual_block",
            (zeros(9, 3), zeros(5, 3), (zeros(3, 3, 2), None), (zeros(1, 2, 3), None), 1),
        ),
        ("transformer", (zeros(9, 3), [], zeros(1, 2, 9, 1, 2), 0, 0, 1, 1e4, None)),
    ],
)
def test_what_does_not_fit_is_refused(rust, name: str, arguments: tuple) -> None:
    with pytest.raises((ValueError, MemoryError, OverflowError)):
        getattr(rust_numpy.nn, name)(*arguments)


@pytest.mark.parametrize("wrong", [None, "x", [1.0], np.zeros((2, 3)), np.zeros((2, 3), np.int8)])
def test_other_types_are_refused(rust, wrong: Any) -> None:
    with pytest.raises(TypeError):
        rust.linear(wrong, zeros(4, 3))


def test_a_cache_must_be_writable_and_whole(rust) -> None:
    cache = zeros(2, 4, 1, 4)
    cache.flags.writeable = False
    scattered = zeros(2, 8, 1, 4)[:, ::2]
    for bad in (cache, scattered):
        with pytest.raises((ValueError, TypeError)):
            rust.attention(zeros(1, 12), bad, 0, 0, 1, 1e4, None)


LEVELS = """
import hashlib
import numpy as np
from rust_numpy import nn

draw, seen = np.random.default_rng(0), hashlib.sha256()
for rows, inputs, outputs in [(1, 3, 5), (7, 64, 33), (40, 1100, 18), (128, 512, 300)]:
    x = draw.standard_normal((rows + 9, inputs)).astype(np.float32)
    scales = draw.random(outputs).astype(np.float32)
    matrix = draw.integers(-1400, 1401, (outputs, inputs))
    seen.update(nn.linear(x, (matrix.astype(np.int16), scales)).tobytes())
    seen.update(nn.linear(x, ((matrix // 12).astype(np.int8), scales)).tobytes())
    kernel = draw.integers(-1400, 1401, (3, inputs, outputs)).astype(np.int16)
    seen.update(nn.conv1d(x, (kernel, scales), None, 1, 1).tobytes())
print(nn.CPU_LEVEL, seen.hexdigest())
"""


def test_integers_give_the_same_bits_on_every_cpu() -> None:
    """On the levels that this CPU has, down to the one that every CPU has."""
    seen = {}
    for level in ("portable", "avx2", "avx512", "avx512vnni"):
        done = subprocess.run(
            [sys.executable, "-c", LEVELS],
            env=os.environ | {"RUST_NUMPY_CPU": level},
            capture_output=True,
            text=True,
            check=True,
        )
        used, digest = done.stdout.split()
        seen[used] = digest
    assert "portable" in seen
    assert len(set(seen.values())) == 1, seen
