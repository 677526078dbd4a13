"""One of several processes of a server: `python -m ptts_np.serve.worker DESCRIPTOR`.

See `workers.py`, which starts it and writes its job to that descriptor.
"""

import asyncio
import pickle
import socket
import sys

from ptts_np.errors import PttsError
from ptts_np.serve.server import make_server, serve_sockets
from ptts_np.serve.start import make_app
from ptts_np.serve.workers import Job


def main(descriptor: int) -> int:
    """Serve until told to end. The exit code."""
    with socket.socket(fileno=descriptor) as line:
        job = _read_job(line)
        try:
            _serve(job, line)
        except PttsError as error:
            print(f"ptts-np: {error}", file=sys.stderr)
            return error.exit_code
    return 0


def _read_job(line: socket.socket) -> Job:
    with line.makefile("rb") as stream:
        length = int.from_bytes(stream.read(4), "little")
        job: Job = pickle.loads(stream.read(length))  # of the parent's
    return job


def _serve(job: Job, line: socket.socket) -> None:
    commons = job.commons.open(job.settings, job.number)
    app = make_app(job.settings, commons)

    def started(address: str) -> None:
        # nothing is ever said on it: it can be read when the parent is gone
        loop = asyncio.get_running_loop()

        def parent_is_gone() -> None:
            loop.remove_reader(line)
            server.end()

        loop.add_reader(line, parent_is_gone)
        line.sendall(b"r")

    server = make_server(app, job.settings, started)
    serve_sockets(server, job.settings, [socket.socket(fileno=job.listener)])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
