"""Write docs/rust-numpy.md: what `rust_numpy` has, how close to NumPy it is, and how fast.

python scripts/rust_numpy_table.py                 the table of functions, from the tests' list
python scripts/rust_numpy_table.py --normals 100   2 million normals for each of 100 seeds
python scripts/rust_numpy_table.py --bench         CPU time beside NumPy's, one thread
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import rust_numpy as rn  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.rust_numpy_list import ELSEWHERE, SPECS  # noqa: E402
from tests.rust_numpy_specs import ALL, BOOL, COMPLEX, FLOATS, INTEGERS, REAL, Spec, run  # noqa: E402

DOCUMENT = ROOT / "docs" / "rust-numpy.md"
MARKER = "<!-- from here on written by scripts/rust_numpy_table.py -->"
FAMILIES = [
    (ALL, "all"),
    (ALL[:11], "bool, integers, floats"),
    (BOOL + INTEGERS, "bool, integers"),
    (BOOL + REAL, "bool, integers, floats"),
    (REAL, "integers, floats"),
    (INTEGERS, "integers"),
    (FLOATS + COMPLEX, "floats, complex"),
    (FLOATS, "floats"),
    (COMPLEX, "complex"),
]


def dtypes(spec: Spec) -> str:
    return next((name for family, name in FAMILIES if set(family) == set(spec.dtypes)), "") or (
        ", ".join(spec.dtypes)
    )


def seen(spec: Spec, calls: int) -> str:
    """The largest difference of so many random calls, in the spec's unit."""
    worst = max(run(spec, seed, spec.dtypes[seed % len(spec.dtypes)], rn) for seed in range(calls))
    return "equal" if worst == 0 else f"{worst:.2g} {spec.unit}"


def table(calls: int) -> Iterator[str]:
    group = ""
    for spec in SPECS:
        if spec.group != group:
            group = spec.group
            yield f"\n## {group}\n"
            yield "| function | dtypes | promise | seen |"
            yield "|---|---|---|---|"
        yield f"| `{spec.name}` | {dtypes(spec)} | {spec.promise} | {seen(spec, calls)} |"
    yield "\n## Checked by tests of their own\n"
    yield ", ".join(f"`{name}`" for name in sorted(set(ELSEWHERE))) + "."
    yield ""


def normals(seeds: int, count: int = 2_000_000) -> None:
    differing = 0
    for seed in range(seeds):
        theirs = np.random.default_rng(seed).standard_normal(count)
        ours = np.asarray(rn.random.default_rng(seed).standard_normal(count))
        differing += int(np.sum(theirs.view(np.uint64) != ours.view(np.uint64)))
    print(f"{seeds} seeds, {count} normals each: {differing} differ in any bit")


def cpu_time(call: Callable[[], Any]) -> float:
    """Microseconds of CPU, the median of five runs of at least 20 ms."""
    call()
    started, rounds = time.process_time(), 0
    while time.process_time() - started < 0.02:
        call()
        rounds += 1
    times = []
    for _ in range(5):
        started = time.process_time()
        for _ in range(rounds):
            call()
        times.append((time.process_time() - started) / rounds * 1e6)
    return statistics.median(times)


def called(call: Callable[..., Any], arrays: Mapping[Any, Any], xp: Any) -> Any:
    """`call` with a module and its arrays."""
    return call(xp, *arrays[xp])


def bench() -> None:
    draw = np.random.default_rng(0).standard_normal
    rows: list[tuple[str, Callable[[Any], Any]]] = []
    shapes = [(64,) * 3, (512,) * 3, (1, 1024, 4096), (16, 1024, 1024), (1000, 512, 64)]
    for dtype in (np.float32, np.float64):
        for m, k, n in shapes:
            a, b = draw((m, k)).astype(dtype), draw((k, n)).astype(dtype)
            pair = {np: (a, b), rn: (rn.asarray(a), rn.asarray(b))}
            name = f"matmul {m}x{k}x{n} {np.dtype(dtype)}"
            rows.append((name, partial(called, lambda _, a, b: a @ b, pair)))
        for size in (1000, 100_000):
            x, y = draw(size).astype(dtype), draw(size).astype(dtype)
            pair = {np: (x, y), rn: (rn.asarray(x), rn.asarray(y))}
            calls: dict[str, Callable[..., Any]] = {
                "x + y": lambda xp, x, y: x + y,
                "x * 2.5": lambda xp, x, y: x * 2.5,
                "exp": lambda xp, x, y: xp.exp(x),
                "tanh": lambda xp, x, y: xp.tanh(x),
                "sin": lambda xp, x, y: xp.sin(x),
                "where": lambda xp, x, y: xp.where(x > 0, x, y),
                "sum": lambda xp, x, y: xp.sum(x),
                "max": lambda xp, x, y: xp.max(x),
                "sort": lambda xp, x, y: xp.sort(x),
                "argsort": lambda xp, x, y: xp.argsort(x),
                "x[x > 0]": lambda xp, x, y: x[x > 0],
                "concat": lambda xp, x, y: xp.concat([x, y]),
                "rfft": lambda xp, x, y: xp.fft.rfft(x),
            }
            for name, call in calls.items():
                label = f"{name} [{size}] {np.dtype(dtype)}"
                rows.append((label, partial(called, call, pair)))
    print(f"CPU level {rn.cpu_level}; microseconds, median of 5\n")
    print("| | NumPy | rust_numpy | times as fast |\n|---|---|---|---|")
    for name, call in rows:
        theirs, ours = cpu_time(partial(call, np)), cpu_time(partial(call, rn))
        print(f"| {name} | {theirs:.1f} | {ours:.1f} | {theirs / ours:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--normals", type=int, metavar="SEEDS")
    parser.add_argument("--bench", action="store_true")
    parser.add_argument("--calls", type=int, default=200, help="random calls for each function")
    options = parser.parse_args()
    if options.normals:
        normals(options.normals)
    elif options.bench:
        bench()
    else:
        before = DOCUMENT.read_text(encoding="utf-8").split(MARKER)[0]
        text = before + MARKER + "\n" + "\n".join(table(options.calls))
        DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
