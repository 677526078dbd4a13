"""Stage 1: sentences to speak, from Debian's texts and templates -> sentences.txt.

Needs the Debian packages fortunes, fortune-mod, bible-kjv, bible-kjv-text and wordnet-base.
"""

import random
import re
import subprocess
from pathlib import Path

from training.data.everyday import everyday
from training.data.shapes import shapes
from training.settings import HERE, Settings, load, parser

FORTUNES = Path("/usr/share/games/fortunes")
SKIPPED_FORTUNES = {
    "ascii-art",
    "disclaimer",
    "ethnic",
    "men-women",
    "translate-me",
    "zippy",
    "drugs",
}
WORDNET = Path("/usr/share/wordnet")
PLAIN = re.compile(r"[A-Za-z][A-Za-z ,.;:!?'\"-]*")
ROUGH = re.compile(
    r"\b(fuck|shit|cunt|nigg|whore|rape|bastard|faggot|bitch|piss)\w*", re.IGNORECASE
)


def clean(text: str) -> str:
    """One line with plain quotes and dashes."""
    text = text.replace("`", "'").replace("''", '"').replace("--", ", ")
    return re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"\s+", " ", text)).strip()


def sentences(text: str) -> list[str]:
    """Cut at sentence ends that a capital follows."""
    return re.split(r"(?<=[a-z\"][.!?])\s+(?=[\"A-Z])", clean(text))


def fortunes() -> list[str]:
    """Sentences of the fortune files, attributions and tables left out."""
    found: list[str] = []
    for path in sorted(FORTUNES.iterdir()):
        if path.suffix or path.name in SKIPPED_FORTUNES:
            continue
        for entry in path.read_text(encoding="utf-8", errors="ignore").split("\n%\n"):
            body = re.split(r"\n\s+--", entry)[0]
            if not re.search(r"\n {3,}|\t", body.strip()):
                found += sentences(body)
    return found


def bible() -> list[str]:
    """Sentences of the King James Bible."""
    run = subprocess.run(
        ["bible", "-f", "gen1:1-rev22:21"], check=True, capture_output=True, text=True
    )
    return [s for line in run.stdout.splitlines() for s in sentences(line.split(" ", 1)[-1])]


def wordnet() -> list[str]:
    """Example phrases of WordNet, made sentences."""
    found: list[str] = []
    for path in sorted(WORDNET.glob("data.*")):
        for phrase in re.findall(r'"([^"]+)"', path.read_text(encoding="utf-8")):
            mark = "" if phrase[-1] in ".!?" else "."
            found.append(clean(phrase[0].upper() + phrase[1:] + mark))
    return found


def usable(text: str, low: int, high: int) -> bool:
    """Plain words, a fair length, an ordinary sentence end."""
    words = text.split()
    return (
        low <= len(words) <= high
        and bool(PLAIN.fullmatch(text))
        and text[-1] in '.!?"'
        and not ROUGH.search(text)
        and max(map(len, words)) < 20
        and not re.search(r"\b[A-Z]{2,}\b|\w\.\w|[A-Z]\.", text)
    )


def bare(text: str) -> str:
    """Letters only, so that another mark does not make another text."""
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def held_out() -> set[str]:
    """The texts of all lists that are judged, which training never sees."""
    names = ("development", "test", "short", "long")
    lists = [(HERE / "judge" / f"{n}.txt").read_text(encoding="utf-8") for n in names]
    return {bare(line) for text in lists for line in text.splitlines()}


def build(settings: Settings) -> list[str]:
    """All usable sentences, shuffled, without repeats."""
    text = settings["text"]
    rng = random.Random(settings["seed"])
    verses = bible()
    rng.shuffle(verses)
    natural = [
        s
        for s in fortunes() + verses[: text["bible"]] + wordnet()
        if usable(s, text["min_words"], text["max_words"])
    ]
    avoid = held_out()
    found = list(dict.fromkeys(natural)) + everyday(text["everyday"], rng)
    found += shapes(found, text["shapes"], rng)
    found = [s for s in found if bare(s) not in avoid]
    rng.shuffle(found)
    return found


def main() -> None:
    """Write sentences.txt into the work folder."""
    settings = load(parser(__doc__).parse_args())
    found = build(settings)
    settings.path("sentences.txt").write_text("\n".join(found) + "\n", encoding="utf-8")
    print(f"{len(found)} sentences, {sum(len(s.split()) for s in found)} words")


if __name__ == "__main__":
    main()
