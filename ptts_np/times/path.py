"""A path through a text that never goes back, from where attention is in each frame."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64

Scores = Float32[np.ndarray, "positions"]
Looks = Float32[np.ndarray, "frames positions"]

LAG = 6
"""Frames that later ones may still move: as many come after a frame before its place is given."""
FARTHEST = 8
"""Positions a frame may be beyond the one before."""
FREE = 2
"""Of those, how many cost nothing: symbols are shorter than a frame."""
COST = 0.5
FLOOR = 1e-3
"""The least a look is worth, so that a frame without attention to the text decides nothing."""
NEAR = 2
"""Positions at either side of the path that tell where between them a frame is."""

_STEPS = -COST * np.maximum(np.arange(FARTHEST, -1, -1) - FREE, 0).astype(np.float32)


class Path(NamedTuple):
    """The path after some frames.

    `scores` are of the best way to each position; `backs` say how far each came in the last
    frames, and `looks` are theirs. `places` are those of the frames before, which stay.
    """

    scores: Scores
    backs: list[np.ndarray]
    looks: list[Scores]
    places: Float64[np.ndarray, "frames"]


def new_path(positions: int) -> Path:
    """The path through so many positions, at least one, before the first frame."""
    scores = np.full(positions, -np.inf, np.float32)
    scores[0] = 0
    return Path(scores, [], [], np.zeros(0))


def advance(path: Path, looks: Looks) -> Path:
    """Go on by some frames, `looks` [frames, positions] being the part of attention each has."""
    count = path.scores.size
    room = np.full(count + FARTHEST, -np.inf, np.float32)
    ways = np.lib.stride_tricks.sliding_window_view(room, FARTHEST + 1)
    logs = np.log(np.maximum(looks, FLOOR))
    scores, backs, every = path.scores, list(path.backs), np.arange(count)
    for log in logs:
        room[FARTHEST:] = scores
        found = ways + _STEPS
        back = found.argmax(axis=1)
        scores = found[every, back] + log
        backs.append(back)
    # only differences matter: small numbers keep their digits, however long the text
    after = Path(scores - scores.max(), backs, [*path.looks, *looks], path.places)
    return _settled(after, LAG)


def finished(path: Path) -> Path:
    """The path with a place for each frame."""
    return _settled(path, 0)


def _settled(path: Path, lag: int) -> Path:
    """Give a place to all frames but the last `lag`, on the way to the best position now."""
    count = len(path.backs) - lag
    if count <= 0:
        return path
    here = int(path.scores.argmax())
    places = []
    for back, look in zip(reversed(path.backs), reversed(path.looks), strict=True):
        places.append(_between(look, here))
        here -= FARTHEST - int(back[here])
    made = np.array(places[::-1][:count])
    before = path.places[-1] if path.places.size else 0.0
    made = np.maximum.accumulate(np.concatenate([[before], made]))[1:]
    return Path(
        path.scores, path.backs[count:], path.looks[count:], np.concatenate([path.places, made])
    )


def _between(look: Scores, here: int) -> float:
    """Where near the position `here` the attention of a frame has its middle."""
    low = max(here - NEAR, 0)
    near = look[low : here + NEAR + 1]
    total = float(near.sum())
    if total < FLOOR:
        return float(here)
    return low + float(near @ np.arange(near.size)) / total


def time_at(places: Float64[np.ndarray, "frames"], place: float) -> float:
    """When the path passes a place, in frames; the last place given must be there or beyond.

    A frame's place is that of its middle; before the first the path begins at -0.5.
    """
    after = int(np.searchsorted(places, place))
    if after == 0:
        low, begin, span = -0.5, 0.0, 0.5
    else:
        low, begin, span = float(places[after - 1]), after - 0.5, 1.0
    way = float(places[after]) - low
    return begin + span * ((place - low) / way if way > 0 else 1.0)
