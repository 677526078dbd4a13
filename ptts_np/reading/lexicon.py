"""Pronunciations of the user's own: a word to another spelling, or to phonemes.

    # one word a line; a respelling is read as it stands, phonemes stand between slashes
    Nginx: engine ex
    cache: /kˈæʃ/

An entry in small letters is for the word however it is capitalized.
"""

import re
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path

from ptts_np.errors import ConfigError, InputError
from ptts_np.reading.traced import Traced

MAX_BYTES = 1_000_000
_LINE = re.compile(r"(?P<word>[^\s:=#][^:=\n]{0,99}?)\s*[:=]\s*(?P<said>\S[^\n]{0,199})")
_WORD = re.compile(r"[^\W_](?:[^\W_]|['.&+#-](?=[\w+#]))*[+#]*")

Lexicon = Mapping[str, str]


def load_lexicon(path: str | PathLike[str]) -> dict[str, str]:
    """Read a file of pronunciations. Raises ConfigError with the line that is wrong."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read the lexicon {path}: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"the lexicon {path} is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"the lexicon {path} is not UTF-8 text (byte {error.start})") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ConfigError(
                f"{path}, line {number}: write `word: respelling` or `word: /phonemes/`"
            )
        found[match["word"]] = match["said"]
    return found


def apply(text: Traced, lexicon: Lexicon, give: Callable[[str, str], str]) -> Traced:
    """Replace the words of the lexicon; `give(word, phonemes)` makes what stands for phonemes."""
    if not lexicon:
        return text

    def say(match: "re.Match[str]") -> str | None:
        word = match.group()
        said = lexicon.get(word) or lexicon.get(word.lower())
        if said is None:
            return None
        if len(said) > 2 and said[0] == said[-1] == "/":
            return give(word, said[1:-1])
        return said

    return text.sub(_WORD, say)


def check(lexicon: Lexicon) -> None:
    """Raise InputError for a lexicon that isn't words to words."""
    for word, said in lexicon.items():
        if not (isinstance(word, str) and isinstance(said, str) and word and said.strip("/ ")):
            raise InputError(f"the lexicon's entry {word!r}: {said!r} is not a word to a word")
