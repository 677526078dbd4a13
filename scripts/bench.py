"""How fast the models are, on random weights of the released shapes, beside others.

    python scripts/bench.py --models english english_2m_2026-10 --backends numba
    python scripts/bench.py --backends rust rust-bf16 rust-int8     # weights in fewer bytes
    python scripts/bench.py --store bf16        # a file of BF16, which all of them read
    python scripts/bench.py --peer PYTHON       # a Python that has PyTorch's pocket-tts installed
    python scripts/bench.py --models english_2026-01 --ptts PYTHON     # one with PyPI's ptts (Rust)
    python scripts/bench.py --json new.json     # a record: scripts/figures.py --keep new.json speed

Each implementation has a process of its own, and they speak in turns, round after round, so that
a slow minute of the machine is everyone's; figures are medians of `--runs` rounds, and ratios
medians of what they were in each round. The end of speech is switched off, so that all write the
same number of frames. `--store` is the type the random weights are stored in; what a model computes
in is its own affair: pocket-tts makes float32 of BF16 when it loads it, ptts_np as it multiplies.
The files are read from disk, as after a restart, and not from what writing them left in memory.
"first" is the time to the first sound, "encode" that to make a voice of 5 s of sound; "x" beside
them is a part of the first implementation's. "% bytes" is how much of the memory bandwidth measured
on the spot goes into FlowLM's weights, which each frame reads; "% flops" how much of one core's
arithmetic (a large product in float32) goes into Mimi. The busier of the two stages could get to
100, and Mimi beyond it where it computes in bf16.
"""

import argparse
import json
import math
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

TEXT = "The quick brown fox jumps over the lazy dog."
NEVER = 1e3
Loaded = tuple[Callable[[], Iterable[Any]], Callable[[], Any], int]
"""How one speaks, how one makes a voice, and the sample rate."""
COLUMNS = (
    "model",
    "implementation",
    "x real time",
    "against the first",
    "first sound, ms",
    "voice, ms",
    "memory, %",
    "arithmetic, %",
    "peak memory, MB",
)
# as the documents name them
MODELS = {"english": "english (100M)", "english_2m_2026-10": "english_2m"}
PEERS = {
    "pocket-tts": "pocket-tts (PyTorch)",
    "pocket-tts int8": "pocket-tts, its int8",
    "ptts": "ptts, f32",
    "ptts int8": "ptts, its q8_0",
}


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
    parser.add_argument("--json", type=Path, help="the figures as a record of scripts/figures.py")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        implementation, config = options.worker
        load = {"pocket-tts": pocket_tts, "ptts": ptts, "ptts_np": ours}[implementation.split()[0]]
        serve(lambda: load(implementation, Path(config), options.threads))
        return

    sys.path.insert(0, str(Path(__file__).parent))
    import figures
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
        f"{'x':>5} {'frame ms':>9} {'encode ms':>9} {'x':>5} {'% bytes':>8} {'% flops':>8} "
        f"{'load s':>7} {'peak MB':>8}"
    )
    rows: list[list[object]] = []
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
        forget(config.parent / "model.safetensors")
        workers = {
            name: Worker(name, [python, __file__, "--worker", name, str(config)], options.threads)
            for name, python in pythons.items()
        }
        rounds = [
            {name: worker.ask() for name, worker in workers.items()}
            for _ in range(options.runs + 1)
        ][1:]  # the first warms up
        first = next(iter(workers))
        for name, worker in workers.items():
            median = {
                key: statistics.median(results[name][key] for results in rounds)
                for key in ("speed", "first", "encode", "memory")
            }
            ratio = {
                key: statistics.median(r[name][key] / r[first][key] for r in rounds)
                for key in ("speed", "first", "encode")
            }
            speed = median["speed"]
            print(
                f"{model:20} {name:16} {speed:11.2f} {ratio['speed']:6.2f} "
                f"{median['first'] * 1e3:9.1f} {ratio['first']:5.2f} {80 / speed:9.2f} "
                f"{median['encode'] * 1e3:9.0f} {ratio['encode']:5.2f} "
                f"{percent(flow_bytes(config, name, options.store), read, speed):8.0f} "
                f"{percent(mimi_flops(config), multiplied, speed):8.0f} "
                f"{worker.load:7.2f} {median['memory']:8.0f}",
                flush=True,
            )
            worker.close()
            rows.append(
                [MODELS.get(model, model), label(name), round(speed, 1), round(ratio["speed"], 1)]
                + [timed(median[key], ratio[key]) for key in ("first", "encode")]
                + [round(percent(flow_bytes(config, name, options.store), read, speed))]
                + [round(percent(mimi_flops(config), multiplied, speed))]
                + [round(median["memory"])]
            )
    if options.json:
        command = shlex.join(["scripts/bench.py", *sys.argv[1:]])
        figures.write(options.json, figures.record(command, machine(), COLUMNS, rows))


def label(implementation: str) -> str:
    """The name of an implementation in the documents."""
    backend, _, quantize = implementation.removeprefix("ptts_np ").partition("-")
    return PEERS.get(implementation) or f"{backend}, {quantize or 'f32'}"


def timed(seconds: float, ratio: float) -> list[float] | None:
    """Milliseconds, and what they are of the first implementation's; None: not measured."""
    return None if math.isnan(seconds) else [round(seconds * 1e3), round(ratio, 2)]


class Worker:
    """A process with one implementation, which speaks once whenever it is asked."""

    def __init__(self, name: str, command: list[str], threads: int) -> None:
        self.name = name
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process is
        self.process = subprocess.Popen(
            [*command, "--threads", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.questions, self.answers = self.process.stdin, self.process.stdout
        self.load = self._answer()["load"]

    def ask(self) -> dict[str, float]:
        self.questions.write("\n")
        self.questions.flush()
        return self._answer()

    def _answer(self) -> dict[str, float]:
        for line in self.answers:
            if line.startswith("{"):  # others are what a library has to say
                return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        sys.exit(f"{self.name} failed:\n{self.errors.read()}")

    def close(self) -> None:
        self.questions.close()
        self.process.wait()


def serve(load: Callable[[], Loaded]) -> None:
    """A worker's life: load; then, for each line it is sent, speak, make a voice, tell how long."""
    start = time.perf_counter()
    speak, encode, rate = load()
    print(json.dumps({"load": time.perf_counter() - start}), flush=True)
    for _ in sys.stdin:
        start, first, samples = time.perf_counter(), None, 0
        for chunk in speak():
            first = first or time.perf_counter() - start
            samples += len(chunk)
        result = {"speed": samples / rate / (time.perf_counter() - start), "first": first}
        start = time.perf_counter()
        result["encode"] = math.nan if encode() is None else time.perf_counter() - start
        print(json.dumps(result | {"memory": peak_memory()}), flush=True)


def ours(implementation: str, config: Path, threads: int) -> Loaded:
    import ptts_np

    backend, _, quantize = implementation.split()[1].partition("-")
    model = ptts_np.load_model(
        str(config), backend=backend, quantize=quantize or None, threads=threads
    )
    voice, sound = ptts_np.load_voice(model, config.parent / "voice.safetensors"), prompt()

    def speak() -> Iterable[Any]:
        return ptts_np.stream(TEXT, model=model, voice=voice, seed=0, eos_threshold=NEVER)

    return speak, lambda: ptts_np.load_voice(model, sound), model.sample_rate


def pocket_tts(implementation: str, config: Path, _: int) -> Loaded:
    import torch
    from pocket_tts import TTSModel

    model = TTSModel.load_model(
        config=config, eos_threshold=NEVER, quantize=implementation.endswith("int8")
    )
    voice = model.get_state_for_audio_prompt(config.parent / "voice.safetensors")
    sound = torch.from_numpy(prompt())[None]

    def speak() -> Iterable[Any]:
        return model.generate_audio_stream(voice, TEXT)

    return speak, lambda: model.get_state_for_audio_prompt(sound), model.sample_rate


def ptts(implementation: str, config: Path, _: int) -> Loaded:
    """Set up as by default, with a pool of all cores; a voice's state is made as it speaks."""
    import numpy as np
    from ptts import TTS

    quant = "q8_0" if implementation.endswith("int8") else "f32"
    model = TTS(str(config.parent), quant=quant, lang="en", eos_threshold=NEVER)
    rows = np.random.default_rng(0).standard_normal((62, 1024), np.float32)
    model.add_voice_from_embedding("voice", rows)
    return lambda: model.stream(TEXT, voice="voice"), lambda: None, model.sample_rate


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


def prompt() -> Any:
    """5 s of noise at 24 kHz, which is no more work than speech and has no pauses to cut."""
    import numpy as np

    return np.random.default_rng(0).uniform(-0.1, 0.1, 5 * 24000).astype(np.float32)


def forget(path: Path) -> None:
    """Let go of what the system holds of a file in memory, where it can be told to."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


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
    from ptts_np.weights.load import tensor_shapes

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
