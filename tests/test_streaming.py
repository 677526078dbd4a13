"""Whole equals chunked: each streaming layer fed in pieces gives what it gives fed whole."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.model import convolution, flow_lm, mimi, seanet, transformer
from ptts_np.model.config import TransformerConfig
from ptts_np.model.parts import Affine
from ptts_np.ops import reference
from tests.conftest import Golden, assert_close, load_golden

CUTS = st.lists(st.integers(0, 100), max_size=6)
RNG = np.random.default_rng(0)


def whole_equals_chunked(
    layer: Callable[[Any, np.ndarray], tuple[np.ndarray, Any]],
    state: Callable[[], Any],
    x: np.ndarray,
    cuts: list[int],
    unit: int = 1,
) -> None:
    """Feed `x` whole, then cut at `cuts` (in units, wrapped into its length)."""
    whole, _ = layer(state(), x)
    units = len(x) // unit
    bounds = [0, *sorted(cut % (units + 1) for cut in cuts), units]
    pieces, current = [], state()
    for start, stop in itertools.pairwise(bounds):
        piece, current = layer(current, x[start * unit : stop * unit])
        pieces.append(np.asarray(piece))
    assert_close(np.concatenate(pieces), np.asarray(whole), 2e-5)


@settings(max_examples=40, deadline=None)
@given(
    cuts=CUTS,
    kernel=st.integers(1, 7),
    stride=st.integers(1, 3),
    mode=st.sampled_from(["constant", "replicate"]),
)
def test_convolution(cuts, kernel, stride, mode) -> None:
    if kernel < stride:
        return
    weight = RNG.standard_normal((kernel, 3, 2), np.float32)
    whole_equals_chunked(
        lambda state, x: convolution.conv(reference, weight, None, state, x, stride),
        lambda: convolution.new_state(weight, stride, pad_mode=mode),
        RNG.standard_normal((50, 3), np.float32),
        cuts,
    )


@settings(max_examples=20, deadline=None)
@given(cuts=CUTS, stride=st.integers(1, 4), depthwise=st.booleans())
def test_transposed_convolution(cuts, stride, depthwise) -> None:
    shape = (2 * stride, 3) if depthwise else (3, 2 * stride, 2)
    weight = RNG.standard_normal(shape, np.float32)
    bias = None if depthwise else RNG.standard_normal(2, np.float32)
    whole_equals_chunked(
        lambda state, x: convolution.conv_transpose(reference, weight, bias, state, x, stride),
        lambda: convolution.new_transposed_state(weight, stride),
        RNG.standard_normal((30, 3), np.float32),
        cuts,
    )


def random_transformer(
    context: int | None,
) -> tuple[TransformerConfig, list[transformer.Layer]]:
    config = TransformerConfig(
        d_model=12,
        num_heads=3,
        num_kv_heads=1,
        num_layers=2,
        dim_feedforward=16,
        attn_dim=12,
        context=context,
    )
    draw = lambda *shape: RNG.standard_normal(shape, np.float32) / 3  # noqa: E731
    layer = lambda: transformer.Layer(  # noqa: E731
        norm1=Affine(draw(12), draw(12)),
        in_proj=draw(20, 12),
        out_proj=draw(12, 12),
        scale1=None,
        norm2=Affine(draw(12), draw(12)),
        up=draw(16, 12),
        down=draw(12, 16),
        scale2=None,
    )
    return config, [layer(), layer()]


@settings(max_examples=30, deadline=None)
@given(cuts=CUTS, context=st.none() | st.integers(1, 60))
def test_transformer(cuts, context, ops) -> None:
    """Longer than its window and its first capacity, so that rows are dropped and caches grow."""
    config, params = random_transformer(context)
    x = RNG.standard_normal((200, 12), np.float32)
    whole_equals_chunked(
        lambda state, x: transformer.transformer(ops, config, params, state, x),
        lambda: transformer.new_state(config, x),
        x,
        cuts,
    )


def test_a_window_bounds_the_cache() -> None:
    config, params = random_transformer(10)
    state = transformer.new_state(config, RNG.standard_normal((1, 12), np.float32))
    for _ in range(500):
        x = RNG.standard_normal((1, 12), np.float32)
        _, state = transformer.transformer(reference, config, params, state, x)
    assert state["position"] == 500
    assert state["cache"].shape[2] <= transformer.FIRST_CAPACITY


def test_a_copied_state_is_independent() -> None:
    config, params = random_transformer(None)
    x = RNG.standard_normal((8, 12), np.float32)
    _, state = transformer.transformer(
        reference, config, params, transformer.new_state(config, x), x
    )
    fork = transformer.copy_state(state)
    before = fork["cache"].copy()
    ahead, _ = transformer.transformer(reference, config, params, state, x)
    np.testing.assert_array_equal(fork["cache"], before)
    again, _ = transformer.transformer(reference, config, params, fork, x)
    np.testing.assert_array_equal(again, ahead)


@settings(max_examples=10, deadline=None)
@given(cuts=CUTS, side=st.sampled_from(["encoder", "decoder"]))
def test_seanet(cuts, side) -> None:
    golden = load_golden("flow_matching")
    config, params = golden.config.mimi, golden.params.mimi
    chain = params.encoder.seanet if side == "encoder" else params.decoder.seanet
    settings_ = config.seanet if side == "encoder" else config.decoder
    width, unit = (1, 120) if side == "encoder" else (settings_.dimension, 1)
    whole_equals_chunked(
        lambda state, x: seanet.seanet(reference, chain, state, x),
        lambda: seanet.new_state(chain, settings_),
        RNG.standard_normal((12 * unit, width), np.float32),
        cuts,
        unit,
    )


@settings(max_examples=5, deadline=None)
@given(cuts=CUTS)
def test_mimi_decoder(golden: Golden, ops, cuts) -> None:
    config, params = golden.config.mimi, golden.params.mimi
    whole_equals_chunked(
        lambda state, x: mimi.decode(ops, config, params, state, x),
        lambda: mimi.decoder_state(config, params),
        golden.expected["steps.latents"],
        cuts,
    )


@settings(max_examples=5, deadline=None)
@given(cuts=CUTS)
def test_mimi_encoder(golden: Golden, cuts) -> None:
    config, params = golden.config.mimi, golden.params.mimi
    whole_equals_chunked(
        lambda state, x: mimi.encode(reference, config, params, state, x),
        lambda: mimi.encoder_state(config, params),
        RNG.standard_normal(8 * 1920, np.float32) / 10,
        cuts,
        1920,
    )


@settings(max_examples=5, deadline=None)
@given(cuts=CUTS)
def test_flow_lm(golden: Golden, ops, cuts) -> None:
    config, params = golden.config.flow_lm, golden.params.flow_lm
    whole_equals_chunked(
        lambda state, x: flow_lm.prefill(ops, config, params, state, x),
        lambda: flow_lm.new_state(config, params),
        golden.expected["text.embedding"],
        cuts,
    )
