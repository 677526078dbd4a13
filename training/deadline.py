"""When training ends: a time of day or seconds from now, and how much of it is spent."""

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Deadline:
    """From `begin` to `end`, in seconds of `time.time()`."""

    begin: float
    end: float

    @property
    def left(self) -> float:
        """Seconds until the end; negative after it."""
        return self.end - time.time()

    @property
    def spent(self) -> float:
        """The share of the time that is over, 0 to 1."""
        return min(1.0, max(0.0, (time.time() - self.begin) / max(1e-9, self.end - self.begin)))

    def up_to(self, share: float) -> "Deadline":
        """From now until `share` of the whole time is over."""
        return Deadline(time.time(), self.begin + share * (self.end - self.begin))


def until(text: str) -> Deadline:
    """A deadline from now on: `+690` (seconds) or `14:05` (the next time it is that late).

    Raises:
        ValueError: it is neither.
    """
    now = datetime.fromtimestamp(time.time())
    if re.fullmatch(r"\+\d+(\.\d+)?", text):
        end = now + timedelta(seconds=float(text))
    elif re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
        hour, minute = map(int, text.split(":"))
        end = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if end <= now:
            end += timedelta(days=1)
    else:
        raise ValueError(f"{text!r} is no time: give +SECONDS or HOUR:MINUTE")
    return Deadline(now.timestamp(), end.timestamp())
