"""Where a frame's time goes: each stage's time for a frame of one stream, alone and among others.

    python scripts/steps.py                                       # english, from a BF16 file
    python scripts/steps.py --models mini --backends rust numba --rows 1 8

Random weights of the released shapes (`random_model.py`), one thread. A frame is a step of FlowLM
(`--rows` streams share it: its layers, its flow head) and Mimi's two halves, eight frames of a
stream at a time. Figures are milliseconds a frame and stream, medians of `--runs` runs, in turns.
The last column is how many times real time the sum leaves one core.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import ptts_np
from ptts_np.engine import decoding
from ptts_np.loading import Model
from ptts_np.model import flow_head, flow_lm
from ptts_np.model.transformer import transformer_rows
from ptts_np.voice import VoiceState

sys.path.insert(0, str(Path(__file__).parent))
from bench_streams import machine
from random_model import write

FRAME_MS = 80.0
GROUP = decoding.GROUPS[-1]
READ = 60
"""Positions of text that a stream has read before its frames."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["english"])
    parser.add_argument("--backends", nargs="+", default=["rust", "rust-int8"])
    parser.add_argument("--store", choices=["f32", "bf16"], default="bf16", help="type in the file")
    parser.add_argument("--rows", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    print(machine())
    print("| model | backend | rows | layers | flow head | Mimi, features | Mimi, samples | x |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.models:
        folder = options.folder / (name if options.store == "f32" else f"{name}-{options.store}")
        config = write(name, folder, options.store)
        for backend in options.backends:
            kind, _, quantize = backend.partition("-")
            model = ptts_np.load_model(str(config), backend=kind, quantize=quantize or None)
            voice = ptts_np.load_voice(model, config.parent / "voice.safetensors")
            for rows in options.rows:
                times = measured(stages(model, voice, rows), options.runs)
                cells = [f"{ms:.2f}" for ms in times]
                cells.append(f"{FRAME_MS / sum(times):.1f}")
                print(f"| {name} | {backend} | {rows} | {' | '.join(cells)} |", flush=True)


def stages(model: Model, voice: VoiceState, rows: int) -> list[tuple[Callable[[], Any], int]]:
    """What is measured, and how many frames it makes."""
    ops, config, params = model.ops, model.config.flow_lm, model.params.flow_lm
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 100, READ)
    states = []
    for _ in range(rows):
        state = flow_lm.copy_state(voice, spare=READ + 100)
        states.append(
            flow_lm.prefill(
                model.prefill_ops, config, params, state, flow_lm.embed_text(ops, params, tokens)
            )[1]
        )
    x = rng.standard_normal((rows, config.transformer.d_model)).astype(np.float32)
    noise = rng.standard_normal((rows, model.config.latent_dim)).astype(np.float32)
    times = flow_head.time_embeddings(ops, config.flow, params.flow_net, 1)
    c = transformer_rows(ops, config.transformer, params.layers, states, x)[0]
    c = flow_lm._outputs(ops, params, c)
    latents = list(rng.standard_normal((GROUP, 1, model.config.latent_dim)).astype(np.float32))
    features, half = decoding.to_features(model, decoding.new_half(model), latents)
    after = decoding.to_samples(model, decoding.new_half(model), features)[1]
    return [
        (lambda: transformer_rows(ops, config.transformer, params.layers, states, x), rows),
        (lambda: flow_head.sample(ops, config.flow, params.flow_net, c, noise, times), rows),
        (lambda: decoding.to_features(model, half, latents), GROUP),
        (lambda: decoding.to_samples(model, after, features), GROUP),
    ]


def measured(stages: list[tuple[Callable[[], Any], int]], runs: int) -> list[float]:
    """Milliseconds a frame of each, which take turns."""
    taken: list[list[float]] = [[] for _ in stages]
    for _ in range(runs + 1):
        for (work, frames), taken_by in zip(stages, taken, strict=True):
            start = time.perf_counter()
            work()
            taken_by.append(1e3 * (time.perf_counter() - start) / frames)
    return [statistics.median(ms[1:]) for ms in taken]


if __name__ == "__main__":
    main()
