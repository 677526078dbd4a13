"""A chunk of text, ready to be spoken."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int64

from ptts_np.engine.delivery import Delivery
from ptts_np.model.transformer import State
from ptts_np.sampling import Settings
from ptts_np.text.chunks import frames_after_eos_guess, prepare
from ptts_np.times.places import Track

if TYPE_CHECKING:
    from ptts_np.loading import Model

TOKENS_PER_SECOND = 3
SPARE_SECONDS = 2


@dataclass(frozen=True, eq=False)
class Plan:
    """What FlowLM needs to speak one chunk, and the bounds of how long it may.

    `limit` is the number of frames after which a chunk without an EOS ends, `frames_after_eos`
    those spoken after it. `characters` is the length of the chunk, for messages that must not
    hold what people say. `delivery` says how its sound is handed over, where it is not as it comes.
    `track` are the words whose times are wanted.
    """

    tokens: Int64[np.ndarray, "n"]
    voice: State
    settings: Settings
    rng: np.random.Generator
    limit: int
    frames_after_eos: int
    characters: int
    delivery: Delivery | None = None
    track: Track | None = None


def make_plan(
    model: "Model",
    voice: State,
    chunk: str,
    settings: Settings,
    rng: np.random.Generator,
    delivery: Delivery | None = None,
    track: Track | None = None,
) -> Plan:
    """Turn a chunk of text into a plan."""
    tokens = np.array(model.tokenizer.encode(prepare(chunk, model.rules)), np.int64)
    after = settings.frames_after_eos
    if after is None:
        after = frames_after_eos_guess(chunk, model.rules) + 2
    seconds = len(tokens) / TOKENS_PER_SECOND + SPARE_SECONDS
    limit = math.ceil(seconds * model.config.mimi.frame_rate)
    return Plan(tokens, voice, settings, rng, limit, after, len(chunk), delivery, track)
