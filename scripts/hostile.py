"""Some 300 kinds of hostile requests against a server of its own, and what they leave behind.

    python scripts/hostile.py                     # ten minutes, with 100,000 small requests
    python scripts/hostile.py --small 2000        # a minute

While they come, one listener hears speech in real time. The exit code is 1 if anything was answered
with a 5xx or with what the kind must not get, if the log told of a fault, memory grew by more than
5 %, a file was left, or the listener heard a longer silence than `--gap`. Linux only: the figures
come from /proc.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))

import hostile_forms
import hostile_heads
import hostile_words
from hostile_kinds import Kind, Place, status_of
from soak_serve import Server, serving

GROWTH = 1.05
WARMING = 25
PACE = 24_000 * 2  # bytes of PCM a second


def all_kinds() -> list[Kind]:
    """Every kind, each with a name of its own."""
    return [*hostile_heads.kinds(), *hostile_words.kinds(), *hostile_forms.kinds()]


class Listener(threading.Thread):
    """Hears speech in real time, again and again; `gap` is the longest silence within one."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.gap = 0.0
        self.heard = 0
        self.failed: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        text = "A patient listener hears a long story that nobody must disturb. " * 4
        body = {"input": text, "response_format": "pcm", "seed": 1}
        with httpx.Client(base_url=self.url, timeout=60) as client:
            while not self.enough.is_set():
                try:
                    self._hear(client, body)
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))

    def _hear(self, client: httpx.Client, body: dict[str, object]) -> None:
        with client.stream("POST", "/v1/audio/speech", json=body) as answer:
            if answer.status_code != 200:
                self.failed.append(str(answer.status_code))
                return
            end = 0.0  # of what there is to hear
            for piece in answer.iter_raw():
                now = time.monotonic()
                if end:
                    self.gap = max(self.gap, now - end)
                end = max(end, now) + len(piece) / PACE
                # what was heard a second ago makes room for more
                time.sleep(max(0.0, end - now - 1.0))
        self.heard += 1


def try_all(kinds: Sequence[Kind], place: Place, at_once: int) -> list[str]:
    """What was wrong with the answers."""

    def one(kind: Kind) -> tuple[Kind, str]:
        return kind, kind.send(place)

    wrong = []
    seen: Counter[str] = Counter()
    with ThreadPoolExecutor(at_once) as clients:
        for kind, outcome in clients.map(one, kinds):
            seen[outcome] += 1
            if not kind.may(outcome):
                wrong.append(f"{kind.name}: {outcome}")
    told = ", ".join(f"{number} x {outcome}" for outcome, number in seen.most_common())
    print(f"| {len(kinds)} kinds | {told} |", flush=True)
    return wrong


def flood(place: Place, count: int) -> list[str]:
    """So many small requests, from eight connections that stay."""

    def some(number: int) -> Counter[str]:
        seen: Counter[str] = Counter()
        bodies: tuple[dict[str, str], ...] = (
            {"input": ""},
            {"input": "hi", "voice": "nobody"},
            {"inptu": "hi"},
            {},
        )
        with httpx.Client(base_url=place.url, timeout=60) as client:
            for turn in range(count // 8):
                body = bodies[(number + turn) % 4]
                seen[str(client.post("/v1/audio/speech", json=body).status_code)] += 1
        return seen

    with ThreadPoolExecutor(8) as clients:
        seen: Counter[str] = sum(clients.map(some, range(8)), Counter())
    print(f"| {count} small requests | {dict(seen)} |", flush=True)
    return [f"small requests: {status}" for status in seen if status.startswith("5")]


def settled(server: Server, some: Callable[[], list[str]]) -> list[str]:
    """Send some until the memory it works in no longer grows; what was wrong.

    The allocator's arenas fill in the first hundreds of requests, on a slow machine later.
    """
    wrong, most, calm = [], 0, 0
    for _ in range(WARMING):
        wrong += some()
        memory = server.memory()
        calm = calm + 1 if memory <= 1.005 * most else 0
        most = max(most, memory)
        if calm == 3:
            return wrong
    print(f"| memory | still growing after {WARMING} rounds |")
    return wrong


def attack(server: Server, small: int, longest_gap: float) -> list[str]:
    """All of it twice, once what is quick leaves the memory as it is; what was wrong."""
    place = Place.of(server.url)
    kinds = all_kinds()
    quick = [kind for kind in kinds if not kind.slow]
    slow = [kind for kind in kinds if kind.slow]
    listener = Listener(server.url)

    def all_of_it(small: int) -> list[str]:
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(try_all, slow, place, max(1, len(slow)))
            return try_all(quick, place, 4) + flood(place, small) + waiting.result()

    wrong = settled(server, lambda: try_all(quick, place, 4) + flood(place, 200))
    listener.start()
    wrong += all_of_it(small // 4)
    before = server.memory()
    wrong += all_of_it(small)
    listener.enough.set()
    listener.join(120)
    after = server.memory()
    print(f"| memory | {before >> 20} MB, then {after >> 20} MB ({after / before - 1:+.1%}) |")
    print(f"| a listener | {listener.heard} speeches, longest silence {listener.gap:.3f} s |")
    if after > GROWTH * before:
        wrong.append(f"memory grew by {after / before - 1:.1%}")
    if listener.gap > longest_gap or listener.failed or not listener.heard:
        wrong.append(f"the listener: {listener.gap:.2f} s of silence, {listener.failed[:3]}")
    left = [path.name for path in server.temporary.iterdir()]
    if left:
        wrong.append(f"files: {left[:5]}")
    if status_of(place, "/ready") != "200":
        wrong.append("the server is not ready any more")
    return wrong + server.faults()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="default: random weights of english_2m_2026-10")
    parser.add_argument("--voice", help="its default voice")
    parser.add_argument("--small", type=int, default=100_000, help="how many small requests")
    parser.add_argument("--gap", type=float, default=1.0, help="longest silence, in seconds")
    options = parser.parse_args()
    model, voice = options.model, options.voice
    if model is None:
        from random_model import write

        folder = Path(tempfile.gettempdir()) / "ptts-bench" / "english_2m_2026-10"
        model = str(write("english_2m_2026-10", folder))
        voice = str(folder / "voice.safetensors")
    # names that lead to this computer are allowed, so that where they lead is what refuses them
    arguments = ["--allow_hosts", "localhost,localhost.localdomain,127.0.0.1"]
    arguments += ["--voice", voice] if voice else []
    arguments += ["--head_seconds", "3", "--body_seconds", "5", "--silent_seconds", "3"]
    with serving(model, arguments) as server:
        wrong = attack(server, options.small, options.gap)
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
