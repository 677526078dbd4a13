"""Mimi: latents to samples, a group of frames at a time.

Its two halves use different parts of the state, so that one may work on a group while the other
works on the next.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.samples import fade_in
from ptts_np.model import mimi

if TYPE_CHECKING:
    from ptts_np.loading import Model

Latent = Float32[np.ndarray, "1 latent"]
Features = Float32[np.ndarray, "time dimension"]
Samples = Float32[np.ndarray, "samples"]

GROUPS = (1, 1, 2, 4, 8)
"""Frames decoded at once: few at the start, for the first sound to come early, then more, for
speed. By the frame's number and not by what happens to wait, so that a seed fixes each bit."""


class Half(NamedTuple):
    """How far one half of Mimi has come with one chunk."""

    state: dict[str, Any]
    groups: int


def new_half(model: "Model") -> Half:
    """Either half before the first frame of a chunk."""
    return Half(mimi.decoder_state(model.config.mimi, model.params.mimi), 0)


def group_size(groups: int) -> int:
    """How many frames the group after so many has, but for the last of a chunk."""
    return GROUPS[min(groups, len(GROUPS) - 1)]


def to_features(model: "Model", half: Half, latents: Sequence[Latent]) -> tuple[Features, Half]:
    """The first half: a group of latents to features."""
    flow, config = model.params.flow_lm, model.config.mimi
    scaled = np.concatenate(latents) * flow.emb_std + flow.emb_mean
    x, state = mimi.decode_features(model.ops, config, model.params.mimi, half.state, scaled)
    return x, Half(state, half.groups + 1)


def to_samples(model: "Model", half: Half, features: Features) -> tuple[Samples, Half]:
    """The second half: features to samples, with a fade-in of 5 ms at the start of a chunk."""
    config = model.config.mimi
    samples, state = mimi.decode_samples(model.ops, config, model.params.mimi, half.state, features)
    if half.groups == 0:
        samples = fade_in(samples, config.sample_rate // 200)
    return samples, Half(state, half.groups + 1)
