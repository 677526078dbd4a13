"""How many cores there are, and a limit on them."""

import pytest

from ptts_np import machine
from ptts_np.errors import InputError


def test_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(machine.LIMIT, raising=False)
    here = machine.cores()
    assert here >= 1
    monkeypatch.setenv(machine.LIMIT, "1")
    assert machine.cores() == 1
    monkeypatch.setenv(machine.LIMIT, "100000")
    assert machine.cores() == here


@pytest.mark.parametrize("limit", ["", "0", "-1", "two", "1.5"])
def test_what_is_no_limit(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv(machine.LIMIT, limit)
    with pytest.raises(InputError, match="PTTS_CORES must be a whole number from 1"):
        machine.cores()
