"""A path through a text that never goes back, from where attention is in each frame."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64

Scores = Float32[np.ndarray, "positions"]
Looks = Float32[np.ndarray, "frames positions"]
Places = Float64[np.ndarray, "frames"]

LAG = 6
"""Frames that later ones may still move: as many come after a frame before its place is given."""
COSTS = (0.0, 0.0, 0.0, 0.5, 1.0, 1.5)
"""Of going on by so many positions in a frame. Symbols are shorter than a frame: two are free."""
FLOOR = 1e-3
"""The least a look is worth, so that a frame without attention to the text decides nothing."""
NEAR = 2
"""Positions at either side of the path that tell where between them a frame is."""

_COSTS = np.array(COSTS, np.float32)[:, None]


class Path(NamedTuple):
    """The path after some frames.

    `scores` are of the best way to each position, before the frames that may still move and after
    each of them; `looks` are those frames'. `places` are those of the frames before, which stay.
    """

    scores: list[Scores]
    looks: Looks
    places: Places


def new_path(positions: int) -> Path:
    """The path through so many positions, at least one, before the first frame."""
    start = np.full(positions, -np.inf, np.float32)
    start[0] = 0
    return Path([start], np.zeros((0, positions), np.float32), np.zeros(0))


def advance(path: Path, looks: Looks) -> Path:
    """Go on by some frames, `looks` being the part of attention each position has in them."""
    # every operation costs more than its few numbers: all steps at once, in rooms made once
    count, far = looks.shape[1], len(COSTS)
    room = np.full(far - 1 + count, -np.inf, np.float32)
    now = room[far - 1 :]
    now[:] = path.scores[-1]
    # row k is the scores k positions on
    ways = np.lib.stride_tricks.sliding_window_view(room, count)[::-1]
    after, best = np.empty((far, count), np.float32), np.empty(count, np.float32)
    scores = list(path.scores)
    for log in np.log(np.maximum(looks, FLOOR)):
        np.subtract(ways, _COSTS, out=after)
        np.maximum.reduce(after, axis=0, out=best)
        np.add(best, log, out=now)
        scores.append(now.copy())
    # only differences matter: small numbers keep their digits, however long the text
    scores[-1] = scores[-1] - scores[-1].max()
    return _settled(Path(scores, np.concatenate([path.looks, looks]), path.places), LAG)


def finished(path: Path) -> Path:
    """The path with a place for each frame."""
    return _settled(path, 0)


def _settled(path: Path, lag: int) -> Path:
    """Give a place to all frames but the last `lag`, on the way to the best position now."""
    count = len(path.looks) - lag
    if count <= 0:
        return path
    way = _way(path.scores)[:count]
    before = path.places[-1:] if path.places.size else np.zeros(1)
    made = np.maximum.accumulate(np.concatenate([before, _between(path.looks[:count], way)]))[1:]
    return Path(path.scores[count:], path.looks[count:], np.concatenate([path.places, made]))


def _way(scores: Sequence[Scores]) -> list[int]:
    """The position in each frame on the best way to where the last is best."""
    here = int(scores[-1].argmax())
    way = [here]
    for before in scores[-2:0:-1]:
        steps = min(len(COSTS), here + 1)
        ways = [float(before[here - step]) - COSTS[step] for step in range(steps)]
        here -= ways.index(max(ways))
        way.append(here)
    return way[::-1]


def _between(looks: Looks, way: Sequence[int]) -> Places:
    """Where near its position on the way the attention of each frame has its middle."""
    frames, positions = looks.shape
    near = np.array(way)[:, None] + np.arange(-NEAR, NEAR + 1)
    inside = (near >= 0) & (near < positions)
    near = np.clip(near, 0, positions - 1)
    weights = np.where(inside, looks[np.arange(frames)[:, None], near], 0)
    total = weights.sum(axis=1)
    middle = (weights * near).sum(axis=1) / np.maximum(total, FLOOR)
    return np.where(total > FLOOR, middle, np.array(way, np.float64))
