"""One stage of work running ahead of the next, in a thread of its own."""

import atexit
import queue
import threading
from collections.abc import Generator
from contextlib import closing
from typing import Any, TypeVar

T = TypeVar("T")

_END = object()
# at the end of the process threads stand still, and nothing may wait for one
_EXITING = threading.Event()
atexit.register(_EXITING.set)


def run_ahead(items: Generator[T, None, None], room: int) -> Generator[T, None, None]:
    """The same items, made in a thread that is at most `room` of them ahead of the reader.

    A reader who stops reading pauses the thread; closing the iterator ends it before its next
    item. What `items` raises is raised here, in its place.
    """
    ahead: queue.Queue[Any] = queue.Queue(maxsize=room)
    closed, exiting = threading.Event(), _EXITING

    def work() -> None:
        last: Any = _END
        try:
            # closed here, for an earlier stage that waits with an item
            with closing(items):
                for item in items:
                    ahead.put(item)
                    if closed.is_set():
                        return
        except BaseException as error:  # noqa: BLE001 - handed over to the reader
            last = error
        ahead.put(last)

    thread = threading.Thread(target=work, name="ptts-ahead", daemon=True)
    thread.start()
    try:
        while (item := ahead.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        closed.set()
        # an empty queue lets a put that is waiting go through, so that the thread sees `closed`
        while thread.is_alive() and not exiting.is_set():
            _drain(ahead)
            thread.join(timeout=0.005)


def _drain(full: "queue.Queue[Any]") -> None:
    try:
        while True:
            full.get_nowait()
    except queue.Empty:
        return
