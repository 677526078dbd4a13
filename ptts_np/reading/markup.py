"""Markdown, HTML and plain text to blocks: what is said in one go, and the pause after it."""

import html
import re
from dataclasses import dataclass, field
from typing import Literal

from ptts_np.errors import InputError
from ptts_np.reading.policy import Policy
from ptts_np.reading.result import Style
from ptts_np.reading.traced import Traced, joined

Markup = Literal["auto", "plain", "markdown", "html", "ssml"]
MARKUPS = ("auto", "plain", "markdown", "html", "ssml")
SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
            ".ssml": "ssml", ".txt": "plain"}  # fmt: skip

_LINE = re.compile(r"[^\n]*\n?")
_RULE = re.compile(r"[ \t]*([-=*_~#+])(?:[ \t]*\1){2,}[ \t]*$")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+|[ \t]+#+[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•‣▪]|(?P<number>\d{1,9})[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_QUOTE = re.compile(r"(?:[ ]{0,3}>[ ]?)+")
_FENCE = re.compile(r"[ ]{0,3}(?:```|~~~)")
_CELLS = re.compile(r"[ \t]*\|(?P<cells>.*)\|[ \t]*$")
_MARKS = (
    (re.compile(r"!\[([^\[\]\n]{0,500})\]\([^)\s]{0,2000}(?:\s[^)\n]{0,300})?\)"), 1),
    (re.compile(r"\[([^\[\]\n]{1,500})\]\([^)\s]{0,2000}(?:\s[^)\n]{0,300})?\)"), 1),
    (re.compile(r"\[([^\[\]\n]{1,500})\]\[[^\[\]\n]{0,100}\]"), 1),
    (re.compile(r"<(https?://[^>\s]{1,2000})>"), 1),
    (re.compile(r"<!--(?:(?!<!--).){0,5000}?-->|\[\^[^\]\s]{1,40}\]", re.DOTALL), 0),
    (re.compile(r"(\*\*\*|\*\*|\*|~~|==)(?=\S)([^*~=\n]{1,2000}?)(?<=\S)\1"), 2),
    (re.compile(r"(?<!\w)(___|__|_)(?=\S)([^_\n]{1,2000}?)(?<=\S)\1(?!\w)"), 2),
    (re.compile(r"(`{1,3})([^`\n]{1,1000})\1"), 2),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|$])"), 1),
)
_TAG = re.compile(
    r"<!--.*?(?:-->|$)|<![^<>]{0,500}>|<\?[^<>]{0,500}\?>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,20})(?:\s[^<>]{0,4000})?/?>",
    re.DOTALL,
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_HIDDEN = frozenset(["script", "style", "head", "template", "svg", "noscript"])
_PARAGRAPHS = frozenset(
    ["p", "div", "br", "section", "article", "blockquote", "table", "tr", "ul", "ol", "pre", "body",
     "header", "footer", "main", "nav", "figure", "figcaption", "hr", "form", "dl"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text without markup, then `pause` seconds.

    `asked` is the pause that somebody asked for, not one of the layout's.
    """

    text: Traced
    pause: float
    style: Style = field(default_factory=Style)
    marks: tuple[str, ...] = ()
    asked: bool = False


def blocks(text: Traced, markup: str, policy: Policy) -> list[Block]:
    """Return the blocks of a text in a known markup. Raises InputError for an unknown one."""
    if markup not in MARKUPS:
        raise InputError(f"markup must be one of {', '.join(MARKUPS)}, not {markup!r}")
    if markup == "html" or (markup == "auto" and looks_like_html(text.text)):
        return _html(text, policy)
    return _lines(text, policy, marks=markup in ("markdown", "auto"))


def looks_like_html(text: str) -> bool:
    """Whether a text is a web page or a part of one, not only a text with a < in it."""
    head = text[:2000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html", "<body", "<p>", "<div", "<h1"))


def entities(text: Traced) -> Traced:
    """Return the text with `&amp;` and its like as the characters they stand for."""
    return text.sub(_ENTITY, lambda m: _character(m.group()))


def _character(entity: str) -> str | None:
    said = html.unescape(entity)
    # a control character or a lone surrogate would be no text
    return None if said == entity else said if said.isprintable() else " "


def _lines(text: Traced, policy: Policy, *, marks: bool) -> list[Block]:
    found: list[Block] = []
    waiting: list[Traced] = []
    fenced = False

    def end(pause: float) -> None:
        block = joined(waiting).stripped()
        waiting.clear()
        if len(block):
            found.append(Block(_inline(block) if marks else entities(block), pause))
        elif found:
            found[-1] = Block(found[-1].text, max(found[-1].pause, pause))

    for match in _LINE.finditer(text.text):
        line, start = match.group().rstrip("\n"), match.start()
        if not match.group():
            continue
        place = text.cut(start, match.end())
        if marks and _FENCE.match(line):
            fenced = not fenced
            end(policy.paragraph_pause)
            continue
        if fenced:
            if policy.code == "say":
                found += _one(place, policy.item_pause, marks=False)
            continue
        if not line.strip():
            end(policy.paragraph_pause)
            continue
        if _RULE.match(line):
            # a line under a heading, or between paragraphs
            end(policy.heading_pause)
            continue
        if marks and (quote := _QUOTE.match(line)):
            place = place.cut(quote.end(), len(place))
            line = place.text.rstrip("\n")
        if marks and (heading := _HEADING.match(line)) and heading.start() == 0:
            end(policy.paragraph_pause)
            body = place.cut(heading.end(), len(line))
            found += _one(body.sub(re.compile(r"\s+#+\s*$"), lambda _: ""), policy.heading_pause)
            continue
        if marks and (row := _CELLS.match(line)):
            if waiting:
                end(policy.paragraph_pause)
            if policy.tables == "say" and not set(row["cells"]) <= set("-:| \t"):
                cells = place.cut(row.start("cells"), row.end("cells"))
                found += _one(cells.sub(re.compile(r"\s*\|\s*"), lambda _: ", "), policy.item_pause)
            continue
        if item := _ITEM.match(line):
            end(policy.item_pause)
            if item["number"] is None:
                place = place.cut(item.end(), len(place))
            waiting.append(place)
            found_item = True
        else:
            found_item = False
            waiting.append(place)
        if found_item and _followed_by_item(text.text, match.end()):
            end(policy.item_pause)
    end(0.0)
    return found


def _followed_by_item(text: str, place: int) -> bool:
    return bool(_ITEM.match(text, place))


def _one(text: Traced, pause: float, *, marks: bool = True) -> list[Block]:
    stripped = text.stripped()
    if not len(stripped):
        return []
    return [Block(_inline(stripped) if marks else stripped, pause)]


def _inline(text: Traced) -> Traced:
    """Return a block without the marks within its lines."""
    for pattern, group in _MARKS:
        while len(text) and pattern.search(text.text):
            before = text
            text = _keep(text, pattern, group)
            if group != 2 or len(before) == len(text):
                break
    return entities(text)


def _keep(text: Traced, pattern: "re.Pattern[str]", group: int) -> Traced:
    parts: list[Traced] = []
    done = 0
    for match in pattern.finditer(text.text):
        parts.append(text.cut(done, match.start()))
        if group:
            parts.append(text.cut(match.start(group), match.end(group)))
        done = match.end()
    return joined([*parts, text.cut(done, len(text))])


def _html(text: Traced, policy: Policy) -> list[Block]:
    found: list[Block] = []
    waiting: list[Traced] = []
    hidden = ""
    done = 0

    def end(pause: float) -> None:
        block = entities(joined(waiting)).stripped()
        waiting.clear()
        if len(block):
            found.append(Block(block, pause))
        elif found:
            found[-1] = Block(found[-1].text, max(found[-1].pause, pause))

    for match in _TAG.finditer(text.text):
        if not hidden:
            waiting.append(text.cut(done, match.start()))
        done = match.end()
        name = (match["name"] or "").lower()
        skipped = name in _HIDDEN or (name in ("pre", "code") and policy.code == "skip")
        skipped = skipped or (name == "table" and policy.tables == "skip")
        if hidden:
            hidden = "" if match["close"] and name == hidden else hidden
        elif skipped and not match["close"]:
            hidden = name
        elif re.fullmatch(r"h[1-6]", name):
            end(policy.heading_pause if match["close"] else policy.paragraph_pause)
        elif name in ("li", "dt", "dd"):
            end(policy.item_pause)
        elif name in ("td", "th") and match["close"]:
            waiting.append(text.replaced(match.start(), match.end(), ", "))
        elif name in _PARAGRAPHS:
            end(policy.item_pause if name in ("br", "tr") else policy.paragraph_pause)
    if not hidden:
        waiting.append(text.cut(done, len(text)))
    end(0.0)
    return found
