"""How fast the models are, on random weights of the released shapes, beside PyTorch's pocket-tts.

    python scripts/bench.py --models english english_2m_2026-10 --backends numba
    python scripts/bench.py --backends rust rust-bf16 rust-int8     # weights in fewer bytes
    python scripts/bench.py --peer PYTHON       # a Python that has pocket-tts installed

Each implementation runs in a process of its own, in turns; figures are medians of `--runs`. The
end of speech is switched off, so that all write the same number of frames.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEXT = "The quick brown fox jumps over the lazy dog."
NEVER = 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["english", "english_2m_2026-10"])
    parser.add_argument("--backends", nargs="+", help="numba, rust, rust-int8...")
    parser.add_argument("--threads", type=int, default=1, help="of one operation")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", help="a Python interpreter with pocket-tts installed")
    parser.add_argument("--peer-int8", action="store_true", help="the peer's int8 mode as well")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        implementation, config, runs = options.worker
        worker = run_peer if implementation.startswith("pocket-tts") else run_ours
        print(json.dumps(worker(implementation, Path(config), int(runs), options.threads)))
        return

    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    from ptts_np.ops import default_backend

    print(machine())
    print(f"memory bandwidth of one thread: {bandwidth():.1f} GB/s\n")
    print(
        f"{'model':20} {'implementation':16} {'x real time':>11} {'ratio':>6} {'first ms':>9} "
        f"{'frame ms':>9} {'load s':>7} {'peak MB':>8}"
    )
    for model in options.models:
        config = write(model, options.folder / model)
        implementations = [f"ptts_np {name}" for name in options.backends or [default_backend()]]
        if options.peer:
            implementations.insert(0, "pocket-tts")
            if options.peer_int8:
                implementations.insert(1, "pocket-tts int8")
        base = None
        for implementation in implementations:
            python = options.peer if implementation.startswith("pocket-tts") else sys.executable
            command = [python, __file__, "--worker", implementation, str(config), str(options.runs)]
            command += ["--threads", str(options.threads)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{implementation} failed on {model}:\n{done.stderr}")
            result = json.loads(done.stdout.splitlines()[-1])
            speed = result["speed"]
            base = base or speed
            print(
                f"{model:20} {implementation:16} {speed:11.2f} {speed / base:6.2f} "
                f"{result['first'] * 1e3:9.1f} {80 / speed:9.2f} {result['load']:7.2f} "
                f"{result['memory']:8.0f}",
                flush=True,
            )


def run_ours(implementation: str, config: Path, runs: int, threads: int) -> dict[str, float]:
    start = time.perf_counter()
    import ptts_np

    backend, _, quantize = implementation.split()[1].partition("-")
    model = ptts_np.load_model(
        str(config), backend=backend, quantize=quantize or None, threads=threads
    )
    voice = ptts_np.load_voice(model, config.parent / "voice.safetensors")
    load = time.perf_counter() - start
    rate = model.sample_rate
    return measure(
        lambda: ptts_np.stream(TEXT, model=model, voice=voice, seed=0, eos_threshold=NEVER),
        runs,
        load,
        rate,
    )


def run_peer(implementation: str, config: Path, runs: int, _: int) -> dict[str, float]:
    start = time.perf_counter()
    from pocket_tts import TTSModel

    model = TTSModel.load_model(
        config=config, eos_threshold=NEVER, quantize=implementation.endswith("int8")
    )
    voice = model.get_state_for_audio_prompt(config.parent / "voice.safetensors")
    load = time.perf_counter() - start
    return measure(lambda: model.generate_audio_stream(voice, TEXT), runs, load, model.sample_rate)


def measure(speak, runs: int, load: float, rate: int) -> dict[str, float]:
    """Median speed and time to the first sound of `runs` utterances, after one to warm up."""
    speeds, firsts = [], []
    for run in range(runs + 1):
        start, first, samples = time.perf_counter(), None, 0
        for chunk in speak():
            first = first or time.perf_counter() - start
            samples += len(chunk)
        if run:
            speeds.append(samples / rate / (time.perf_counter() - start))
            firsts.append(first)
    return {
        "speed": statistics.median(speeds),
        "first": statistics.median(firsts),
        "load": load,
        "memory": peak_memory(),
    }


def peak_memory() -> float:
    """Megabytes this process held at most."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def machine() -> str:
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        name = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), name)
        flags = next((x for x in lines if x.startswith("flags")), "")
        name += " with " + (
            "AVX-512" if " avx512f" in flags else "AVX2" if " avx2" in flags else "?"
        )
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def bandwidth() -> float:
    """Gigabytes a second one thread reads, by summing more than the caches hold."""
    import numpy as np

    data = np.ones(1 << 26, np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        np.dot(data, data)
        times.append(time.perf_counter() - start)
    return data.nbytes / statistics.median(times) / 1e9


if __name__ == "__main__":
    main()
