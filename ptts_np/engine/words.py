"""The words of a chunk that are over, where somebody asked for them."""

from typing import TYPE_CHECKING

from ptts_np.engine.decoding import Samples
from ptts_np.times import follow
from ptts_np.times.words import SpokenWord

if TYPE_CHECKING:
    from ptts_np.engine.speech import Chunk
    from ptts_np.loading import Model


def words_over(
    model: "Model", chunk: "Chunk", samples: Samples
) -> tuple[list[SpokenWord], follow.Followed | None]:
    """The words that are over with the next `samples` of a chunk, and how far it then is."""
    plan, writing, followed = chunk.plan, chunk.writing, chunk.followed
    if plan.track is None or writing is None:
        return [], None
    heads, voice = model.text_heads, plan.voice
    if followed is None:
        followed = follow.begin(heads, plan.track, writing.state["cache"], voice["length"])
    clock = _clock(model)
    frames = samples.size // clock.frame
    seen = chunk.seen[followed.frames : followed.frames + frames]
    first = voice["position"] + len(plan.tokens)
    return follow.follow(heads, plan.track, followed, seen, first, samples, clock)


def last_words(model: "Model", chunk: "Chunk") -> list[SpokenWord]:
    """The words of a chunk that are left when all of it is sound."""
    if chunk.plan.track is None or chunk.followed is None:
        return []
    return follow.finish(chunk.plan.track, chunk.followed, _clock(model))


def _clock(model: "Model") -> follow.Clock:
    return follow.Clock(model.sample_rate, model.config.mimi.samples_per_frame)
