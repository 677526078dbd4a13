"""Certificates for https, checked before they are used."""

import ssl
from pathlib import Path

from ptts_np.errors import InputError
from ptts_np.serve.settings import Network


def check_certificates(network: Network) -> None:
    """Raises InputError where certificates are set that can't be used."""
    if network.certfile is not None and network.keyfile is not None:
        check_certificate(network.certfile, network.keyfile)


def check_certificate(certfile: Path, keyfile: Path) -> None:
    """Raises InputError for files that are no certificate and its key."""
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for path in (certfile, keyfile):
        if not path.is_file():
            raise InputError(f"{path} is not a file")
    try:
        # the empty password: else OpenSSL asks for one at the terminal
        trial.load_cert_chain(certfile, keyfile, password=lambda: "")
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or "not PEM"
        raise InputError(
            f"{certfile} and {keyfile} are no certificate and its unencrypted key: {reason}"
        ) from None


def renew(context: ssl.SSLContext, certfile: Path, keyfile: Path) -> None:
    """Use what the files hold now for new connections. Raises InputError, changing nothing."""
    check_certificate(certfile, keyfile)
    context.load_cert_chain(certfile, keyfile)
