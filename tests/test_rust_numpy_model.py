"""The model on arrays of `rust_numpy`: the reference operations, unchanged."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

rn = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

from ptts_np.ops import reference  # noqa: E402
from tests.conftest import VARIANTS, Golden, assert_close, load_golden  # noqa: E402

# the same checks as for the other backends, with the fixtures below
from tests.test_golden import (  # noqa: E402, F401
    test_decoder_frame_by_frame,
    test_encoder,
    test_text_and_steps,
    test_voice_state,
)


def to_rust(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: to_rust(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [to_rust(value) for value in tree]
    return rn.asarray(tree) if isinstance(tree, np.ndarray) else tree


@pytest.fixture(scope="module", params=VARIANTS)
def golden(request: pytest.FixtureRequest) -> Golden:
    recorded = load_golden(request.param)
    return replace(recorded, params=to_rust(recorded.params), expected=to_rust(recorded.expected))


@pytest.fixture
def ops() -> Any:
    return reference


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


CALLS = {
    "linear": (draw(5, 7), draw(4, 7), draw(4)),
    "layer_norm": (draw(5, 7), draw(7), draw(8)[1:], 1e-5),
    "layer_norm, plain": (draw(5, 7), None, None, 1e-6),
    "variance_norm": (draw(5, 7), draw(7), 1e-5),
    "gelu": (draw(5, 9),),
    "silu": (draw(5, 9) * 30,),
    "elu": (draw(5, 9) * 30,),
    "rope": (draw(6, 4, 8), 1_000_000, 10000.0),
    "attention": (draw(5, 8 * 8), draw(2, 9, 2, 8), 3, 11, 4, 10000.0, None),
    "attention, window": (draw(5, 8 * 8), draw(2, 9, 2, 8), 3, 11, 4, 10000.0, 3),
    "conv1d": (draw(20, 3), draw(5, 3, 4), draw(4), 2, 3),
    "conv1d, too short": (draw(2, 3), draw(5, 3, 4), draw(4), 1, 1),
    "conv_transpose1d": (draw(6, 3), draw(3, 7, 4), 3),
    "conv_transpose1d, empty": (draw(0, 3), draw(3, 7, 4), 3),
    "depthwise_conv_transpose1d": (draw(6, 4), draw(8, 4), 3),
}


@pytest.mark.parametrize("name", CALLS)
def test_operation(name: str) -> None:
    """Results and whatever is written into the arguments (the cache of attention)."""
    function = getattr(reference, name.split(",")[0])
    theirs = [a.copy() if isinstance(a, np.ndarray) else a for a in CALLS[name]]
    ours = [rn.asarray(a) if isinstance(a, np.ndarray) else a for a in CALLS[name]]
    expected, actual = function(*theirs), function(*ours)
    assert isinstance(actual, rn.Array)
    assert actual.dtype == expected.dtype
    assert_close(actual, expected)
    for before, after in zip(theirs, ours, strict=True):
        if isinstance(before, np.ndarray):
            assert_close(after, before)
