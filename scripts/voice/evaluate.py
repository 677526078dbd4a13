"""Stage 10: speak the held-out sentences and measure words understood, sound and endings.

`mini` (the exported folder, through ptts_np), `codec` (real latents through the decoder) and
`teacher` (its audio) tell which part limits the whole.
"""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr
import torch
from speechmos import dnsmos

import ptts_np
from ptts_np.reading.read import read
from ptts_np.text.pronounce import load_lexicon, pronounce
from scripts.voice import autoencoder, data
from scripts.voice.export import parts
from scripts.voice.hearing import LOW_RATE, Listener, word_error_rate
from scripts.voice.locked import locked
from scripts.voice.packaged import load_averaged
from scripts.voice.settings import ASSETS, HERE, Settings, load, parser
from scripts.voice.teachers import TEACHERS

Speaker = Callable[[str], np.ndarray]


def teacher(settings: Settings, speaker: str) -> Speaker:
    """The teacher's audio, as the others learn it."""
    voice, lexicon = TEACHERS[speaker](), load_lexicon(ASSETS / "lexicon.gz")

    def speak(text: str) -> np.ndarray:
        audio, _ = voice.speak(pronounce(read(text).text, lexicon), seed=0)
        audio = audio[data.LEAD : -data.TAIL]
        if speaker in settings["speech"]["locked"]:
            audio = locked(audio)
        return audio.astype(np.float32) / 32768

    return speak


def codec(settings: Settings, speaker: str) -> Speaker:
    """The teacher's audio through latents and back."""
    voice = teacher(settings, speaker)
    encoder = autoencoder.build(settings)
    if not load_averaged(settings, "autoencoder", encoder):
        raise FileNotFoundError("there is no autoencoder in the work folder")
    _, decoder, _ = parts(settings)

    def speak(text: str) -> np.ndarray:
        audio = voice(text)
        whole = np.pad(audio, (0, -len(audio) % data.FRAME))
        latents = autoencoder.latents_of(encoder, whole)
        with torch.no_grad():
            return decoder(torch.from_numpy(latents)[None])[0].numpy()

    return speak


def mini(folder: Path, voice: str, quantize: str | None, **options: float) -> Speaker:
    """The exported model, as users hear it."""
    model = ptts_np.load_model(str(folder / "config.yaml"), quantize=quantize)
    state = ptts_np.load_voice(model, str(folder / "voices" / f"{voice}.safetensors"))
    return lambda text: ptts_np.generate(text, model=model, voice=state, seed=0, **options)


def quality(audio: np.ndarray) -> tuple[float, float]:
    """DNSMOS overall and P808 of audio (float32, 24 kHz)."""
    low = soxr.resample(audio, data.RATE, LOW_RATE).astype(np.float32)
    low = np.pad(low, (0, max(0, LOW_RATE - len(low))))
    scores = dnsmos.run(low / max(1.0, float(np.abs(low).max())), sr=LOW_RATE)
    return float(scores["ovrl_mos"]), float(scores["p808_mos"])


class Endless(logging.Handler):
    """Counts the engine's warnings that a text did not end."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        self.count += 1


def main() -> None:
    """Print the figures, and each sentence as it was heard."""
    flags = parser(__doc__)
    flags.add_argument("speaker", choices=["mini", "codec", "teacher"])
    flags.add_argument("--list", default="test", choices=["test", "development", "passages"])
    flags.add_argument("--count", type=int, default=60)
    flags.add_argument("--folder", type=Path, default=ASSETS)
    flags.add_argument("--voice", default="clara", help="of mini, or its teacher's")
    flags.add_argument("--quantize", choices=["int8", "bf16"])
    flags.add_argument("--temperature", type=float)
    flags.add_argument("--brief", action="store_true", help="only the figures")
    args = flags.parse_args()
    settings = load(args)
    torch.set_num_threads(1)
    person = settings["export"]["voices"][args.voice]["speaker"]
    if args.speaker == "mini":
        options = {} if args.temperature is None else {"temperature": args.temperature}
        speak = mini(args.folder, args.voice, args.quantize, **options)
    else:
        speak = teacher(settings, person) if args.speaker == "teacher" else codec(settings, person)
    lines = (HERE / f"{args.list}.txt").read_text(encoding="utf-8").splitlines()
    count = min(args.count, len(lines))
    texts = [lines[i * len(lines) // count] for i in range(count)]
    listener = Listener(settings.path("whisper-base", "model.bin").parent)
    endless = Endless()
    logging.getLogger("ptts_np").addHandler(endless)
    found, rated, seconds, spent = [], [], 0.0, 0.0
    for text in texts:
        started = time.perf_counter()
        audio = speak(text)
        spent += time.perf_counter() - started
        seconds += len(audio) / data.RATE
        heard = listener.hear(audio, text)
        found.append(heard)
        rated.append(quality(audio))
        if not args.brief:
            print(f"{heard.errors[0]:2d}  {text}\n    {heard.written}", flush=True)
    overall, p808 = np.mean(rated, axis=0)
    figures = {
        "sentences": len(found),
        "wer": round(word_error_rate(found), 4),
        "longest_slip": max(h.longest_slip for h in found),
        "perfect": sum(h.errors[0] == 0 for h in found),
        "dnsmos": round(float(overall), 3),
        "p808": round(float(p808), 3),
        "endless": endless.count,
        "seconds": round(seconds, 1),
        "times_real_time": round(seconds / spent, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
