"""A text as written to a reading: cleaned, without its markup, in sentences, every word said."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace

from ptts_np.errors import InputError
from ptts_np.reading import controls, engine, lexicon, sentences, ssml
from ptts_np.reading.clean import clean
from ptts_np.reading.language import Language, find_language
from ptts_np.reading.markup import Block
from ptts_np.reading.markup import blocks as marked_up
from ptts_np.reading.policy import Policy
from ptts_np.reading.result import Reading, Segment, Word
from ptts_np.reading.traced import Traced

_GIVEN = re.compile(f"{ssml.GIVEN}([\ue100-\uf8ff])")


def read(
    text: str,
    *,
    language: str = "en",
    markup: str = "auto",
    policy: Policy | None = None,
    pronunciations: Mapping[str, str] | None = None,
    voices: Collection[str] = (),
) -> Reading:
    """Read a text: what is said of it, sentence by sentence, and where each word came from.

    - `language`: en, fr, de, it, pt, es or nl.
    - `markup`: plain, markdown, html or ssml; auto finds SSML and web pages by how they begin, and
      takes the marks of Markdown out of everything else.
    - `policy`: pauses, and what is done with code, tables, addresses and emoji.
    - `pronunciations`: a word to a respelling, or to "/phonemes/".
    - `voices`: names that a line of a script may begin with, in brackets.

    A text without anything to say gives a reading without words. Raises InputError for binary data,
    for malformed SSML, and for settings out of range.
    """
    policy = policy or Policy()
    _check(policy)
    lexicon.check(pronunciations or {})
    spoken = find_language(language)
    cleaned, warnings = clean(text)
    found, given = _blocks(cleaned, markup, spoken, policy, voices)
    total = sum(block.pause for block in found if block.asked)
    if total > controls.MAX_ALL_PAUSES:
        raise InputError(f"the pauses add up to {total:g} s: {controls.MAX_ALL_PAUSES:g} at most")

    def give(word: str, phonemes: str) -> str:
        if (word, phonemes) not in numbers:
            if len(given) >= ssml.MAX_GIVEN:
                return word
            numbers[word, phonemes] = len(given)
            given.append((word, phonemes))
        return f"{ssml.GIVEN}{chr(0xE100 + numbers[word, phonemes])}"

    numbers = {pair: i for i, pair in enumerate(given)}
    segments: list[Segment] = []
    for block in found:
        in_language = find_language(block.style.language) if block.style.language else spoken
        traced = lexicon.apply(block.text, pronunciations or {}, give)
        segments += _segments(replace(block, text=traced), in_language, policy, given)
    if segments and not (found[-1].asked):
        segments[-1] = replace(segments[-1], pause=0.0)
    return Reading(tuple(segments), tuple(warnings))


def _blocks(
    text: Traced, markup: str, language: Language, policy: Policy, voices: Collection[str]
) -> tuple[list[Block], list[tuple[str, str]]]:
    if markup == "ssml" or (markup == "auto" and ssml.looks_like_ssml(text.text)):
        return ssml.blocks(text, language, policy)
    found = [
        replace(block, style=replace(block.style, voice=voice))
        for voice, part in controls.scripted(text, voices)
        for whole in marked_up(part, markup, policy)
        for block in controls.paused(whole)
    ]
    return found, []


def _segments(
    block: Block, language: Language, policy: Policy, given: list[tuple[str, str]]
) -> Iterator[Segment]:
    """The sentences of a block; the last has the block's pause, the first its marks."""
    said: list[tuple[Word, ...]] = []
    start = 0
    for end in sentences.ends(block.text.text, language):
        words = engine.say(block.text.cut(start, end), language, policy)
        start = end
        if words := [_resolved(word, given) for word in words]:
            said.append(tuple(_breathing(words, language)))
    if not said:
        if block.asked or block.marks:
            yield Segment((), block.pause, block.style, block.marks)
        return
    for i, sentence in enumerate(said):
        last = i + 1 == len(said)
        pause = block.pause if last else policy.sentence_pause
        yield Segment(sentence, pause, block.style, block.marks if i == 0 else ())


def _resolved(word: Word, given: list[tuple[str, str]]) -> Word:
    """A word that stands for one with phonemes of its own becomes that one."""
    match = _GIVEN.search(word.text)
    if match is None:
        return word
    written, phonemes = given[ord(match[1]) - 0xE100]
    return Word(_GIVEN.sub(written, word.text, count=1), word.start, word.end, phonemes)


def _breathing(words: list[Word], language: Language) -> list[Word]:
    """A comma where a clause is too long to be said in one breath."""
    for cut in sentences.clauses([word.text for word in words], language):
        words[cut - 1] = replace(words[cut - 1], text=words[cut - 1].text + ",")
    return words


def _check(policy: Policy) -> None:
    for field in fields(policy):
        value = getattr(policy, field.name)
        if field.name.endswith("_pause"):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or not 0 <= value <= controls.MAX_PAUSE:
                raise InputError(f"{field.name} must be from 0 to 60 seconds, not {value!r}")
        elif value not in ("say", "skip", "host", "name"):
            raise InputError(f"{field.name} cannot be {value!r}: see ptts_np.reading.policy")
