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
        first = voice["position"] + len(plan.tokens)
        cache = writing.state["cache"]
        followed = follow.begin(heads, plan.track, cache, voice["length"], first)
    return follow.follow(heads, plan.track, followed, chunk.seen, samples, _clock(model))


def last_words(model: "Model", chunk: "Chunk") -> list[SpokenWord]:
    """The words of a chunk that are left when all of it is sound."""
    track, followed = chunk.plan.track, chunk.followed
    if track is None or followed is None:
        return []
    return follow.finish(model.text_heads, track, followed, chunk.seen, _clock(model))


def _clock(model: "Model") -> follow.Clock:
    return follow.Clock(model.sample_rate, model.config.mimi.samples_per_frame)
