"""One command for a machine with a GPU: speech, the decoder against critics, the FlowLM.

The teachers speak on the CPU cores while the decoder trains on what is there already. The FlowLM
is trained on all that is spoken by then, and at last the decoder goes on with what the FlowLM
draws among its latents. What it takes to go on elsewhere is in `--out` from the first minute:
pieces of at most 15 MB (training.pieces) and the logs. The same command runs on a CPU.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import torch

from training import pieces
from training.codec import refine
from training.data.speech import utterances
from training.deadline import Deadline
from training.device import choose
from training.language_model import draws, flow
from training.settings import HERE, Settings, load, parser

EVERY = 60.0  # seconds between two deliveries
RESERVE = 15.0  # seconds kept for the last one
ALONE = "refine-alone"  # the decoder before it heard any draws, to choose from
SHIPPED = ["refine", ALONE, "flow"]  # not the critics, the largest: they learn again in minutes


def speakers(settings_flags: list[str], settings: Settings, workers: int) -> list[subprocess.Popen]:
    """Processes that speak the shards that are not there yet, one thread each."""
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    started = []
    for part in range(workers):
        command = [sys.executable, "-m", "training.data.speech", "--encode", *settings_flags]
        command += ["--work", str(settings.work), "--part", str(part), "--parts", str(workers)]
        with settings.path("log", f"speech.{part}.log").open("ab") as log:
            started.append(subprocess.Popen(command, env=os.environ | one, stdout=log, stderr=log))
    return started


def stop(processes: list[subprocess.Popen]) -> None:
    """End what was started here; a shard half spoken leaves no file."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


class Courier(threading.Thread):
    """Brings checkpoints and logs to the out folder every minute, and once more at the end."""

    def __init__(self, settings: Settings, out: Path) -> None:
        super().__init__(daemon=True)
        self.settings, self.out, self.over = settings, out, threading.Event()

    def deliver(self) -> None:
        """Everything there is by now, the logs in one file."""
        pieces.cut(self.settings.path("checkpoints", "x").parent, self.out, SHIPPED)
        logs = sorted(self.settings.path("log", "x").parent.glob("*.jsonl"))
        text = "".join(f"{p.stem} {line}" for p in logs for line in p.open(encoding="utf-8"))
        (self.out / "log.txt").write_text(text, encoding="utf-8")

    def run(self) -> None:
        """Until `close`."""
        while not self.over.wait(EVERY):
            self.deliver()

    def close(self) -> None:
        """The last delivery."""
        self.over.set()
        self.join()
        self.deliver()


def unpack(start: Path, settings: Settings) -> None:
    """Checkpoints, and the texts if they are there, into the work folder."""
    print("from", start, pieces.join(start, settings.path("checkpoints", "x").parent), flush=True)
    texts = settings.path("utterances.txt")
    if (start / texts.name).exists() and not texts.exists():
        shutil.copyfile(start / texts.name, texts)


def with_deadline(settings: Settings, end: Deadline) -> Settings:
    """The same settings for a stage that ends then."""
    return Settings(settings.values, settings.work, end)


def main() -> None:
    """Do it all."""
    flags = parser(__doc__)
    flags.add_argument("--out", type=Path, required=True, help="folder for what is brought back")
    flags.add_argument("--start", type=Path, help="folder of training.prepare, or an earlier --out")
    flags.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    flags.add_argument("--decoder-share", type=float, default=0.35, help="of the time, at first")
    flags.add_argument("--flow-share", type=float, default=0.25, help="of the time")
    flags.add_argument("--device", choices=["cuda", "cpu"])
    args = flags.parse_args()
    if args.until is None:
        flags.error("say when to stop: --until +690")
    if args.settings is None:
        args.settings = [HERE / "gpu.yaml"]
    settings = load(args)
    device = choose(args.device)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(json.dumps({k: str(v) for k, v in vars(args).items()}), name, flush=True)
    print(json.dumps(settings.values), flush=True)
    if args.start is not None:
        unpack(args.start, settings)
    whole = Deadline(settings.until.begin, settings.until.end - RESERVE)  # type: ignore[union-attr]
    utterances(settings)  # once, before the speakers all do it
    given = [part for path in args.settings for part in ("--settings", str(path))]
    speaking = speakers(given, settings, args.workers)
    args.out.mkdir(parents=True, exist_ok=True)
    courier = Courier(settings, args.out)
    courier.start()
    try:
        torch.manual_seed(settings["seed"])
        bank = refine.filled(
            with_deadline(settings, whole),
            ["latents"],
            silent=lambda: all(process.poll() is not None for process in speaking),
        )
        refiner = refine.Refiner(with_deadline(settings, whole))
        refiner.train(bank, whole.up_to(args.decoder_share))
        shutil.copyfile(refiner.trainer.path, settings.path("checkpoints", f"{ALONE}.pt"))
        stop(speaking)
        reading = whole.up_to(args.decoder_share + args.flow_share)
        student = flow.run(with_deadline(settings, reading))
        print(draws.run(settings, student), "shards drawn", flush=True)
        refiner.train(refine.filled(settings, ["latents", "drawn"]))
    finally:
        stop(speaking)
        courier.close()
    print("delivered:", *sorted(p.name for p in args.out.iterdir()))


if __name__ == "__main__":
    main()
