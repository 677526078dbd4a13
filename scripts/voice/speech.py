"""Stage 3: the teacher speaks phoneme text -> speech/NNN.npy (audio), NNN.npz (durations).

Two of these may run at once (`--part 0 --parts 2` and `--part 1 --parts 2`); finished shards are
kept.
"""

import random
import tempfile
from pathlib import Path

import numpy as np
import onnx
from hibari import Hibari, dsp
from hibari.voices import voice_path

from ptts_np.pronounce import load_lexicon, pronounce
from scripts.voice.data import UNIT
from scripts.voice.settings import ASSETS, Settings, load, parser

DURATION_NODE = "/Clip_output_0"  # units of 600 samples for each symbol


class Teacher:
    """hibari's voice `heart`, with the durations of its symbols."""

    def __init__(self) -> None:
        graph = onnx.load(voice_path("heart"))
        graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(DURATION_NODE))
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder, "teacher.onnx"))
            onnx.save(graph, path)
            self.tts = Hibari(model=path, g2p=False)

    def speak(self, phonemes: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Audio (int16, 24 kHz), and the units of the start, each symbol and the end."""
        ids = self.tts.ids(phonemes)
        if len(ids) != len(phonemes) + 2:
            raise ValueError(f"symbols the teacher does not know in {phonemes!r}")
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)}
        *parts, durations = self.tts.sess.run(None, feed)
        audio = dsp.synth(*(x[0] for x in parts), np.random.default_rng(seed))
        units = np.round(durations.reshape(-1)).astype(np.int16)
        if len(units) != len(ids) or abs(int(units.sum()) * UNIT - len(audio)) > UNIT:
            raise ValueError("durations do not fit the audio")
        return (np.clip(audio, -1, 1) * 32767).astype(np.int16), units


def utterances(settings: Settings) -> list[str]:
    """Phoneme texts, single sentences and several in a row, within the budget of a chunk."""
    lexicon = load_lexicon(ASSETS / "lexicon.gz")
    lines = settings.path("sentences.txt").read_text(encoding="utf-8").splitlines()
    text = settings["text"]
    rng = random.Random(settings["seed"] + 1)
    found: list[str] = []
    i = 0
    while i < len(lines):
        joined = rng.random() < text["joined_share"]
        budget = rng.randint(60, text["max_phonemes"]) if joined else 0
        current = pronounce(lines[i], lexicon)
        i += 1
        while i < len(lines):
            longer = f"{current} {pronounce(lines[i], lexicon)}"
            if len(longer) > budget:
                break
            current = longer
            i += 1
        if 1 < len(current) <= text["max_phonemes"]:
            found.append(current)
    return found


def main() -> None:
    """Speak the shards of this part that are not there yet."""
    flags = parser(__doc__)
    flags.add_argument("--part", type=int, default=0)
    flags.add_argument("--parts", type=int, default=1)
    args = flags.parse_args()
    settings = load(args)
    size = settings["speech"]["utterances_per_shard"]
    texts = utterances(settings)
    teacher = Teacher()
    for shard in range(args.part, settings["speech"]["shards"], args.parts):
        path = settings.path("speech", f"{shard:03d}.npz")
        chosen = texts[shard * size : (shard + 1) * size]
        if path.exists() or not chosen:
            continue
        spoken = [teacher.speak(text, seed=shard * size + i) for i, text in enumerate(chosen)]
        np.save(path.with_suffix(".npy"), np.concatenate([a for a, _ in spoken]))
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            np.savez(
                file,
                texts=np.array(chosen),
                samples=np.array([len(a) for a, _ in spoken]),
                durations=np.concatenate([d for _, d in spoken]),
            )
        partial.replace(path)
        print(f"{path.name}: {sum(len(a) for a, _ in spoken) / 24000 / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
