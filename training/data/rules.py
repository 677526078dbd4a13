"""Letter-to-sound rules learned from the lexicon, for words it lacks.

Each letter is aligned with zero to three sounds (a stress mark belongs to its vowel) by a few
rounds of Viterbi counting. Then, from narrow to wide contexts, a rule is kept where it puts more
letters of the lexicon right than it spoils.
"""

import math
from collections import Counter, defaultdict

from ptts_np.text.pronounce import EDGE, WINDOWS

MOST = 3  # sounds of one letter
GAIN = 2  # letters a rule must put right, beyond those it spoils
FLOOR = math.log(1e-7)


def sounds_of(phonemes: str) -> list[str]:
    """Single sounds, stress marks joined to the one that follows."""
    found: list[str] = []
    mark = ""
    for symbol in phonemes:
        if symbol in "ˈˌ":
            mark = symbol
        else:
            found.append(mark + symbol)
            mark = ""
    return found


def align(word: str, sounds: list[str], score: dict[tuple[str, str], float]) -> list[str] | None:
    """The likeliest sounds of each letter, or none if they can't fit."""
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for letter in word:
        row: dict[int, tuple[float, int]] = {}
        for at, (value, _) in best[-1].items():
            for taken in range(MOST + 1):
                if at + taken > len(sounds):
                    break
                piece = "".join(sounds[at : at + taken])
                total = value + score.get((letter, piece), FLOOR - 3 * abs(taken - 1))
                if at + taken not in row or total > row[at + taken][0]:
                    row[at + taken] = (total, at)
        best.append(row)
    at = len(sounds)
    if at not in best[-1]:
        return None
    pieces: list[str] = []
    for row in reversed(best[1:]):
        before = row[at][1]
        pieces.append("".join(sounds[before:at]))
        at = before
    return pieces[::-1]


def alignments(table: dict[str, str], rounds: int = 4) -> list[tuple[str, list[str]]]:
    """All plain words with the sounds of each letter."""
    words = [
        (w, sounds_of(p)) for w, p in table.items() if w.isalpha() and w.islower() and " " not in p
    ]
    score: dict[tuple[str, str], float] = {}
    found: list[tuple[str, list[str]]] = []
    for step in range(rounds):
        chosen = words if step == rounds - 1 else words[:: max(1, len(words) // 20000)]
        found = [(w, pieces) for w, s in chosen if (pieces := align(w, s, score))]
        counts: Counter[tuple[str, str]] = Counter()
        for word, pieces in found:
            counts.update(zip(word, pieces, strict=True))
        totals: Counter[str] = Counter()
        for (letter, _), count in counts.items():
            totals[letter] += count
        score = {key: math.log(n / totals[key[0]]) for key, n in counts.items()}
    return found


def learn_rules(table: dict[str, str]) -> dict[str, str]:
    """Contexts `left|letter right` and the sounds they give."""
    places: list[tuple[str, int, str]] = []
    for word, pieces in alignments(table):
        padded = f"{EDGE}{word}{EDGE}"
        places += [(padded, i + len(EDGE), piece) for i, piece in enumerate(pieces)]
    current: list[str | None] = [None] * len(places)
    rules: dict[str, str] = {}
    for left, right in reversed(WINDOWS):
        groups: dict[str, list[int]] = defaultdict(list)
        for n, (padded, i, _) in enumerate(places):
            groups[f"{padded[i - left : i]}|{padded[i : i + 1 + right]}"].append(n)
        for context, members in groups.items():
            sound, count = Counter(places[n][2] for n in members).most_common(1)[0]
            right_now = sum(current[n] == places[n][2] for n in members)
            if count - right_now >= GAIN or (left == right == 0):
                rules[context] = sound
                for n in members:
                    current[n] = sound
    return rules
