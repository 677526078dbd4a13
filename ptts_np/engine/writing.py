"""FlowLM: plans to latents, a frame of many chunks in one step."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float32

from ptts_np.engine.plan import Plan
from ptts_np.model import flow_lm
from ptts_np.model.flow_head import Times, time_embeddings
from ptts_np.model.transformer import State
from ptts_np.sampling import draw_noise

if TYPE_CHECKING:
    from ptts_np.loading import Model

Noise = Float32[np.ndarray, "rows latent"]

log = logging.getLogger("ptts_np")

FIRST_EOS_FRAME = 6


class Writing(NamedTuple):
    """How far FlowLM has come with one chunk: its state after the frame of `latent`.

    `frame` is the number of that frame, `eos` that of the frame that ended the speech. `latent` is
    None when the last frame was not to be spoken.
    """

    plan: Plan
    state: State
    latent: Float32[np.ndarray, "1 latent"] | None
    frame: int
    eos: int | None

    @property
    def ended(self) -> bool:
        """Whether there is no frame after this one."""
        if self.eos is not None and self.frame + 1 >= self.eos + self.plan.frames_after_eos:
            return True
        return self.frame + 1 >= self.plan.limit


def sampling_times(model: "Model", steps: int) -> Times:
    """The flow head's sampling steps, the same for all chunks that take as many."""
    return time_embeddings(
        model.ops, model.config.flow_lm.flow, model.params.flow_lm.flow_net, steps
    )


def begin(model: "Model", plan: Plan, times: Times) -> Writing:
    """Read the text and write the first frame."""
    ops, config, params = model.ops, model.config.flow_lm, model.params.flow_lm
    state = flow_lm.copy_state(plan.voice, spare=len(plan.tokens) + plan.limit // 2)
    embedded = flow_lm.embed_text(ops, params, plan.tokens)
    noise = draw_noise(plan.rng, model.config.latent_dim, plan.settings)
    latent, logit, state = flow_lm.begin(
        ops, model.prefill_ops, config, params, state, embedded, noise, times
    )
    return _written(plan, state, latent, 0, None, logit)


def draw(model: "Model", writings: Sequence[Writing]) -> Noise:
    """The noise `[rows, latent]` of the next frame of each chunk, from its own generator."""
    size = model.config.latent_dim
    return np.concatenate([draw_noise(w.plan.rng, size, w.plan.settings) for w in writings])


def step(model: "Model", writings: Sequence[Writing], noise: Noise, times: Times) -> list[Writing]:
    """Write the next frame of each chunk; none of them may have ended.

    All take the same number of sampling steps, `times`. What a chunk gets does not depend on the
    others. A step that fails has not moved any of them on.
    """
    ops, config, params = model.ops, model.config.flow_lm, model.params.flow_lm
    watched = model.text_heads.layers if any(w.plan.track for w in writings) else ()
    latents = np.concatenate([w.latent for w in writings if w.latent is not None])
    latents, logits, states = flow_lm.step(
        ops, config, params, [w.state for w in writings], latents, noise, times, watched
    )
    return [
        _written(w.plan, state, latents[row : row + 1], w.frame + 1, w.eos, float(logits[row]))
        for row, (w, state) in enumerate(zip(writings, states, strict=True))
    ]


def _written(
    plan: Plan,
    state: State,
    latent: Float32[np.ndarray, "1 latent"],
    frame: int,
    eos: int | None,
    logit: float,
) -> Writing:
    if eos is None and frame >= FIRST_EOS_FRAME and logit > plan.settings.eos_threshold:
        eos = frame
    spoken = eos is None or frame < eos + plan.frames_after_eos
    if spoken and eos is None and frame + 1 >= plan.limit:
        # not the text itself: what people say does not belong in a server's log
        log.warning(
            "no end of speech within %d frames for %d characters", plan.limit, plan.characters
        )
    return Writing(plan, state, latent if spoken else None, frame, eos)
