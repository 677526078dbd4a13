"""Characters that a text carries along but that nobody would say."""

import re
import unicodedata

from ptts_np.errors import InputError
from ptts_np.reading.traced import Traced

# ligatures, letters of full width and of mathematics; not superscripts or fractions, which say more
_COMPATIBLE = re.compile("[\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff\u2024-\u2025]")
_GROUPS = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufe00-\ufe0f\ue000-\uf8ff]"
)
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,40}[A-Za-z]|\x1b\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)|\x1b")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_APOSTROPHES = re.compile("[\u2019\u02bc](?=\\w)|(?<=\\w)\u2019")
_HYPHENS = re.compile("[\u2010\u2011]")
_COMBINING = re.compile("[^\\W\\d_][\u0300-\u036f]{1,4}")
BINARY_SHARE = 0.05
"""Of control characters; a text with more of them is none."""


def clean(text: str) -> tuple[Traced, list[str]]:
    """Return the text without what can't be said, and warnings of what was passed over.

    Raises InputError for half surrogate pairs and for binary data.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"character {error.start + 1} of the text (U+{ord(text[error.start]):04X}) is half of "
            "a surrogate pair: the text was not decoded as UTF-8"
        ) from error
    traced = Traced.of(text).sub(_ANSI, lambda _: "")
    controls = list(_CONTROL.finditer(traced.text))
    warnings = []
    if controls:
        place, character = controls[0].start(), ord(controls[0].group())
        where = f"character {traced.starts[place] + 1} of the text is the control character"
        nul = any(match.group() == "\0" for match in controls)
        if nul or len(controls) > max(1, BINARY_SHARE * len(traced)):
            raise InputError(
                f"{where} U+{character:04X}: it looks like binary data; give plain text"
            )
        warnings.append(f"{where} U+{character:04X}: {len(controls)} of them passed over")
    for pattern, said in (
        (_CONTROL, ""),
        (_INVISIBLE, ""),
        (_GROUPS, ""),
        (_SPACES, " "),
        (_APOSTROPHES, "'"),
        (_HYPHENS, "-"),
    ):
        traced = traced.sub(pattern, lambda _, said=said: said)  # type: ignore[misc]
    for pattern, form in ((_COMPATIBLE, "NFKC"), (_COMBINING, "NFC")):
        traced = traced.sub(pattern, lambda match, form=form: _normal(form, match))  # type: ignore[misc]
    return traced, warnings


def _normal(form: str, match: "re.Match[str]") -> str:
    return unicodedata.normalize(form, match.group())  # type: ignore[arg-type]
