"""Your recordings as a speaker: a folder in LJSpeech's layout -> speech/NAME/NNN.npy and NNN.npz.

The folder has `metadata.csv`, a line `ID|text` or `ID|text|text written out` for each recording,
and `wavs/ID.wav` (or .flac). The text is read by the lexicon; the analysis in the work folder,
which has learnt to name symbols, says when each of them is spoken. Settings for the other stages
are written to NAME.yaml in the work folder.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
import yaml

from ptts_np.reading.read import read
from ptts_np.text.pronounce import load_lexicon, pronounce
from training.codec import autoencoder
from training.codec.mel import log_mel
from training.data import align
from training.data.speech import in_step, write_shard
from training.data.spoken import FRAME, INDEX, LEAD, RATE, TAIL, Shard
from training.data.teachers import Spoken
from training.device import choose
from training.export.packaged import load_averaged
from training.settings import ASSETS, load, parser

LEVEL = -28.0  # dB below full scale: the teachers' own
SILENT = 0.03  # share of the largest loudness below which a recording has not begun
LONGEST = 20.0  # seconds
HALF = FRAME // 2  # samples the analysis names a symbol for


def listed(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each recording's file and text.

    Raises:
        FileNotFoundError: no metadata.csv, or a recording it names is not there.
        ValueError: a line without a text, or a name that leaves the folder.
    """
    table = folder / "metadata.csv"
    for number, line in enumerate(table.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        name, *texts = line.split("|")
        text = next((t.strip() for t in reversed(texts) if t.strip()), "")
        if not text or Path(name).name != name:
            raise ValueError(f"{table}, line {number}: expected ID|text, not {line[:80]!r}")
        for suffix in (".wav", ".flac"):
            path = folder / "wavs" / f"{name}{suffix}"
            if path.is_file():
                yield path, text
                break
        else:
            raise FileNotFoundError(f"{table}, line {number}: there is no wavs/{name}.wav or .flac")


def sound_of(path: Path) -> np.ndarray:
    """Float32 mono at 24 kHz, at the teachers' level."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    low = soxr.resample(audio.mean(1), rate, RATE)
    loud = float(np.sqrt(np.mean(low**2))) if low.size else 0.0
    if loud == 0.0:
        raise ValueError(f"{path}: nothing but silence")
    return (low * (10 ** (LEVEL / 20) / loud)).astype(np.float32)


def begin_and_end(audio: np.ndarray) -> tuple[int, int]:
    """First sample of the speech and the one after its last, by loudness in pieces of 10 ms."""
    step = RATE // 100
    pieces = audio[: len(audio) // step * step].reshape(-1, step)
    loud = np.flatnonzero(np.sqrt((pieces**2).mean(1)) > SILENT * float(np.abs(audio).max()))
    if not len(loud):
        return 0, len(audio)
    return max(0, int(loud[0]) * step - step), min(len(audio), (int(loud[-1]) + 2) * step)


@torch.no_grad()
def named(analysis: autoencoder.Autoencoder, audio: np.ndarray) -> np.ndarray:
    """Log-probability of each symbol in each half of a frame, `[2 frames, symbols]`."""
    whole = np.pad(audio, (0, -len(audio) % FRAME))
    sound = torch.from_numpy(whole).to(torch.get_default_device())
    latents = analysis.encode(log_mel(sound[None])[..., : len(whole) // 240])
    logits = analysis.sound(latents)[0].unflatten(-1, (2, -1)).flatten(0, 1)
    return logits.log_softmax(-1).cpu().numpy()


def spoken(analysis: autoencoder.Autoencoder, audio: np.ndarray, phonemes: str) -> Spoken:
    """A recording as a teacher would have given it: int16, and the length of each symbol."""
    first, last = begin_and_end(audio)
    speech = audio[first:last]
    text = np.array([INDEX[symbol] for symbol in phonemes])
    positions = align.path(named(analysis, speech), text)
    starts = np.minimum(align.starts(positions, len(text), HALF), len(speech))
    lengths = np.diff(starts, append=len(speech))
    lengths[0] += starts[0]  # no sound before the first symbol
    before = min(first, LEAD)
    kept = audio[first - before : last]
    padded = np.pad(kept, (LEAD - before, TAIL + FRAME))
    durations = np.concatenate([[LEAD], lengths, [TAIL + FRAME]])
    return np.round(np.clip(padded, -1, 1) * 32767).astype(np.int16), durations.astype(np.int32)


def changes(name: str, shards: int, lock: bool) -> dict:
    """Settings for a voice of this speaker alone."""
    return {
        "speech": {"shards": {name: shards}, "locked": [name] if lock else []},
        "refine": {"share": {name: 1.0}},
        "decoder": {"share": {name: 1.0}},
        "flow": {"share": {name: 1.0}},
        "export": {"voices": {name: {"speaker": name, "utterance": 0, "start": 3}}},
    }


def main() -> None:
    """Read all recordings into shards."""
    flags = parser(__doc__)
    flags.add_argument("folder", type=Path)
    flags.add_argument("--name", required=True, help="of the voice: letters, digits, _")
    flags.add_argument("--lock", action="store_true", help="a voice above 130 Hz: see the README")
    flags.add_argument(
        "--size", type=int, help="recordings of a shard (default: a fifth, at most 100)"
    )
    args = flags.parse_args()
    if not args.name.isidentifier():
        flags.error(f"{args.name!r} is no name: letters, digits and _ only")
    settings = load(args)
    choose()
    analysis = autoencoder.build(settings)
    if not load_averaged(settings, "autoencoder", analysis):
        raise SystemExit("there is no analysis in the work folder yet: run training.codec.recover")
    lexicon = load_lexicon(ASSETS / "lexicon.gz")
    group: list[tuple[str, Spoken]] = []
    count = left_out = 0
    rows = list(listed(args.folder))
    # the last shard is kept for development, so there must be several
    size = args.size or max(1, min(100, len(rows) // 5))
    for path, text in rows:
        phonemes, audio = pronounce(read(text).text, lexicon), sound_of(path)
        fits = 1 < len(phonemes) <= settings["text"]["max_phonemes"]
        if not fits or len(audio) > LONGEST * RATE:
            left_out += 1
        else:
            made = spoken(analysis, audio, phonemes)
            group.append((phonemes, in_step(*made) if args.lock else made))
        if len(group) == size:
            write_shard(settings, Shard(args.name, count), group)
            group, count = [], count + 1
    if group:
        write_shard(settings, Shard(args.name, count), group)
        count += 1
    path = settings.path(f"{args.name}.yaml")
    path.write_text(yaml.safe_dump(changes(args.name, count, args.lock)), "utf-8")
    print(f"{count} shards; {left_out} recordings too long or without words; settings: {path}")


if __name__ == "__main__":
    main()
