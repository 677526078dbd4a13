"""`python -m ptts_np`: the command line."""

import os
import signal
import sys
from typing import Any


def main() -> None:
    """Run one command and exit with its code."""
    _open_closed_streams()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        from ptts_np.cli import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        print("ptts-np: interrupted", file=sys.stderr)
        sys.exit(130)


def _open_closed_streams() -> None:
    """Give the null device to streams closed by the shell: else the next file opened is theirs."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def _terminate(*_: Any) -> None:
    """Unwind on SIGTERM, too, so that no half-written file stays behind."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
