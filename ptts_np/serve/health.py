"""`python -m ptts_np.serve.health`: whether the server on this computer takes requests.

For health checks of containers, whose settings are in the environment: exit code 0 if `/ready` says
so at `PTTS_SERVE_PORT`, by https where `PTTS_SERVE_CERTFILE` is set.
"""

import os
import ssl
import sys
import urllib.request
from collections.abc import Mapping

from ptts_np.serve.settings import Network
from ptts_np.serve.sources import from_environment

SECONDS = 4


def address(environment: Mapping[str, str]) -> str:
    """Where the server says whether it is ready."""
    given = from_environment(environment)
    scheme = "https" if given.get("certfile") else "http"
    port = given.get("port", str(Network.model_fields["port"].default))
    return f"{scheme}://127.0.0.1:{port}/ready"


def main() -> int:
    """The exit code."""
    # the certificate is for the name that others call it by
    trusting = ssl._create_unverified_context()
    url = address(os.environ)
    try:
        with urllib.request.urlopen(url, timeout=SECONDS, context=trusting) as answer:
            return 0 if answer.status == 200 else 1
    except OSError as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
