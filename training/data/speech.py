"""Stage 3: the teachers speak phoneme text -> speech/SPEAKER/NNN.npy (audio), NNN.npz (durations).

Two of these may run at once (`--part 0 --parts 2` and `--part 1 --parts 2`); finished shards are
kept.
"""

import os
import random
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from training.data.locked import locked
from training.data.spoken import RATE, Shard, cut_before
from training.data.teachers import Spoken, teacher
from training.settings import ASSETS, Settings, load, parser

LONE = 2  # words of a text at most, that it is one of lone words


def utterances(settings: Settings) -> list[str]:
    """Phoneme texts, single sentences and several in a row, within the budget of a chunk.

    They are kept in the work folder (utterances.txt): where they are, the teachers can speak
    without the package or its lexicon.
    """
    path = settings.path("utterances.txt")
    if not path.exists():
        found = read_aloud(settings)
        half = path.with_suffix(f".{os.getpid()}.part")
        half.write_text("\n".join(found), encoding="utf-8")
        half.replace(path)
    return path.read_text(encoding="utf-8").split("\n")


def read_aloud(settings: Settings) -> list[str]:
    """The sentences of the corpus as phonemes."""
    # imported here: a machine that only speaks has no need of the package
    from ptts_np.reading.read import read
    from ptts_np.text.pronounce import load_lexicon, pronounce

    lexicon = load_lexicon(ASSETS / "lexicon.gz")
    lines = settings.path("sentences.txt").read_text(encoding="utf-8").splitlines()
    found = in_a_row([pronounce(read(line).text, lexicon) for line in lines], settings)
    return [text for text in found if 1 < len(text) <= settings["text"]["max_phonemes"]]


def in_a_row(texts: list[str], settings: Settings) -> list[str]:
    """The texts, a share of them several in one; lone words are left alone as the settings say."""
    cfg = settings["text"]
    rng, dice = (random.Random(settings["seed"] + i) for i in (1, 2))
    found: list[str] = []
    current: str | None = None
    budget = 0
    for text in texts:
        if len(text.split()) <= LONE and dice.random() < cfg["lone_share"]:
            found.append(text)
            continue
        if current is not None and len(current) + 1 + len(text) <= budget:
            current = f"{current} {text}"
            continue
        if current is not None:
            found.append(current)
        current = text
        joined = rng.random() < cfg["joined_share"]
        budget = rng.randint(60, cfg["max_phonemes"]) if joined else 0
    return found if current is None else [*found, current]


def in_step(audio: np.ndarray, durations: np.ndarray) -> Spoken:
    """Locked from where the first frame begins."""
    cut = cut_before(durations)
    return np.concatenate([audio[:cut], locked(audio[cut:])]), durations


def main() -> None:
    """Speak the shards of this part that are not there yet."""
    flags = parser(__doc__)
    flags.add_argument("--part", type=int, default=0)
    flags.add_argument("--parts", type=int, default=1)
    flags.add_argument("--encode", action="store_true", help="store each shard's latents, too")
    args = flags.parse_args()
    settings = load(args)
    size = settings["speech"]["utterances_per_shard"]
    texts = utterances(settings)
    after = encoder(settings) if args.encode else None
    first = 0
    for speaker, count in settings["speech"]["shards"].items():
        kept = count - settings["speech"]["dev_shards"]
        # those kept for development first: a voice is made of them, however early this is stopped
        numbers = sorted(range(args.part, count, args.parts), key=lambda n: n < kept)
        speak_shards(settings, speaker, numbers, texts[first:], after)
        first += size * count


def encoder(settings: Settings) -> Callable[[Shard], None]:
    """What stores a shard's latents."""
    # imported here: speaking alone needs no PyTorch
    from training.codec import autoencoder
    from training.device import choose

    choose("cpu")
    return partial(autoencoder.encode_shard, settings, autoencoder.trained(settings))


def speak_shards(
    settings: Settings,
    speaker: str,
    numbers: Iterable[int],
    texts: list[str],
    after: Callable[[Shard], None] | None = None,
) -> None:
    """The shards with these numbers, of these texts, and what is to be done `after` each."""
    size = settings["speech"]["utterances_per_shard"]
    voice = None
    for number in numbers:
        path = Shard(speaker, number).path(settings, "speech", ".npz")
        chosen = texts[number * size : (number + 1) * size]
        if path.exists() or not chosen:
            continue
        voice = voice or teacher(settings, speaker)
        spoken = [voice.speak(text, seed=number * size + i) for i, text in enumerate(chosen)]
        if speaker in settings["speech"]["locked"]:
            spoken = [in_step(audio, durations) for audio, durations in spoken]
        write_shard(settings, Shard(speaker, number), list(zip(chosen, spoken, strict=True)))
        if after is not None:
            after(Shard(speaker, number))


def write_shard(settings: Settings, shard: Shard, spoken: list[tuple[str, Spoken]]) -> None:
    """Store phoneme texts and their speech; the .npz, written last, says that all is there."""
    path = shard.path(settings, "speech", ".npz")
    sounds = [audio for _, (audio, _) in spoken]
    np.save(path.with_suffix(".npy"), np.concatenate(sounds))
    half = path.with_suffix(".part")
    with half.open("wb") as file:
        np.savez(
            file,
            texts=np.array([text for text, _ in spoken]),
            samples=np.array([len(audio) for audio in sounds]),
            durations=np.concatenate([durations for _, (_, durations) in spoken]),
        )
    half.replace(path)
    minutes = sum(map(len, sounds)) / RATE / 60
    print(f"{shard.speaker} {path.name}: {minutes:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
