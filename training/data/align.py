"""When each symbol of a text is spoken: the best path through what is heard in each piece."""

import numpy as np

STEP = 4  # symbols a piece may be ahead of the one before: some are shorter than a piece
NEVER = -1e9


def path(heard: np.ndarray, text: np.ndarray) -> np.ndarray:
    """The text position heard in each piece of sound, never going back.

    Args:
        heard: log-probability of each symbol in each piece, `[pieces, symbols]`.
        text: index of each of the text's symbols, `[length]`.

    Returns:
        Positions in the text, `[pieces]`; the first is one of the first STEP, the last the last.

    Raises:
        ValueError: too little sound for so long a text.
    """
    pieces, length = len(heard), len(text)
    if not length or pieces * STEP < length:
        raise ValueError(f"{length} symbols cannot be spoken in {pieces} pieces of sound")
    scores = heard[:, text]
    best = np.full(length, NEVER)
    best[:STEP] = scores[0, :STEP]
    came = np.zeros((pieces, length), np.int64)
    for t in range(1, pieces):
        moves = np.full((STEP + 1, length), NEVER)
        for step in range(min(STEP, length - 1) + 1):
            moves[step, step:] = best[: length - step]
        came[t] = moves.argmax(0)
        best = moves.max(0) + scores[t]
    found = np.empty(pieces, np.int64)
    at = length - 1
    for t in range(pieces - 1, -1, -1):
        found[t] = at
        at -= came[t, at]
    return found


def starts(positions: np.ndarray, length: int, samples: int) -> np.ndarray:
    """First sample of each of `length` symbols, for pieces of so many samples: `[length]`.

    A symbol that no piece is given to starts with the next one.
    """
    return np.searchsorted(positions, np.arange(length)) * samples
