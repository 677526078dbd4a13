"""What the machine allows this process."""

import os

from ptts_np.errors import InputError

LIMIT = "PTTS_CORES"
"""The environment's name of how many cores to use at most, where several processes share them."""


def cores() -> int:
    """Count the cores this process may use. Raises InputError for a limit that is no number."""
    limit = os.environ.get(LIMIT)
    if limit is None:
        return _here()
    if not limit.isdecimal() or int(limit) < 1:
        raise InputError(f"{LIMIT} must be a whole number from 1, not {limit!r}")
    return min(_here(), int(limit))


def _here() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
