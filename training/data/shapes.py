"""Texts of unusual shapes, made from what the corpus has: lone words, endless sentences, pieces.

Whoever only hears sentences of four to twenty words says "Help" like the start of one, and loses
the beginning of a sentence that never pauses.
"""

import random
import re

import yaml

from training.settings import HERE

REPLIES = yaml.safe_load((HERE / "data" / "replies.yaml").read_text(encoding="utf-8"))
MARKS = [".", ".", ".", "!", "?", ""]


def capital(text: str) -> str:
    """With a large first letter."""
    return text[:1].upper() + text[1:]


def lone(words: list[str], rng: random.Random) -> str:
    """One or two words: a reply, an interjection, or any word of the corpus alone."""
    kind = rng.random()
    if kind < 0.45:
        text = rng.choice(REPLIES["replies"])
    elif kind < 0.6:
        text = rng.choice(REPLIES["interjections"])
    elif kind < 0.75:
        text = f"{rng.choice(REPLIES['before'])} {rng.choice(REPLIES['after'])}"
    else:
        text = rng.choice(words)
    return capital(text) + rng.choice(MARKS)


def unbroken(sentences: list[str], rng: random.Random, budget: int) -> str:
    """Sentences joined by a word each, without a pause, until they have `budget` letters."""
    text = ""
    while True:
        sentence = re.sub(r"[,;:.!?\"]", "", rng.choice(sentences))
        first, rest = sentence[:1], sentence[1:]
        if not re.match(r"I\b", sentence):
            first = first.lower()
        longer = f"{text} {rng.choice(REPLIES['links'])} {first}{rest}"
        if len(longer) > budget:
            return capital(text.strip()) + "." if text else sentence + "."
        text = longer if text else sentence


def piece(sentence: str, rng: random.Random) -> str:
    """The first or the last words of a sentence, as the engine cuts one that is too long."""
    words = sentence.split()
    at = rng.randint(1, len(words) - 1)
    if rng.random() < 0.5:
        return capital(" ".join(words[at:]))
    return " ".join(words[:at]).rstrip(",;:")


def shapes(sentences: list[str], counts: dict[str, int], rng: random.Random) -> list[str]:
    """So many `lone`, `unbroken` and `pieces` as the counts say, from sentences of the corpus."""
    words = sorted({w.lower() for s in sentences for w in re.findall(r"[A-Za-z]{2,}", s)})
    long_enough = [s for s in sentences if len(s.split()) > 6]
    found = [lone(words, rng) for _ in range(counts["lone"])]
    found += [unbroken(sentences, rng, rng.randint(120, 210)) for _ in range(counts["unbroken"])]
    found += [piece(rng.choice(long_enough), rng) for _ in range(counts["pieces"])]
    return list(dict.fromkeys(found))
