"""Everyday sentences from templates (everyday.yaml): dialogue, times, places, names, replies."""

import random
import re

import yaml

from training.settings import HERE

DATA = yaml.safe_load((HERE / "data" / "everyday.yaml").read_text(encoding="utf-8"))
ONES, TENS = DATA["ones"], DATA["tens"]


def number(rng: random.Random) -> str:
    """A number in words, small ones more often."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(ONES[1:])
    small = (
        f"{rng.choice(TENS)} {rng.choice(ONES[1:10])}" if rng.random() < 0.7 else rng.choice(TENS)
    )
    if kind < 0.75:
        return small
    hundreds = f"{rng.choice(ONES[1:10])} hundred"
    if kind < 0.9:
        return f"{hundreds} {small}" if rng.random() < 0.5 else hundreds
    return f"{rng.choice(ONES[1:])} thousand {hundreds}"


def clock(rng: random.Random) -> str:
    """A time of day in words."""
    hour = rng.choice(ONES[1:13])
    return rng.choice(
        [f"{hour} o'clock", f"half past {hour}", f"quarter past {hour}", f"quarter to {hour}",
         f"{hour} {rng.choice(TENS[:4])}", f"{hour} fifteen", f"{hour} in the morning",
         f"{hour} oh {rng.choice(ONES[1:10])}", "noon", "midnight",
         f"{hour} {rng.choice(TENS[:4])} {rng.choice(ONES[1:10])}"]
    )  # fmt: skip


def year(rng: random.Random) -> str:
    """A year in words."""
    if rng.random() < 0.3:
        return f"two thousand {rng.choice(ONES[1:])}"
    century = rng.choice(["fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"])
    return f"{century} {rng.choice(TENS)} {rng.choice(ONES[1:10])}"


def slot(name: str, rng: random.Random) -> str:
    """Something for a template's {name}."""
    match name:
        case "N":
            return number(rng)
        case "T":
            return clock(rng)
        case "Y":
            return year(rng)
        case "d":
            return rng.choice(ONES[:10])
    return rng.choice(DATA[name])


def everyday(count: int, rng: random.Random) -> list[str]:
    """`count` different sentences, the fixed short ones first."""
    found = dict.fromkeys(DATA["short"])
    while len(found) < count:
        template = rng.choice(DATA["templates"])
        text = re.sub(r"\{(\w)\}", lambda m: slot(m.group(1), rng), template)
        found[text[:1].upper() + text[1:]] = None
    return list(found)[:count]
