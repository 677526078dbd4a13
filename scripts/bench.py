"""How fast the models are, on random weights of the released shapes, beside others.

    python scripts/bench.py --models english english_2m_2026-10 --backends numba
    python scripts/bench.py --backends rust rust-bf16 rust-int8     # weights in fewer bytes
    python scripts/bench.py --store bf16        # a file of BF16, which all of them read
    python scripts/bench.py --peer PYTHON       # a Python that has PyTorch's pocket-tts installed
    python scripts/bench.py --models english_2026-01 --ptts PYTHON     # one with PyPI's ptts (Rust)

Each implementation runs in a process of its own, in turns; figures are medians of `--runs`. The
end of speech is switched off, so that all write the same number of frames. `--store` is the type
the random weights are stored in; what a model computes in is its own affair: pocket-tts makes
float32 of BF16 when it loads it, ptts_np as it multiplies. "encode" is the time to
make a voice of 5 s of sound. "% bytes" is how much of the memory bandwidth measured on the spot
goes into FlowLM's weights, which each frame reads; "% flops" how much of one core's arithmetic (a
large product in float32) goes into Mimi. The busier of the two stages could get to 100, and Mimi
beyond it where it computes in bf16.
"""

import argparse
import json
import math
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
    parser.add_argument("--store", choices=["f32", "bf16"], default="f32", help="type in the file")
    parser.add_argument("--threads", type=int, default=1, help="of one operation")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", help="a Python interpreter with pocket-tts installed")
    parser.add_argument("--ptts", help="one with ptts installed, which knows english_2026-01 only")
    parser.add_argument("--peer-int8", action="store_true", help="the peers' int8 modes as well")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        implementation, config, runs = options.worker
        worker = {"pocket-tts": run_pocket_tts, "ptts": run_ptts, "ptts_np": run_ours}[
            implementation.split()[0]
        ]
        print(json.dumps(worker(implementation, Path(config), int(runs), options.threads)))
        return

    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    from ptts_np.catalog import model_names
    from ptts_np.ops import default_backend

    for name in options.models:
        if name not in model_names():
            parser.error(f"there is no model {name!r}: `python -m ptts_np models` lists them")
    print(machine())
    read, multiplied = bandwidth(), arithmetic()
    print(f"one thread reads {read:.1f} GB/s and computes {multiplied:.0f} GFLOP/s\n")
    print(
        f"{'model':20} {'implementation':16} {'x real time':>11} {'ratio':>6} {'first ms':>9} "
        f"{'frame ms':>9} {'encode ms':>9} {'% bytes':>8} {'% flops':>8} {'load s':>7} "
        f"{'peak MB':>8}"
    )
    for model in options.models:
        folder = options.folder / (model if options.store == "f32" else f"{model}-{options.store}")
        config = write(model, folder, options.store)
        pythons = {}
        for peer, python in (("pocket-tts", options.peer), ("ptts", options.ptts)):
            if python:
                pythons[peer] = python
                if options.peer_int8:
                    pythons[f"{peer} int8"] = python
        for backend in options.backends or [default_backend()]:
            pythons[f"ptts_np {backend}"] = sys.executable
        if options.ptts:
            (config.parent / "config.json").write_text(json.dumps(ptts_config(config)))
        base = None
        for implementation, python in pythons.items():
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
                f"{result['first'] * 1e3:9.1f} {80 / speed:9.2f} {result['encode'] * 1e3:9.0f} "
                f"{percent(flow_bytes(config, implementation, options.store), read, speed):8.0f} "
                f"{percent(mimi_flops(config), multiplied, speed):8.0f} "
                f"{result['load']:7.2f} {result['memory']:8.0f}",
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
    result = measure(
        lambda: ptts_np.stream(TEXT, model=model, voice=voice, seed=0, eos_threshold=NEVER),
        runs,
        load,
        model.sample_rate,
    )
    return result | {"encode": median(lambda: ptts_np.load_voice(model, prompt()), runs)}


def run_pocket_tts(implementation: str, config: Path, runs: int, _: int) -> dict[str, float]:
    start = time.perf_counter()
    from pocket_tts import TTSModel

    model = TTSModel.load_model(
        config=config, eos_threshold=NEVER, quantize=implementation.endswith("int8")
    )
    voice = model.get_state_for_audio_prompt(config.parent / "voice.safetensors")
    load = time.perf_counter() - start
    import torch

    sound = torch.from_numpy(prompt())[None]
    result = measure(
        lambda: model.generate_audio_stream(voice, TEXT), runs, load, model.sample_rate
    )
    return result | {"encode": median(lambda: model.get_state_for_audio_prompt(sound), runs)}


def run_ptts(implementation: str, config: Path, runs: int, _: int) -> dict[str, float]:
    """Set up as by default, with a pool of all cores; a voice's state is made as it speaks."""
    start = time.perf_counter()
    import numpy as np
    from ptts import TTS

    quant = "q8_0" if implementation.endswith("int8") else "f32"
    model = TTS(str(config.parent), quant=quant, lang="en", eos_threshold=NEVER)
    rows = np.random.default_rng(0).standard_normal((62, 1024), np.float32)
    model.add_voice_from_embedding("voice", rows)
    load = time.perf_counter() - start
    result = measure(lambda: model.stream(TEXT, voice="voice"), runs, load, model.sample_rate)
    return result | {"encode": math.nan}


def ptts_config(path: Path) -> dict[str, object]:
    """The same model in ptts's words, which are those of the shape of 2026-01."""
    from ptts_np.model.config import load_config

    config = load_config(path)
    lm, mimi = config.flow_lm, config.mimi
    size = {"d_model", "num_heads", "num_layers", "dim_feedforward", "max_period"}
    codec = mimi.transformer.model_dump(include=size | {"layer_scale", "context"})
    return {
        "flow_lm": lm.transformer.model_dump(include=size)
        | {"n_bins": lm.lookup_table.n_bins, "lut_dim": lm.lookup_table.dim}
        | {"flow_dim": lm.flow.dim, "flow_depth": lm.flow.depth, "ldim": mimi.quantizer.dimension},
        "mimi": mimi.seanet.model_dump(exclude={"pad_mode"})
        | {f"transformer_{key}": value for key, value in codec.items()}
        | {"sample_rate": mimi.sample_rate, "frame_rate": mimi.frame_rate}
        | {"quantizer_dimension": mimi.quantizer.dimension}
        | {"quantizer_output_dimension": mimi.quantizer.output_dimension}
        | {"downsample_channel_wise": False},
        "temp": config.default_temperature,
        "lsd_decode_steps": 1,
        "eos_threshold": NEVER,
        "fuser": {"sum": [], "streaming_sum": [], "prepend": [], "cross": []},
        "conditioners": [],
    }


def prompt():
    """5 s of noise at 24 kHz, which is no more work than speech and has no pauses to cut."""
    import numpy as np

    return np.random.default_rng(0).uniform(-0.1, 0.1, 5 * 24000).astype(np.float32)


def median(work, runs: int) -> float:
    """Median seconds of some calls, after one to warm up."""
    times = []
    for _ in range(min(runs, 3) + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


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


def percent(need: float, rate: float, speed: float) -> float:
    """What a need for each frame of 80 ms is of a rate in billions a second."""
    return need * speed / 0.08 / (rate * 1e9) * 100


def flow_bytes(config: Path, implementation: str, store: str) -> float:
    """Bytes of FlowLM's blocks that a frame reads: once, of the width they have in memory."""
    shapes = _shapes(config, ("flow_lm.transformer", "flow_lm.flow_net"))
    kept = store == "bf16" and implementation.startswith("ptts_np")
    width = 1 if "int8" in implementation else 2 if kept or "bf16" in implementation else 4
    return width * sum(math.prod(shape) for shape in shapes.values())


def mimi_flops(config: Path) -> float:
    """Arithmetic of Mimi's decoder for a frame: each weight's multiplications and additions."""
    from ptts_np.model.config import load_config
    from ptts_np.model.seanet import decoder_modules

    mimi, total = load_config(config).mimi, 0
    rows = mimi.upsample_stride
    for shape in _shapes(config, ("mimi.decoder_transformer",)).values():
        total += rows * math.prod(shape)
    for module in decoder_modules(mimi.decoder):
        product = module.kernel * module.inputs * module.outputs
        if module.kind == "residual":
            product += module.inputs * module.outputs
        total += rows * product
        rows *= module.stride if module.kind == "up" else 1
    return 2.0 * total


def _shapes(config: Path, prefixes: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    from ptts_np.model.config import load_config
    from ptts_np.model.weights import tensor_shapes

    shapes = tensor_shapes(load_config(config))
    return {k: v for k, v in shapes.items() if k.startswith(prefixes) and len(v) == 2}


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
    import threadpoolctl

    data = np.ones(1 << 26, np.float32)
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            np.dot(data, data)
            times.append(time.perf_counter() - start)
    return data.nbytes / statistics.median(times) / 1e9


def arithmetic() -> float:
    """Billions of float32 operations a second of one thread, in a large product of matrices."""
    import numpy as np
    import threadpoolctl

    a = np.ones((1024, 1024), np.float32)
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            a @ a
            times.append(time.perf_counter() - start)
    return 2 * 1024**3 / min(times) / 1e9


if __name__ == "__main__":
    main()
