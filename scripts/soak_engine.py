"""Whether the engine keeps memory of what it has spoken: bytes after 2,000 and 10,000 utterances.

    python scripts/soak_engine.py                 # the embedded model, a few minutes
    python scripts/soak_engine.py --count 1000

Eight utterances at once; every tenth is closed in the middle. Exits with 1 if memory grew by more
than 5 % from the first figure to the second: until then the allocator fills an arena for each
thread, whose number is bounded. Linux only: the figures come from /proc.
"""

import argparse
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import ptts_np
from ptts_np.loading import Model
from ptts_np.voice import VoiceState

GROWTH = 1.05
AT_ONCE = 8
FIRST = 0.2
"""Part of the utterances after which memory has its size."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="default: the embedded one")
    parser.add_argument("--voice", help="default: the model's first")
    parser.add_argument("--count", type=int, default=10_000)
    options = parser.parse_args()
    model = ptts_np.load_model(options.model)
    voice = ptts_np.load_voice(model, options.voice or "clara")
    numbers, before = count(), 0
    for most in (int(FIRST * options.count), options.count):
        with ThreadPoolExecutor(AT_ONCE) as callers:
            for call in [
                callers.submit(speak_until, most, numbers, model, voice) for _ in range(AT_ONCE)
            ]:
                call.result()
        now = memory()
        threads = threading.active_count()
        print(f"{most} utterances: {now >> 20} MB, {threads} threads", flush=True)
        before = before or now
    sys.exit(0 if now <= GROWTH * before else f"memory grew by {now / before - 1:.1%}")


def speak_until(most: int, numbers: Iterator[int], model: Model, voice: VoiceState) -> None:
    """Speak utterances, numbered across all callers, until there were so many."""
    while (number := next(numbers)) < most:
        speech = ptts_np.stream("Yes.", model=model, voice=voice, seed=number)
        for _ in speech:
            if number % 10 == 0:
                break
        speech.close()


def memory() -> int:
    """Resident bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
