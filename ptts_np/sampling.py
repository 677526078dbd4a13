"""How an utterance is sampled: the options with their ranges, declared once, and the noise.

The library, the command line and the server all take their options from `Options`.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Annotated, Any, get_args, get_type_hints

import numpy as np
from jaxtyping import Float32
from typing_extensions import TypedDict

from ptts_np.errors import InputError
from ptts_np.model.config import ModelConfig

Noise = Float32[np.ndarray, "1 latent"]


@dataclass(frozen=True)
class Range:
    """What an option may be, and what it does."""

    low: float
    high: float
    help: str


class Options(TypedDict, total=False):
    """What a caller may choose; what is left out or None is the model's own."""

    temperature: Annotated[
        float | None, Range(0, 4, "How lively: the variance of the noise; 0 is the calmest.")
    ]
    decode_steps: Annotated[
        int | None, Range(1, 64, "Sampling steps per frame; more is slower and finer.")
    ]
    noise_clamp: Annotated[float | None, Range(1e-3, 1e3, "Bound on the noise's absolute value.")]
    eos_threshold: Annotated[
        float | None, Range(-1e3, 1e3, "Logit above which a frame ends the speech.")
    ]
    frames_after_eos: Annotated[int | None, Range(0, 100, "Frames of 80 ms spoken after that.")]
    max_tokens: Annotated[
        int | None, Range(1, 1000, "Tokens of the chunks a long text is cut into.")
    ]


def _declared() -> dict[str, tuple[type, Range]]:
    hints = get_type_hints(Options, include_extras=True)
    return {
        name: (int if int in get_args(get_args(hint)[0]) else float, get_args(hint)[1])
        for name, hint in hints.items()
    }


OPTIONS: dict[str, tuple[type, Range]] = _declared()
"""Type and range of each option, by name."""


@dataclass(frozen=True)
class Settings:
    """How one utterance is sampled: the options, checked and filled in by `resolve`."""

    temperature: float
    decode_steps: int
    noise_clamp: float | None
    eos_threshold: float
    frames_after_eos: int | None
    max_tokens: int


def resolve(config: ModelConfig, options: Options) -> Settings:
    """Check the options and fill in the model's defaults. Raises InputError."""
    if unknown := sorted(options.keys() - OPTIONS.keys()):
        raise InputError(f"there is no option {unknown[0]}: choose from {', '.join(OPTIONS)}")
    defaults: dict[str, Any] = {
        "temperature": config.default_temperature,
        "decode_steps": 1,
        "noise_clamp": None,
        "eos_threshold": config.default_eos_threshold,
        "frames_after_eos": config.model_recommended_frames_after_eos,
        "max_tokens": config.default_max_tokens,
    }
    return Settings(**{name: _checked(name, options.get(name), defaults[name]) for name in OPTIONS})


def _checked(name: str, value: Any, default: Any) -> Any:
    if value is None:
        return default
    kind, allowed = OPTIONS[name]
    if kind is int and isinstance(value, (bool, float)):
        raise InputError(f"{name} must be a whole number, not {value!r}")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not allowed.low <= value <= allowed.high:
        raise InputError(
            f"{name} must be a number from {allowed.low:g} to {allowed.high:g}, not {value!r}"
        )
    return kind(value)


def generator(seed: int | np.random.Generator | None) -> np.random.Generator:
    """The generator of a seed, or the one that is given. Raises InputError."""
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise InputError(f"seed must be a whole number from 0, or a Generator, not {seed!r}")
    return np.random.default_rng(seed)


def draw_noise(rng: np.random.Generator, size: int, settings: Settings) -> Noise:
    """Draw normal noise `[1, size]` of variance `temperature`, truncated to +-`noise_clamp`."""
    deviation, clamp = math.sqrt(settings.temperature), settings.noise_clamp
    if clamp is None or deviation == 0:
        return rng.standard_normal((1, size), np.float32) * np.float32(deviation)
    normal = NormalDist(0.0, deviation)
    low, high = normal.cdf(-clamp), normal.cdf(clamp)
    drawn = [normal.inv_cdf(low + (high - low) * u) for u in rng.uniform(1e-9, 1 - 1e-9, size)]
    return np.array([drawn], np.float32)
