"""Compare ptts_np with PyTorch's pocket-tts on the released shapes at full size.

    python scripts/check_reference.py PYTHON [MODEL ...]

PYTHON is an interpreter that has pocket-tts installed. The weights are random (random_model.py),
the temperature is 0, so that both speak the same frames; the figures are the largest differences,
as parts of the largest value. Free running amplifies rounding, so the first frames tell the most.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

TEXT = "The quick brown fox jumps over the lazy dog."
FRAMES = 8
NEVER = 1e3
SHAPES = (
    "english",
    "english_2026-01",
    "english_2026-04_24l",
    "english_drifting_26-09",
    "english_18m_2026-10",
    "english_7m_2026-10",
    "english_2m_2026-10",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer")
    parser.add_argument("models", nargs="*", default=SHAPES)
    parser.add_argument("--backends", nargs="+", default=["numba"])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    worst = 0.0
    for name in options.models:
        config = write(name, options.folder / name)
        recorded = options.folder / f"{name}.npz"
        command = [options.peer, __file__, "--record", str(config), str(recorded)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with np.load(recorded) as expected:
            for backend in options.backends:
                found = differences(config, backend, dict(expected))
                worst = max(worst, *found.values())
                print(name, backend, json.dumps({k: f"{v:.1e}" for k, v in found.items()}))
    print(f"largest difference: {worst:.1e}")
    sys.exit(worst > 1e-4)


def prompt() -> np.ndarray:
    """Two seconds of something that is neither silent nor periodic."""
    time = np.arange(48000, dtype=np.float64) / 24000
    return (0.3 * np.sin(2 * np.pi * (150 + 40 * time) * time)).astype(np.float32)


def record(config: Path, path: Path) -> None:
    """What the reference computes, with the interpreter that has it."""
    import torch
    from pocket_tts import TTSModel

    model = TTSModel.load_model(config=config, temp=0.0, eos_threshold=NEVER)
    cloned = model.get_state_for_audio_prompt(torch.from_numpy(prompt())[None])
    caches = [state["cache"].numpy() for state in cloned.values()]
    length = int(next(iter(cloned.values()))["offset"])
    voice = model.get_state_for_audio_prompt(config.parent / "voice.safetensors")
    stream = model.generate_audio_stream(voice, TEXT)
    audio = np.concatenate([piece.numpy() for piece in itertools.islice(stream, FRAMES)])
    np.savez(path, audio=audio, first=caches[0][:, 0, :length], last=caches[-1][:, 0, :length])
    os._exit(0)  # its decoding thread is still at work and would abort the interpreter's end


def differences(config: Path, backend: str, expected: dict[str, np.ndarray]) -> dict[str, float]:
    import ptts_np

    model = ptts_np.load_model(str(config), backend=backend)
    cloned = ptts_np.load_voice(model, prompt())
    voice = ptts_np.load_voice(model, config.parent / "voice.safetensors")
    stream = ptts_np.stream(TEXT, model=model, voice=voice, temperature=0.0, eos_threshold=NEVER)
    samples = np.concatenate(list(itertools.islice(stream, FRAMES)))[: FRAMES * 1920]
    recorded = expected["audio"][: FRAMES * 1920]
    length = cloned["length"]
    found = {
        "voice_first_layer": (cloned["cache"][0, :, :length], expected["first"]),
        "voice_last_layer": (cloned["cache"][-1, :, :length], expected["last"]),
        "frame_1": (samples[:1920], recorded[:1920]),
        f"frames_1_to_{FRAMES}": (samples, recorded),
    }
    return {name: float(np.abs(a - b).max() / np.abs(b).max()) for name, (a, b) in found.items()}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
