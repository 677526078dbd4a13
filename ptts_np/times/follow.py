"""The words of one chunk, found while it is spoken."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from ptts_np.times import heads as attention
from ptts_np.times import path as paths
from ptts_np.times.heads import Heads, Keys
from ptts_np.times.path import Path
from ptts_np.times.places import Track
from ptts_np.times.words import SpokenWord

Samples = Float32[np.ndarray, "samples"]
Inputs = Float32[np.ndarray, "layers d_model"]

QUIET = 0.005
"""Sound up to here is silence: words begin and end with sound."""


class Followed(NamedTuple):
    """How far a chunk has come: the path, the words given, the sound's samples so far and the
    first and last of them that can be heard."""

    path: Path
    keys: tuple[Keys, ...]
    frames: int = 0
    given: int = 0
    samples: int = 0
    heard_from: int | None = None
    heard_until: int = 0


class Clock(NamedTuple):
    """Samples in a second and in a frame."""

    rate: int
    frame: int


def begin(heads: Heads, track: Track, cache: np.ndarray, first: int) -> Followed:
    """Before the first frame; the text's rows in the cache begin at `first`."""
    keys = attention.text_keys(heads, cache, first, track.tokens)
    return Followed(paths.new_path(track.tokens), tuple(keys))


def follow(
    heads: Heads,
    track: Track,
    followed: Followed,
    seen: Sequence[Inputs | None],
    position: int,
    samples: Samples,
    clock: Clock,
) -> tuple[list[SpokenWord], Followed]:
    """Go on by some frames: the words that are over.

    `seen` are the inputs of the heads' layers in each frame; in the first, which is written
    together with the reading of the text, they are None. `position` is that of the chunk's first
    frame in the stream, `samples` the sound of the frames. Times are within the chunk.
    """
    path, begun = followed.path, followed.frames
    if seen and seen[0] is None:
        path = paths.advance(path, np.zeros((1, track.tokens), np.float32))
    inputs = [x for x in seen if x is not None]
    if inputs:
        start = position + begun + len(seen) - len(inputs)
        looks = attention.looks(heads, followed.keys, np.stack(inputs, axis=1), start)
        path = paths.advance(path, looks)
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    begin, until = followed.heard_from, followed.heard_until
    if loud.size:
        begin = followed.samples + int(loud[0]) if begin is None else begin
        until = followed.samples + int(loud[-1]) + 1
    after = followed._replace(
        path=path,
        frames=begun + len(seen),
        samples=followed.samples + samples.size,
        heard_from=begin,
        heard_until=until,
    )
    return _over(track, after, clock)


def finish(track: Track, followed: Followed, clock: Clock) -> list[SpokenWord]:
    """The words that are left when the chunk is all spoken."""
    path = paths.finished(followed.path)
    # at the end of the sound the text is over, wherever attention was last
    places = np.append(path.places, track.tokens - 0.5)
    words, _ = _over(track, followed._replace(path=path._replace(places=places)), clock)
    return words


def _over(track: Track, followed: Followed, clock: Clock) -> tuple[list[SpokenWord], Followed]:
    """The words the path has passed, in order."""
    places, words, given = followed.path.places, [], followed.given
    while given < len(track.words) and places.size and track.edges[given][1] <= places[-1]:
        low, high = (
            round(paths.time_at(places, edge) * clock.frame) for edge in track.edges[given]
        )
        begin, end = _heard(low, high, followed)
        word = track.words[given]
        words.append(
            SpokenWord(_bare(word.text), begin / clock.rate, end / clock.rate, word.start, word.end)
        )
        given += 1
    return words, followed._replace(given=given)


def _heard(low: int, high: int, followed: Followed) -> tuple[int, int]:
    """The samples of a word, without silence before the first sound and after the last so far."""
    high = min(high, followed.samples)
    low = min(low, high)
    begin = followed.heard_from
    if begin is None:
        return low, high
    low = min(max(low, begin), high)
    return low, max(low, min(high, followed.heard_until))


def _bare(text: str) -> str:
    """A word without the punctuation around it."""
    kept = [i for i, c in enumerate(text) if c.isalnum()]
    return text[kept[0] : kept[-1] + 1]
