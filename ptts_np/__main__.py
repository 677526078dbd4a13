"""`python -m ptts_np`: the command line.

Only what Python has loaded anyway is imported here: before `main` no Ctrl-C can be caught.
"""

import os
import sys
import time

_SIGINT = 2  # what a KeyboardInterrupt comes from before anything listens


def main() -> None:
    """Run one command and exit with its code."""
    _open_closed_streams()
    interrupt = _Interrupt()
    try:
        interrupt.listen()
        from ptts_np.cli.commands import run

        sys.exit(run(sys.argv[1:]))
    except SystemExit:
        raise
    except BaseException as error:
        # within an extension's import, an interrupt comes out as an ImportError
        if not interrupt.number and not isinstance(error, KeyboardInterrupt):
            raise
        print("ptts-np: interrupted", file=sys.stderr)
        sys.exit(128 + (interrupt.number or _SIGINT))


class _Interrupt:
    """Ctrl-C or SIGTERM raises KeyboardInterrupt, so that no half-written file stays behind.

    Signals that follow at once are passed over: they would disturb the cleaning up. Later ones
    raise again, since Python may drop an exception, in a destructor for example.
    """

    PAUSE = 2.0  # seconds

    def __init__(self) -> None:
        self.number = 0
        self._time = -self.PAUSE

    def listen(self) -> None:
        """Receive the signals that would end the process, not those that are ignored."""
        import signal

        for number, default in (
            (signal.SIGINT, signal.default_int_handler),
            (signal.SIGTERM, signal.SIG_DFL),
        ):
            if signal.getsignal(number) is default:
                signal.signal(number, self._receive)

    def _receive(self, number: int, _: object) -> None:
        now = time.monotonic()
        if now - self._time >= self.PAUSE:
            self.number, self._time = number, now
            raise KeyboardInterrupt


def _open_closed_streams() -> None:
    """Give the null device to streams closed by the shell: else the next file opened is theirs."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


if __name__ == "__main__":
    main()
