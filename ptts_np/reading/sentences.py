"""Where sentences end, and where one that is too long for a breath may be cut."""

import re
from collections.abc import Iterable, Iterator

from ptts_np.errors import InputError
from ptts_np.reading.language import Language, find_language
from ptts_np.reading.words import NEVER_LAST, labelled

_STOP = re.compile(r"[.!?…。！？]+[\"'”’)\]»]{0,3}(?=\s|$)")
_LAST_WORD = re.compile(r"(?:[^\W_]|[.&'-]|/(?=\w))+$")
_OPENERS = "\"'“‘(«¿¡["
MAX_CLAUSE_WORDS = 24
"""Of a clause without punctuation; a longer one is cut at conjunctions."""
_SHORTEST_PART = 6
SHORTEST = 24
"""Characters of a sentence that is worth to be spoken while others still come."""


def ends(text: str, language: Language, *, complete: bool = True) -> Iterator[int]:
    """Yield where each sentence ends, after its closing quotes, the last with the text.

    With `complete` false more text may follow: an end that what follows could still undo isn't
    given, nor the end of the text.
    """
    last = 0
    for match in _STOP.finditer(text):
        rest = text[match.end() : match.end() + 60].lstrip()
        if not rest:
            break
        if _is_end(text, match, rest, language):
            last = match.end()
            yield last
    if complete and text[last:].strip():
        yield len(text)


def _is_end(text: str, stop: "re.Match[str]", rest: str, language: Language) -> bool:
    marks = stop.group().rstrip("\"'”’)]»")
    follows = rest.lstrip(_OPENERS)[:1]
    if marks != ".":
        # an aside or a quotation goes on in small letters
        return not follows.islower()
    before = text[max(0, stop.start() - 40) : stop.start()]
    # only the last word is searched: the pattern tries every place in what it is given
    found = _LAST_WORD.search(before[max(map(before.rfind, " \n\t")) + 1 :])
    word = found.group().lstrip(".'-") if found else ""
    if not word:
        return not follows.islower()
    start = stop.start() - len(word)
    if any(key.startswith(f"{word}. ") and text.startswith(key, start) for key in language.phrases):
        return False
    if word in language.titles and word not in language.short:
        return False
    if follows.islower():
        return False
    if len(word) == 1 and word.isupper():
        return labelled(text, stop.start() - 1, language)
    if word in ("St", "Dr", "Gen", "Mr", "Mrs", "Ms", "Prof", "Sr") and word in language.titles:
        return word == "St" and _street(text, stop.start())
    if re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word):
        # "5 p.m. They" ends, "the U.S. Army" and "J.R. Marsh" do not
        small = word.lower() in ("a.m", "p.m", "a.d", "b.c", "d.c")
        return small and follows.isalpha()
    if follows.isdigit() and re.fullmatch(language.month_pattern, word):
        return False
    if word in language.short and follows.isdigit():
        return word.lower() in _CLOSING
    if word.lower() in NEVER_LAST:
        return False
    # a rank or a date: "am 3. Mai"
    return not (language.code == "de" and word.isdigit() and len(word) < 3)


_CLOSING = frozenset(["etc", "ecc", "usw", "enz", "al", "inc", "ltd", "co", "jr", "st", "ave"])
"""Abbreviations that seldom stand before a number of their own."""


def _street(text: str, place: int) -> bool:
    return bool(re.search(r"[A-Z][^\W\d_]+ St$", text[max(0, place - 30) : place]))


def sentence_end(text: str, language: Language) -> int | None:
    """Return where the sentence a text begins with ends, None while that isn't certain.

    Sentences of less than `SHORTEST` characters are taken together with the next. An empty line
    ends one, too.
    """
    blank = re.search(r"\n[ \t]*\n", text)
    found = ends(text, language, complete=False)
    end = next((end for end in found if end >= SHORTEST), None)
    if blank and (end is None or blank.end() <= end):
        return blank.end()
    return end


def whole_sentences(pieces: Iterable[str], code: str) -> Iterator[str]:
    """Yield the sentences of a text that comes in pieces, each as soon as it is whole."""
    language = find_language(code)
    pending = ""
    for piece in pieces:
        if not isinstance(piece, str):
            raise InputError(f"a text comes in pieces of str, not of {type(piece).__name__}")
        pending += piece
        while (end := sentence_end(pending, language)) is not None:
            yield pending[:end]
            pending = pending[end:]
    if pending.strip():
        yield pending


def clauses(words: list[str], language: Language) -> list[int]:
    """Return after how many words a sentence is cut, so that no clause is too long for a breath.

    Only a stretch without punctuation of more than `MAX_CLAUSE_WORDS` is cut: before conjunctions,
    and where there is none for as long, between words.
    """
    cuts: list[int] = []
    start = 0
    for i, word in enumerate(words):
        if word[-1:] in ",;:.!?…—–":
            start = i + 1
        elif i + 1 - start > MAX_CLAUSE_WORDS:
            middle = range(start + _SHORTEST_PART, i + 1)
            fitting = [k for k in middle if words[k].lower() in language.conjunctions]
            cut = fitting[-1] if fitting else i
            cuts.append(cut)
            start = cut
    return cuts
