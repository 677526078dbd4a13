"""Who a request comes from: set at the door, known wherever the request is worked on."""

import hashlib
import math
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from ptts_np.serve.errors import ApiError
from ptts_np.serve.keys import Key, Scope

Wait = Callable[[str, float], float]
"""Takes so much of something; answers the seconds to wait if it is too much."""


@dataclass(frozen=True)
class Caller:
    """One client: its key's name, or its address where no keys are set."""

    name: str
    key: Key | None
    wait: Wait
    working: bool = True  # what it asks for is work, not a page or a list

    @property
    def owner(self) -> str:
        """Marks the uploads of a key; empty where no keys are set, and the id is the secret."""
        return "" if self.key is None else hashlib.sha256(self.key.name.encode()).hexdigest()[:12]

    def require(self, scope: Scope) -> None:
        """Raises ApiError where the key may not do this."""
        if self.key is not None and not self.key.may(scope):
            raise ApiError(
                403, f"the key {self.key.name} lacks the scope {scope}", code="insufficient_scope"
            )

    def charge(self, what: str, amount: float) -> None:
        """Count what is asked for. Raises ApiError beyond the client's quota."""
        seconds = self.wait(what, amount)
        if seconds > 0:
            again = math.ceil(seconds)
            raise ApiError(
                429,
                f"too many {what} in this minute: try again in {again} seconds",
                code="quota",
                headers={"Retry-After": str(again)},
            )


CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""None for what the server does by itself."""


def require(scope: Scope) -> None:
    """Raises ApiError where the present caller may not do this."""
    if caller := CALLER.get():
        caller.require(scope)


def charge(what: str, amount: float) -> None:
    """Count what the present caller asks for. Raises ApiError beyond its quota."""
    if caller := CALLER.get():
        caller.charge(what, amount)


def owner() -> str:
    """The mark of the present caller's uploads."""
    caller = CALLER.get()
    return caller.owner if caller else ""


def upload_limit() -> int | None:
    """How many voices the present caller may keep in memory; None: any number."""
    caller = CALLER.get()
    return caller.key.uploads if caller and caller.key else None
