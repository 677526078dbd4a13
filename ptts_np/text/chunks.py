"""From a text of any length to the short, tidy chunks the model was trained to speak.

The model has learned from single sentences. `split` cuts a text at the ends of sentences (then at
commas, then, only where there is neither, between words) and joins neighbours up to a budget of
tokens; `prepare` gives each chunk the form of a sentence. All functions are pure, and their time
grows linearly with the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ptts_np.errors import ConfigError, InputError
from ptts_np.text.tokenizer import Tokenizer

SENTENCE_ENDS = ".!?…"
WEAK_ENDS = ",;:-–—"
CLOSERS = "\"'”’)]»"

# A clause without punctuation may exceed the budget this many times before it is cut at words:
# whole phrases sound better than an even cut, but not at the price of skipped words and memory.
UNPUNCTUATED_SLACK = 2

# White space that str.split knows; all other control characters have no place in a text.
_CONTROL_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"
_CONTROL = re.compile(f"(?![{_CONTROL_SPACE}])[\\x00-\\x1f\\x7f-\\x9f]")
_STRAY_COMMA = re.compile(rf"(?<=[{SENTENCE_ENDS}])\s*[,;:]")


@dataclass(frozen=True)
class TextRules:
    """How a model wants its text written; the fields are those of its configuration."""

    replace_characters: Mapping[str, str] = field(default_factory=dict)
    remove_semicolons: bool = False
    capitalize_first_letter: bool = True
    append_terminal_punctuation: bool = True
    pad_with_spaces_for_short_inputs: bool = False

    def __post_init__(self) -> None:
        for key in self.replace_characters:
            if len(key) != 1:
                raise ConfigError(
                    f"replace_characters: {key!r} is not one character; only single characters "
                    "can be replaced"
                )


def prepare(text: str, rules: TextRules) -> str:
    """`text` as the model wants to read it: one line, capitalised, ending like a sentence.

    Raises InputError when there is nothing to say in it (empty, or punctuation only) or when it
    holds control characters or lone surrogates, as binary data does.
    """
    text = _clean(text, rules)
    if rules.capitalize_first_letter:
        text = text[0].upper() + text[1:]
    if rules.append_terminal_punctuation:
        text = _end_as_sentence(text)
    if rules.pad_with_spaces_for_short_inputs and len(text.split()) < 5:
        text = " " * 8 + text
    return text


def frames_after_eos_guess(text: str, rules: TextRules | None = None) -> int:
    """Frames a model should go on after its EOS for the chunk `text`: 3 up to 4 words, else 1.

    Give the chunk as `split` returns it, and the rules where they may change its number of words.
    """
    words = (text if rules is None else _clean(text, rules)).split(maxsplit=5)
    return 3 if len(words) <= 4 else 1


def split(text: str, rules: TextRules, tokenizer: Tokenizer, max_tokens: int = 50) -> list[str]:
    """Chunks of `text` of about `max_tokens` tokens, to be prepared again one by one.

    Cuts fall after the ends of sentences, and after `,;:` in sentences over the budget; neighbours
    are joined while they fit. A clause without any punctuation stays whole up to twice the budget,
    as in the reference; a longer one, which the reference would read whole, is cut between words
    (within a word only if that alone is over the budget). Raises InputError as `prepare` does,
    and for a `max_tokens` below 1.
    """
    if max_tokens < 1:
        raise InputError(f"max_tokens is {max_tokens}: it must be 1 or more")
    prepared = prepare(text, rules).strip()
    # Chunks with nothing to say, such as a lone quote after a full stop, would only make noise.
    chunks = [
        chunk
        for chunk in _join(_segments(prepared, tokenizer, max_tokens), max_tokens)
        if has_speech(chunk)
    ]
    if not chunks:
        raise unknown(text)
    return chunks


def unknown(text: str) -> InputError:
    """The error for a text in another language's letters."""
    return InputError(
        f"the model knows none of the characters of the text {_excerpt(text)}: "
        "use a model of its language"
    )


def _clean(text: str, rules: TextRules) -> str:
    """`text` on one line with the rules' replacements; at least one letter or digit is in it."""
    _refuse_binary(text)
    cleaned = text.strip()
    if rules.replace_characters:
        table = str.maketrans(dict(rules.replace_characters))
        cleaned = " ".join(cleaned.translate(table).split())
        # Deleted quotes turn '"Hi?", she said' into 'Hi?, she said': the sentence mark stays.
        cleaned = _STRAY_COMMA.sub("", cleaned)
    cleaned = cleaned.replace("\n", " ").replace("\r", " ").replace("  ", " ")
    if rules.remove_semicolons:
        cleaned = cleaned.replace(";", ",")
    if not cleaned:
        raise InputError("the text is empty: give at least one word to say")
    if not has_speech(cleaned):
        raise InputError(
            f"the text {_excerpt(text)} has no letter or digit: there is no word to say"
        )
    return cleaned


def _refuse_binary(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"character {error.start + 1} of the text (U+{ord(text[error.start]):04X}) is half of "
            "a surrogate pair: the text was not decoded as UTF-8"
        ) from error
    if control := _CONTROL.search(text):
        raise InputError(
            f"character {control.start() + 1} of the text is the control character "
            f"U+{ord(control.group()):04X}: it looks like binary data; give plain text"
        )


def has_speech(text: str) -> bool:
    """Whether there is a letter or digit in it."""
    return any(map(str.isalnum, text))


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _end_as_sentence(text: str) -> str:
    """`text` ending in `.!?…`, looking through closing quotes and brackets."""
    core = text.rstrip(CLOSERS + " ")
    if not core or core[-1] in SENTENCE_ENDS:
        return text
    if core[-1] in WEAK_ENDS:
        return core.rstrip(WEAK_ENDS + " ") + "." + text[len(core) :].strip()
    return text + "."


def _segments(text: str, tokenizer: Tokenizer, max_tokens: int) -> Iterator[tuple[int, str]]:
    """(tokens, text) of the sentences of `text`, those over the budget cut into smaller parts."""
    sentence_ends = _ids_of_marks(".!...?", tokenizer)
    clause_ends = _ids_of_marks(",;:", tokenizer)
    ids = tokenizer.encode(text)
    for start, stop in _spans(ids, sentence_ends, tokenizer, keep_decimals=True):
        sentence = tokenizer.decode(ids[start:stop])
        if stop - start <= max_tokens:
            yield stop - start, sentence
            continue
        inner = tokenizer.encode(sentence.strip())
        spans = list(_spans(inner, clause_ends, tokenizer, keep_decimals=False))
        if len(spans) < 2:
            yield from _cut_at_words(sentence, stop - start, max_tokens, tokenizer)
        for first, last in spans if len(spans) > 1 else ():
            clause = tokenizer.decode(inner[first:last])
            yield from _cut_at_words(clause, last - first, max_tokens, tokenizer)


def _ids_of_marks(marks: str, tokenizer: Tokenizer) -> frozenset[int]:
    """The ids punctuation marks have within a text."""
    first, *rest = tokenizer.encode(marks)
    # the first id is that of a leading space, for vocabularies that mark where words begin
    plain = tokenizer.encode("a" + marks[0])[-1] == first
    return frozenset([first, *rest] if plain else rest)


def _spans(
    ids: Sequence[int], ends: Collection[int], tokenizer: Tokenizer, keep_decimals: bool
) -> Iterator[tuple[int, int]]:
    """Half-open ranges of `ids`, cut after each run of ids in `ends`."""
    start = 0
    after_end = False
    for index, token in enumerate(ids):
        if token in ends:
            after_end = True
            continue
        if after_end and not (keep_decimals and _inside_number(ids, index, tokenizer)):
            yield start, index
            start = index
        after_end = False
    yield start, len(ids)


def _inside_number(ids: Sequence[int], index: int, tokenizer: Tokenizer) -> bool:
    """True if the period before `ids[index]` stands between two digits, as in 3.14."""
    # A few tokens on either side decide it; decoding all of them would be quadratic.
    before = tokenizer.decode(ids[max(0, index - 8) : index])
    after = tokenizer.decode(ids[index : index + 8])
    return before[-1:] == "." and before[-2:-1].isdigit() and after[:1].isdigit()


def _cut_at_words(
    text: str, n_tokens: int, max_tokens: int, tokenizer: Tokenizer
) -> Iterator[tuple[int, str]]:
    """`text` whole if it is not far over the budget, else even parts within it, cut at spaces."""
    if n_tokens <= UNPUNCTUATED_SLACK * max_tokens:
        yield n_tokens, text
        return
    waiting = [text]
    while waiting:
        part = waiting.pop()
        count = len(tokenizer.encode(part))
        parts = [part] if count <= max_tokens else _even_parts(part, -(-count // max_tokens))
        if parts == [part]:
            yield count, part
        else:
            waiting.extend(reversed(parts))


def _even_parts(text: str, n: int) -> list[str]:
    """Up to `n` (at least 2) parts of about the same length, none empty, cut at spaces."""
    parts = []
    start = 0
    for index in range(1, n):
        target = len(text) * index // n
        if target <= start:
            continue
        cut = text.rfind(" ", start + 1, target + 1)
        if cut < 0:
            cut = text.find(" ", target, len(text) * (index + 1) // n)
        if cut < 0:
            cut = target
            # An accent of its own must not be torn from its letter.
            while cut < len(text) and unicodedata.combining(text[cut]):
                cut += 1
        parts.append(text[start:cut])
        start = cut
    parts.append(text[start:])
    return [stripped for part in parts if (stripped := part.strip())]


def _join(segments: Iterator[tuple[int, str]], max_tokens: int) -> Iterator[str]:
    """Neighbouring segments joined by a space while their tokens fit the budget."""
    waiting: list[str] = []
    total = 0
    for count, text in segments:
        if waiting and total + count > max_tokens:
            yield " ".join(waiting).strip()
            waiting, total = [], 0
        waiting.append(text)
        total += count
    yield " ".join(waiting).strip()
