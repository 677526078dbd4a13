"""What is here and how fast it is: rows for the commands `models`, `doctor` and `bench`."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ptts_np import __version__, catalog
from ptts_np.errors import BackendError, PttsError
from ptts_np.fetch.cache import cache_folder, cached
from ptts_np.loading import EMBEDDED, Model, find_config, load_model
from ptts_np.ops import BACKENDS, default_backend
from ptts_np.synthesis import stream
from ptts_np.weights.load import tensor_shapes

_SENTENCE = "The quick brown fox jumps over the lazy dog."
_FEATURES = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "sve")
_LIBRARIES = ("numpy", "numba", "safetensors", "sentencepiece", "tokenizers", "soundfile", "soxr")
_EXTRAS = {
    "rust_numpy": ("the fastest backend", "pip install ./rust-numpy/python"),
    "numba": ("the fastest backend but Rust's", "pip install numba"),
    "sounddevice": ("--play without a player program", 'pip install "ptts-np[play]"'),
    "fastapi": ("the web server", 'pip install "ptts-np[serve]"'),
}


def model_table() -> Iterator[str]:
    """A row for each model: name, millions of parameters, what it is for, where its weights are."""
    yield f"{'name':26} {'size':>7}  weights"
    for name in (EMBEDDED, *catalog.model_names()):
        config = find_config(name)[1]
        size = sum(int(np.prod(shape)) for shape in tensor_shapes(config).values()) / 1e6
        yield f"{name:26} {size:6.1f}M  {_whereabouts(name)}"
    yield ""
    yield f"{EMBEDDED} is small and needs no network; those of 100M and more give full quality."


def _whereabouts(name: str) -> str:
    if name == EMBEDDED:
        return "in this package"
    config = find_config(name)[1]
    if cached(config.weights_path):
        return "downloaded, can clone voices"
    if cached(config.weights_path_without_voice_cloning or config.weights_path):
        return "downloaded"
    return "on the hub, fetched at first use"


def report() -> Iterator[str]:
    """Rows on versions, machine, backends with their speed, caches, and what is missing."""
    yield f"ptts_np {__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield f"processor: {platform.machine()}, {os.cpu_count()} cores; {_features()}"
    yield "libraries: " + ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    for name in BACKENDS:
        chosen = " (default)" if name == default_backend() else ""
        yield f"backend {name}{chosen}: {_backend_speed(name)}"
    if importlib.util.find_spec("numba"):
        yield f"compiled kernels: {_kernel_cache()}"
    yield f"cache of downloads: {cache_folder()}; of the hub: {_hub_cache()}"
    free = shutil.disk_usage(_existing(cache_folder())).free
    yield f"free there: {free / 1e9:.1f} GB"
    for name in catalog.model_names():
        if (where := _whereabouts(name)).startswith("downloaded"):
            yield f"model {name}: {where}"
    for module, (purpose, remedy) in _EXTRAS.items():
        if importlib.util.find_spec(module) is None:
            yield f"not installed: {module}, for {purpose}: {remedy}"


def measure(model: Model, runs: int) -> tuple[float, float]:
    """Median speed as a multiple of real time, and median seconds to the first sound."""
    speeds, firsts = [], []
    for run in range(runs + 1):
        start, first, samples = time.perf_counter(), 0.0, 0
        for piece in stream(_SENTENCE, model=model, seed=run):
            first = first or time.perf_counter() - start
            samples += piece.size
        if run:  # the first one warms up
            speeds.append(samples / model.sample_rate / (time.perf_counter() - start))
            firsts.append(first)
    return statistics.median(speeds), statistics.median(firsts)


def _backend_speed(name: str) -> str:
    try:
        speed, first = measure(load_model(EMBEDDED, backend=name), 3)
    except BackendError as error:
        return str(error)
    except PttsError as error:
        return f"failed: {error}"
    return f"{EMBEDDED} at {speed:.0f} times real time, first sound after {first * 1e3:.0f} ms"


def _features() -> str:
    """The processor's vector extensions, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return "its vector extensions are not known here"
    words = set(info.read_text(encoding="utf-8", errors="replace").split())
    return " ".join(name for name in _FEATURES if name in words) or "no vector extensions"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _kernel_cache() -> str:
    folder = importlib.import_module("ptts_np.ops.jit.attention").cache_folder()
    return str(folder or "compiled at every start; set NUMBA_CACHE_DIR to a folder to keep them in")


def _hub_cache() -> str:
    if importlib.util.find_spec("huggingface_hub") is None:
        return "huggingface_hub is missing"
    constants = importlib.import_module("huggingface_hub.constants")
    offline = ", offline" if constants.HF_HUB_OFFLINE else ""
    return f"{constants.HF_HUB_CACHE}{offline}"


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
