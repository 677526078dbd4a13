"""Many requests at once: all answers, in order, however long each takes."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptts_np.corpora.ahead import AT_ONCE, ahead


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 3), max_size=200))
def test_all_answers_in_order(delays: list[int]) -> None:
    def answer(item: tuple[int, int]) -> int:
        time.sleep(item[1] / 10_000)
        return item[0] ** 2

    found = list(ahead(answer, enumerate(delays)))
    assert [item for item, _ in found] == list(enumerate(delays))
    assert [squared for _, squared in found] == [n**2 for n in range(len(delays))]


def test_as_many_wait_at_once_as_may() -> None:
    together = threading.Barrier(AT_ONCE)
    assert len(list(ahead(lambda _: together.wait(30), range(2 * AT_ONCE)))) == 2 * AT_ONCE


def test_an_error_comes_in_its_place() -> None:
    def answer(item: int) -> float:
        return 1 / (item - 3)

    found = ahead(answer, iter(range(10_000)))
    assert [next(found)[0] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        next(found)
    ahead(answer, iter(range(10_000))).close()  # type: ignore[attr-defined]
