"""Numbers, times, money, abbreviations and symbols as English words."""


def spoken(text: str) -> str:
    """The text as it is read aloud."""
    return text
