"""Several processes that serve one port, and the one that looks after them.

The socket is opened once and inherited, so that whoever is free takes the next connection, and one
that waits outlives a worker that crashes. A worker that ends without being told to is started
again, after a pause that doubles while it goes on. Each worker watches a socket of the parent's:
when the parent is gone, however it ended, so are they.
"""

import logging
import pickle
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from types import FrameType

from ptts_np.errors import InputError, OutputError
from ptts_np.serve import logs
from ptts_np.serve.commons import Descriptors, reserve_commons
from ptts_np.serve.server import SECOND_CHANCE_SECONDS, ending_signals
from ptts_np.serve.settings import ServeSettings

log = logging.getLogger("ptts_np.serve")

TICK = 0.05
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0  # who lived so long has not failed again and again


@dataclass(frozen=True)
class Job:
    """What a worker is given."""

    number: int
    settings: ServeSettings
    listener: int
    commons: Descriptors


@dataclass
class Worker:
    """One place: the process in it, or the time at which there will be one again."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    line: socket.socket | None = None
    began: float = 0.0
    ready: bool = False
    failures: int = 0
    again: float = 0.0


def pause(failures: int) -> float:
    """Seconds until a worker is started again that failed so many times in a row."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)))


class Supervisor:
    """Starts the workers, starts those again that crash, and ends all of them."""

    def __init__(self, settings: ServeSettings) -> None:
        """Open the port. Raises OutputError where nobody can listen."""
        if sys.platform == "win32":
            raise InputError("--workers: Windows lets no two processes share a port; use 1")
        self._settings = settings
        self._listener = open_port(settings.network.host, settings.network.port)
        self._commons = reserve_commons(settings)
        self._workers = [Worker(number) for number in range(settings.network.workers)]
        self._told = False
        self._asked_to_end = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        scheme = "http" if self._settings.network.certfile is None else "https"
        host, port = self._listener.getsockname()[:2]
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def run(self) -> int:
        """Serve until a signal ends it. The exit code: 0, or that of workers that can't start."""
        logs.configure(self._settings.watching.log_format)
        for number in ending_signals():
            signal.signal(number, self._on_signal)
        try:
            for worker in self._workers:
                self._start(worker)
            while not self._asked_to_end:
                time.sleep(TICK)
                for worker in self._workers:
                    code = self._look_after(worker)
                    if code is not None and not self._told:
                        return code  # what one can't begin with, no other can
        finally:
            self._end()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_end += 1

    def _start(self, worker: Worker) -> None:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                worker.process = self._process(theirs.fileno())
            job = Job(worker.number, self._settings, self._listener.fileno(), self._commons)
            data = pickle.dumps(job)
            ours.sendall(len(data).to_bytes(4, "little") + data)
        except OSError:
            ours.close()
            raise
        ours.setblocking(False)
        worker.line, worker.began, worker.ready = ours, time.monotonic(), False

    def _process(self, line: int) -> subprocess.Popen[bytes]:
        commons = self._commons
        shared = (commons.quotas, commons.recordings, commons.board)
        return subprocess.Popen(
            [sys.executable, "-m", "ptts_np.serve.worker", str(line)],
            pass_fds=(line, self._listener.fileno(), *shared),
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for the parent, which tells them
            start_new_session=True,
        )

    def _start_again(self, worker: Worker, now: float) -> None:
        """Start one; where the machine can't for now, the others go on."""
        try:
            self._start(worker)
        except OSError as error:
            worker.failures += 1
            worker.again = now + pause(worker.failures)
            log.error("worker %d can't be started: %s", worker.number, error)

    def _look_after(self, worker: Worker) -> int | None:
        """Notice that a worker is ready or gone; the exit code of one that never was ready."""
        now = time.monotonic()
        if worker.process is None:
            if now >= worker.again:
                self._start_again(worker, now)
            return None
        if not worker.ready and worker.line is not None and _has_said_ready(worker.line):
            worker.ready = True
            if not self._told:
                self._told = True
                tell(self._settings, f"{len(self._workers)} workers", self.address)
        code = worker.process.poll()
        if code is None:
            return None
        self._forget(worker)
        worker.failures = 1 if now - worker.began > STEADY_SECONDS else worker.failures + 1
        worker.again = now + pause(worker.failures)
        if self._told:
            log.error(
                "worker %d ended with code %d; started again in %g seconds",
                worker.number,
                code,
                pause(worker.failures),
            )
        return None if worker.ready else code or 1

    def _forget(self, worker: Worker) -> None:
        if worker.line is not None:
            worker.line.close()
        worker.process = worker.line = None

    def _end(self) -> None:
        """Let the streams of all workers end, as long as their grace lasts."""
        running = [worker.process for worker in self._workers if worker.process is not None]
        for process in running:
            process.terminate()
        end = time.monotonic() + self._settings.load.grace_seconds + SECOND_CHANCE_SECONDS
        hurried = False
        while any(process.poll() is None for process in running):
            if self._asked_to_end > 1 and not hurried:
                hurried = True
                for process in running:
                    process.send_signal(signal.SIGINT)
                end = time.monotonic() + SECOND_CHANCE_SECONDS
            if time.monotonic() > end:
                for process in running:
                    process.kill()
            time.sleep(TICK)
        for worker in self._workers:
            self._forget(worker)
        self._listener.close()


def open_port(host: str, port: int) -> socket.socket:
    """A socket to listen at, once a worker does. Raises OutputError where nobody can."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(place)
    except OSError as error:
        raise OutputError(
            f"can't listen on {host}, port {port}: {error.strerror or error}; choose another"
        ) from error
    return opened


def tell(settings: ServeSettings, who: str, address: str) -> None:
    """Say on stderr that the server listens."""
    if settings.watching.log_format == "json":
        log.info("%s speak at %s", who, address)
    else:
        print(f"{who} speak at {address} (Ctrl-C ends them)", file=sys.stderr, flush=True)


def _has_said_ready(line: socket.socket) -> bool:
    try:
        return line.recv(1) != b""
    except BlockingIOError:
        return False
    except OSError:  # it is gone: the next look tells
        return False
