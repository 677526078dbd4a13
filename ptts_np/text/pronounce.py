"""Plain English text to phoneme text, by a lexicon with rules for the words it lacks.

The lexicon is one gzip file: a header line, then `word<TAB>phonemes` lines in code-point order,
an empty line, and letter-to-sound rules `context<TAB>phonemes` in code-point order. Phonemes are
the one-character symbols the embedded voice was trained on, with stress marks before vowels.
"""

import re
import unicodedata
import zlib
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from ptts_np.errors import ConfigError

HEADER = "pronunciation lexicon 1"
MAX_FILE_BYTES = 4_000_000
MAX_TEXT_BYTES = 16_000_000

VOWELS = frozenset("AIOWYaeiouæɐɑɒɔəɚɛɜɪʊʌᵊᵻ")
SYMBOLS = VOWELS | frozenset("bdfhjklmnpstvwxzðŋɡɹɾʃʒʔʤʧθTˈˌ ")
ENDINGS = (
    ("'s", [""]),
    ("ies", ["y"]),
    ("es", [""]),
    ("s", [""]),
    ("ied", ["y"]),
    ("ed", ["", "e"]),
    ("ing", ["", "e"]),
    ("ly", [""]),
    ("ness", [""]),
    ("less", [""]),
    ("ment", [""]),
    ("er", ["", "e"]),
)
SOUNDS = {"ing": "ɪŋ", "ly": "li", "ness": "nəs", "less": "ləs", "ment": "mənt", "er": "əɹ"}
PUNCTUATION = ".,!?;:"
APOSTROPHES = "‘’ʼ`´"
_ENTRY = rf"[^\t\n]{{1,80}}\t[{''.join(sorted(SYMBOLS))}]{{0,160}}"
ENTRIES = re.compile(rf"{_ENTRY}(?:\n{_ENTRY})*")
TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?|[.,!?;:]+")
# letter-to-sound rules look at so many letters left and right, the widest first
WINDOWS = ((4, 5), (3, 4), (3, 3), (2, 3), (2, 2), (1, 2), (1, 1), (0, 1), (0, 0))
EDGE = "_" * 5


class LexiconError(ConfigError):
    """A lexicon file that can't be used."""


class Dictionary(Protocol):
    """What words are looked up in."""

    def find(self, word: str) -> str | None:
        """The phonemes of exactly this spelling."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sorted `word<TAB>phonemes` lines and sorted letter-to-sound lines."""

    words: tuple[str, ...]
    rules: tuple[str, ...]

    def find(self, word: str) -> str | None:
        """The phonemes of exactly this spelling."""
        return _find(self.words, word)


def _find(lines: tuple[str, ...], key: str) -> str | None:
    key += "\t"
    i = bisect_left(lines, key)
    return lines[i][len(key) :] if i < len(lines) and lines[i].startswith(key) else None


def load_lexicon(path: str | Path) -> Lexicon:
    """Read and check a lexicon file; anything wrong with it is a LexiconError."""
    with Path(path).open("rb") as file:
        packed = file.read(MAX_FILE_BYTES + 1)
    if len(packed) > MAX_FILE_BYTES:
        raise LexiconError(f"{path}: larger than {MAX_FILE_BYTES} bytes")
    try:
        unpacker = zlib.decompressobj(wbits=31)
        data = unpacker.decompress(packed, MAX_TEXT_BYTES)
        if not unpacker.eof:
            raise LexiconError(f"{path}: cut short, or larger than {MAX_TEXT_BYTES} bytes unpacked")
        text = data.decode("utf-8")
    except (zlib.error, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: not a packed lexicon ({error})") from error
    header, _, body = text.partition("\n")
    words, gap, rules = body.partition("\n\n")
    if header != HEADER or not gap:
        raise LexiconError(f"{path}: does not begin with {HEADER!r} and two lists")
    return Lexicon(_entries(path, words), _entries(path, rules.removesuffix("\n")))


def _entries(path: str | Path, text: str) -> tuple[str, ...]:
    if not ENTRIES.fullmatch(text):
        raise LexiconError(f"{path}: a line is not `word<TAB>phonemes`, or has unknown phonemes")
    lines = text.split("\n")
    if lines != sorted(lines):
        raise LexiconError(f"{path}: its lines are not sorted")
    return tuple(lines)


class Phonemes(NamedTuple):
    """Phoneme text; `letters` says of each of its characters how many letters of the text stand
    before the word it was read from, and -1 of spaces and marks."""

    text: str
    letters: list[int]


def pronounce(text: str, lexicon: Lexicon) -> str:
    """Phoneme text of a text without digits or signs; see `pronounced`."""
    return pronounced(text, lexicon).text


def count_letters(text: str) -> int:
    """The letters of a text, as `Phonemes` counts them."""
    text = unicodedata.normalize("NFC", text)
    return sum(c.isalnum() and not c.isdecimal() and c not in APOSTROPHES for c in text)


def pronounced(text: str, lexicon: Lexicon) -> Phonemes:
    """Phoneme text of a text without digits or signs, and which letters it was read from.

    Words are separated by single spaces, `. , ! ? ; :` attached to the word before.
    """
    tokens = TOKEN.findall(_plain(text))
    parts: list[str] = []  # from the last to the first: small words are read by what follows them
    for i in range(len(tokens) - 1, -1, -1):
        if tokens[i][0] in PUNCTUATION:
            parts.append(next(mark for mark in "?!.:;," if mark in tokens[i]))
            continue
        first = i == 0 or tokens[i - 1][-1] in ".!?"
        if tokens[i] == "A" and _is_letter(tokens, i, first):
            parts.append("ˈA")
            continue
        phonemes = _small_word(tokens[i], parts[-1] if parts else ".")
        parts.append(phonemes or _word(tokens[i].rstrip("'"), lexicon, first))
    out = ""
    letters: list[int] = []
    before = 0
    for part, token in zip(reversed(parts), tokens, strict=True):
        if part and part in PUNCTUATION:
            if out and out[-1] not in PUNCTUATION:
                out += part
                letters.append(-1)
        elif part:
            if out:
                out += " "
                letters.append(-1)
            out += part
            letters += [before] * len(part)
        before += count_letters(token)
    return Phonemes(out, letters)


def _is_letter(tokens: list[str], i: int, first: bool) -> bool:
    """Whether an A is the letter, as in "Plan A failed" or "A B C", not the article."""
    following = tokens[i + 1] if i + 1 < len(tokens) else "."
    spelled = len(following) == 1 and following.isupper() and following != "I"
    return spelled or (not first and not following[:1].isupper())


def _plain(text: str) -> str:
    """Quotes, brackets, dashes and dots as the marks the model knows; a word's accents stay."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(f"[{APOSTROPHES}]", "'", text)
    text = re.sub(r"\s*[()\[\]{}]+\s*|\s+[-–]+\s+|\s*(?:[—―–]|--+)\s*", ", ", text)
    text = re.sub(r"(?:…|\.\.+)(?=\s+[^A-Z\s])", ",", text).replace("…", ".")
    return re.sub(r"([.!?])\s*,", r"\1 ", text)


def _small_word(token: str, following: str) -> str | None:
    """Readings of the smallest words, which depend on the sound or mark that follows."""
    if token == "I":
        return "ˌI"
    ends = following in PUNCTUATION
    vowel = following.lstrip("ˈˌ")[:1] in VOWELS
    match token.lower():
        case "the":
            return "ði" if vowel else "ðə"
        case "to":
            return "tu" if ends else "tʊ" if vowel else "tə"
        case "an":
            return "ɐn"
        case "a":
            return "ˈA" if ends else "ɐ"
    return None


def _word(token: str, lexicon: Lexicon, first: bool) -> str:
    """One written word: as it stands, in lower case, by its parts, by its letters, by rules."""
    low = token.lower()
    shouted = len(token) > 1 and token.isupper()
    exact = lexicon.find(token) if shouted or not first else None
    known = exact or known_word(low, lexicon)
    if known:
        return known
    if "-" in token:
        return " ".join(_word(part, lexicon, first) for part in token.split("-"))
    if "'" in token:
        parts = low.split("'")
        return "".join(known_word(part, lexicon) or _guess(part, lexicon) for part in parts)
    bare = "".join(c for c in unicodedata.normalize("NFD", low) if not unicodedata.combining(c))
    if bare != low:
        return _word(bare, lexicon, first)
    if len(token) == 1 or (shouted and len(token) < 6):
        letters = [lexicon.find(letter) or "" for letter in low]
        return " ".join(letter for letter in letters if letter)
    return _compound(low, lexicon) or _guess(low, lexicon)


def known_word(word: str, lexicon: Dictionary) -> str | None:
    """A word of the lexicon, or one with a regular ending."""
    if found := lexicon.find(word):
        return found
    for ending, spellings in ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            doubled = [stem[:-1]] if len(stem) > 3 and stem[-1] == stem[-2] else []
            for base in [stem + s for s in spellings] + doubled:
                found = lexicon.find(base) if len(base) > 1 else None
                if found:
                    return found + _ending(ending, found)
    return None


def _ending(ending: str, stem: str) -> str:
    """The sound of a regular ending after a stem's last sound."""
    last = stem[-1]
    if ending in ("s", "es", "ies", "'s"):
        return "ᵻz" if last in "szʃʒʧʤ" else "s" if last in "ptkfθ" else "z"
    if ending in ("ed", "d", "ied"):
        return "ᵻd" if last in "tdT" else "t" if last in "pkfθʃsʧ" else "d"
    return SOUNDS[ending]


def _compound(word: str, lexicon: Lexicon) -> str | None:
    """Two known words written as one, the first as long as can be; the second is stressed less."""
    for cut in range(len(word) - 3, 2, -1):
        left, right = lexicon.find(word[:cut]), known_word(word[cut:], lexicon)
        if left and right:
            return left + right.replace("ˈ", "ˌ")
    return None


def _guess(word: str, lexicon: Lexicon) -> str:
    """Letter-to-sound rules: for each letter the one with the widest matching context."""
    padded = f"{EDGE}{word}{EDGE}"
    sounds = ""
    for i in range(len(EDGE), len(EDGE) + len(word)):
        for left, right in WINDOWS:
            sound = _find(lexicon.rules, f"{padded[i - left : i]}|{padded[i : i + 1 + right]}")
            if sound is not None:
                sounds += sound
                break
    first, mark, rest = sounds.partition("ˈ")
    if mark:
        return first + mark + rest.replace("ˈ", "ˌ")
    vowel = next((i for i, sound in enumerate(sounds) if sound in VOWELS), None)
    return sounds if vowel is None else f"{sounds[:vowel]}ˈ{sounds[vowel:]}"
