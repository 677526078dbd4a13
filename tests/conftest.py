"""What the tests share: the recorded states of the reference, and shape checks switched on."""

import functools
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

os.environ["PTTS_TYPECHECK"] = "1"

GOLDEN = Path(__file__).parent / "golden"
RUST = pytest.mark.skipif(
    importlib.util.find_spec("rust_numpy") is None, reason="the module rust_numpy is not installed"
)
FAST_BACKENDS = ["numba", pytest.param("rust", marks=RUST)]
VARIANTS = sorted(path.parent.name for path in GOLDEN.glob("*/cases.json"))


@dataclass(frozen=True)
class Golden:
    """One folder of `tests/golden`, see its README."""

    folder: Path
    config: Any
    params: Any
    cases: dict[str, Any]
    expected: dict[str, np.ndarray]


def load_golden(name: str) -> Golden:
    from ptts_np.model.config import load_config
    from ptts_np.weights.load import load_params

    folder = GOLDEN / name
    config = load_config(folder / "config.yaml")
    params = load_params(folder / "model.safetensors", config)
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    return Golden(folder, config, params, cases, load_file(folder / "expected.safetensors"))


@functools.cache
def load_model(name: str, backend: str = "numba") -> Any:
    """One of the tiny models, ready to speak (of noise)."""
    import ptts_np

    return ptts_np.load_model(str(GOLDEN / name / "config.yaml"), backend=backend)


@pytest.fixture(scope="session", params=VARIANTS)
def golden(request: pytest.FixtureRequest) -> Golden:
    return load_golden(request.param)


@pytest.fixture(scope="session", params=["numpy", *FAST_BACKENDS])
def ops(request: pytest.FixtureRequest) -> Any:
    from ptts_np.ops import get_backend

    return get_backend(request.param).ops


def assert_close(actual: Any, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    """Largest difference at most `tolerance` of the largest expected value."""
    actual = np.asarray(actual)
    assert actual.shape == expected.shape
    scale = np.abs(expected).max() if expected.size else 0.0
    worst = np.abs(actual.astype(np.float64) - expected).max() if expected.size else 0.0
    assert worst <= tolerance * scale, f"off by {worst / scale:.2e} of the largest value"
