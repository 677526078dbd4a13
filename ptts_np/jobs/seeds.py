"""Seeds and fingerprints by name: the same however work is divided, and on any machine."""

import hashlib
import json
from typing import Any


def seed_of(seed: int, *names: str) -> int:
    """A seed of its own, 0 to 2**63 - 1, for what is called `names` in a work with one `seed`."""
    return int.from_bytes(_digest([seed, *names])[:8], "big") >> 1


def fingerprint(facts: Any) -> str:
    """32 hex digits that differ where `facts`, anything JSON can say, differ."""
    return _digest(facts).hex()[:32]


def _digest(facts: Any) -> bytes:
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).digest()
