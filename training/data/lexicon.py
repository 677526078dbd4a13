"""Stage 2: the pronouncing lexicon, from the teacher's own reading of words -> lexicon.gz.

A word's reading is the one the teacher gives it most often in the corpus; words outside the corpus
get its dictionary's reading, and what a regular ending explains is left out.
"""

import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import hibari.g2p
from hibari.g2p import G2P
from hibari.g2p.token import Tok

from ptts_np.text.pronounce import HEADER, SYMBOLS, known_word, load_lexicon
from training.data.rules import learn_rules
from training.settings import ASSETS, load, parser

WORD_LIST = Path("/usr/share/dict/american-english-large")
WORD = re.compile(r"[a-zà-öø-ÿ]+(?:['-][a-zà-öø-ÿ]+)*", re.IGNORECASE)
SPELLED = (
    "US UK USA EU UN TV PC CD DVD ID IQ VIP FBI CIA BBC CEO DNA GPS HTML PDF USB URL API CPU GPU"
)


def same_marks(phonemes: str) -> str:
    """The alphabet the teacher's model is given."""
    return phonemes.replace("ɾ", "T").replace("ʔ", "t")


def readings_in_context(g2p: G2P, sentences: list[str]) -> dict[str, Counter[str]]:
    """How often the teacher reads each word in which way; a sentence's first word counts little."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        tokens = g2p.phonemize_tokens(g2p.tokenize(hibari.g2p.normalize(sentence)))
        for token in tokens:
            if token.phonemes and WORD.fullmatch(token.text):
                weight = 100 if token.text.islower() else 1
                counts[token.text.lower()][token.phonemes] += weight
    return counts


def alone(g2p: G2P, word: str) -> str:
    """The dictionary's reading of a word outside a sentence, or the teacher's guess."""
    phonemes, _ = g2p.lexicon(Tok(word, ""), hibari.g2p.Context(False))
    return same_marks(phonemes or g2p.oov(word) or "")


def dictionary_words() -> tuple[set[str], set[str]]:
    """Words of the teacher's dictionaries, then those of a word list it may have to guess."""
    folder = Path(hibari.g2p.ASSETS)
    known: set[str] = set()
    for name in ("lexicon_us_gold.json.gz", "lexicon_us_silver.json.gz"):
        known |= set(json.loads(gzip.decompress((folder / name).read_bytes())))
    listed = WORD_LIST.read_text(encoding="utf-8").split()
    return {w for w in known if WORD.fullmatch(w)}, {w for w in listed if "'" not in w}


def entries(g2p: G2P, sentences: list[str]) -> dict[str, str]:
    """Every word with its reading, cased spellings only where they sound different."""
    counts = readings_in_context(g2p, sentences)
    table = {word: same_marks(c.most_common(1)[0][0]) for word, c in counts.items()}
    known, listed = dictionary_words()
    lower = {w for w in known if w == w.lower()}
    for word in sorted(known | listed, key=lambda w: (w != w.lower(), w)):
        low = word.lower()
        if low not in table:
            table[low] = alone(g2p, word if low not in lower else low)
        elif word != low and low in lower and word in known and not word.isupper():
            reading = alone(g2p, word)
            if reading.replace("ˌ", "ˈ") != table[low].replace("ˌ", "ˈ"):
                table[word] = reading
    for word in SPELLED.split():
        table[word] = " ".join(alone(g2p, letter) for letter in word)
    for letter in "bcdefghijklmnopqrstuvwxyz":
        table[letter] = alone(g2p, letter.upper())
    table["a"] = "ˈA"
    return {w: p for w, p in table.items() if p and set(p) <= SYMBOLS}


@dataclass
class Kept:
    """The entries kept so far, looked up as a lexicon is."""

    table: dict[str, str]

    def find(self, word: str) -> str | None:
        """The phonemes of exactly this spelling."""
        return self.table.get(word)


def without_regular(table: dict[str, str]) -> dict[str, str]:
    """Drop the words whose reading follows from a shorter one and a regular ending."""
    kept = Kept({})
    for word in sorted(table, key=lambda w: (len(w), w)):
        if known_word(word, kept) != table[word]:
            kept.table[word] = table[word]
    return kept.table


def pack(table: dict[str, str], rules: dict[str, str]) -> bytes:
    """The lexicon file."""
    words = "\n".join(f"{w}\t{p}" for w, p in sorted(table.items()))
    contexts = "\n".join(f"{c}\t{p}" for c, p in sorted(rules.items()))
    return gzip.compress(f"{HEADER}\n{words}\n\n{contexts}\n".encode(), 9, mtime=0)


def main() -> None:
    """Write lexicon.gz into the folder of the embedded voice."""
    settings = load(parser(__doc__).parse_args())
    sentences = settings.path("sentences.txt").read_text(encoding="utf-8").splitlines()
    table = without_regular(entries(G2P(), sentences[: settings["lexicon"]["sentences"]]))
    every = settings["lexicon"]["rules_from_every"]
    rules = learn_rules(dict(list(table.items())[::every]))
    packed = pack(table, rules)
    path = ASSETS / "lexicon.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    load_lexicon(path)
    print(f"{len(table)} words, {len(rules)} rules, {len(packed)} bytes")


if __name__ == "__main__":
    main()
