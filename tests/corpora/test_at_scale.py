"""The hour that `scripts/at_scale.py` plays: what must be so whatever its figures are."""

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.corpora.ahead import AT_ONCE
from scripts.at_scale import Rates, played

FAST = Rates(rows=math.inf, record=0, dispatch=math.inf, delay=0, begin=0)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(1, 400), st.integers(0, 99))
def test_workers_never_do_more_than_they_can(workers: int, shards: int, seed: int) -> None:
    found = played(workers, shards, 10.0, 200, FAST, random.Random(seed))
    assert 0 < found.efficiency <= found.spoken + 1e-9 <= 1 + 2e-9
    assert found.speaking >= 10 * 0.5 * shards / workers
    assert found.before == found.after == 0


def test_a_worker_alone_is_always_busy() -> None:
    assert played(1, 50, 10.0, 200, FAST, random.Random(1)).spoken > 1 - 1e-9


def test_a_slow_dispatcher_holds_all_up() -> None:
    slow = Rates(rows=math.inf, record=0, dispatch=2, delay=0, begin=0)
    found = played(100, 1000, 10.0, 200, slow, random.Random(1))
    assert found.speaking > 500
    assert found.spoken < 0.25


def test_one_machine_that_lays_out_and_reads_makes_many_wait() -> None:
    rates = Rates(rows=1000, record=0.01, dispatch=math.inf, delay=0.1, begin=30)
    found = played(10, 100, 10.0, 200, rates, random.Random(1))
    assert found.after == 100 * 0.01
    assert found.before == 100 * 200 / 1000 + 100 * 0.1 / AT_ONCE + 30
