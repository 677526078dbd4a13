"""The words of one chunk, found while it is spoken."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from ptts_np.times import heads as attention
from ptts_np.times import path as paths
from ptts_np.times.heads import Heads, Keys
from ptts_np.times.path import Path, Places
from ptts_np.times.places import Track
from ptts_np.times.words import SpokenWord

Samples = Float32[np.ndarray, "samples"]
Inputs = Sequence[Float32[np.ndarray, "d_model"]]

Seen = Sequence[Inputs | None]
"""The inputs of the heads' layers in each frame; the first is written together with the reading of
the text, and has none."""

QUIET = 0.01
"""A block of sound that stays below it is silence: words begin and end with sound."""
BLOCKS = 8
"""Blocks in a frame."""
SILENCE = 4
"""Blocks of it at a word's end that aren't the word's; fewer are, as before the sound of a p."""
EARLY = 8
"""Blocks of sound that a word may have before attention comes to it."""
AT_ONCE = 16
"""Frames that are looked at together, which costs little more than one."""


class Clock(NamedTuple):
    """Samples in a second and in a frame."""

    rate: int
    frame: int


class Followed(NamedTuple):
    """How far a chunk has come.

    Its keys and the stream's `position` of its first frame; the path after so many `frames`; the
    words that are `given`, and where in frames the last of them ends; how loud each block of the
    sound is.
    """

    keys: Keys
    position: int
    path: Path
    frames: int = 0
    given: int = 0
    until: float = 0.0
    loudness: tuple[np.ndarray, ...] = ()


def begin(heads: Heads, track: Track, cache: np.ndarray, row: int, position: int) -> Followed:
    """Before the first frame; the text's rows in the cache begin at `row`."""
    keys = attention.text_keys(heads, cache, row, track.tokens)
    return Followed(keys, position, paths.new_path(track.tokens))


def follow(
    heads: Heads, track: Track, followed: Followed, seen: Seen, samples: Samples, clock: Clock
) -> tuple[list[SpokenWord], Followed]:
    """Go on by some sound: the words that are over, with times within the chunk.

    `seen` is of all frames from the first on, at least of those that are sound. What is given when
    depends on the number of samples alone.
    """
    blocks = np.abs(samples).reshape(-1, clock.frame // BLOCKS).max(axis=1)
    followed = followed._replace(loudness=(*followed.loudness, blocks))
    frames = sum(blocks.size for blocks in followed.loudness) // BLOCKS
    if frames < followed.frames + AT_ONCE:
        return [], followed
    followed = _looked(heads, track, followed, seen[:frames])
    places = followed.path.places
    return _over(track, followed, places, np.arange(places.size) + 0.5, clock)


def finish(
    heads: Heads, track: Track, followed: Followed, seen: Seen, clock: Clock
) -> list[SpokenWord]:
    """The words that are left when the chunk is all sound."""
    followed = _looked(heads, track, followed, seen)
    places = paths.finished(followed.path).places
    # at the end of the sound the text is over, wherever attention was last
    places = np.append(places, max(track.tokens - 0.5, places[-1]))
    moments = np.append(np.arange(places.size - 1) + 0.5, places.size - 1)
    return _over(track, followed, places, moments, clock)[0]


def _looked(heads: Heads, track: Track, followed: Followed, seen: Seen) -> Followed:
    """Go on along the path to the last frame that was seen."""
    path, frames = followed.path, followed.frames
    if frames == 0 and seen:
        path, frames = paths.advance(path, np.zeros((1, track.tokens), np.float32)), 1
    inputs = [x for x in seen[frames:] if x is not None]
    if inputs:
        # one list of many rows is made an array the fastest
        rows = np.concatenate([row for frame in inputs for row in frame])
        stacked = rows.reshape(len(inputs), len(heads.groups), -1)
        looks = attention.looks(heads, followed.keys, stacked, followed.position + frames)
        path = paths.advance(path, looks)
    return followed._replace(path=path, frames=frames + len(inputs))


def _over(
    track: Track, followed: Followed, places: Places, moments: Places, clock: Clock
) -> tuple[list[SpokenWord], Followed]:
    """The words that end before the last of the places, where the path is at the moments."""
    begin = followed.given
    end = int(np.searchsorted(track.edges[:, 1], places[-1], side="right"))
    if end <= begin:
        return [], followed
    edges = track.edges[begin:end]
    times = np.interp(edges, np.append(-0.5, places), np.append(0.0, moments))
    loud = np.concatenate(followed.loudness) > QUIET
    seconds, until = clock.frame / clock.rate, followed.until
    words = []
    for word, (low, high) in zip(track.words[begin:end], times.tolist(), strict=True):
        first, until = _sounding(low, high, loud, until)
        words.append(SpokenWord(word.text, first * seconds, until * seconds, word.start, word.end))
    return words, followed._replace(given=end, until=until)


def _sounding(low: float, high: float, loud: np.ndarray, until: float) -> tuple[float, float]:
    """A word's time in frames without the silence at its ends.

    Sound that begins shortly before the word, after silence, is the word's, but for what is the
    word's before, which ends at `until`.
    """
    first = int(low * BLOCKS)
    inside = loud[first : math.ceil(high * BLOCKS)]
    if not inside.any():
        return low, high
    before, after = int(inside.argmax()), int(inside[::-1].argmax())
    if before >= SILENCE:
        low = max(low, (first + before) / BLOCKS)
    elif not loud[max(0, first - EARLY) : first].all():
        early = int(loud[:first][::-1].argmin())
        low = max(until, min(low, (first - early) / BLOCKS))
    if after >= SILENCE:
        high = min(high, (first + inside.size - after) / BLOCKS)
    return low, high
