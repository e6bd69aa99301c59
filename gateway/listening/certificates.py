"""TLS of a listener, whose certificate is renewed every few weeks while it runs."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import structlog

__all__ = ["LOOK_EVERY", "Certificate"]

LOOK_EVERY = 10.0  # seconds

_log = structlog.get_logger(__name__)

_Files = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate and its key in files, which are read again once they have changed.

    Args:
        certificate: the chain, PEM.
        key: its key, PEM, without a password.
        clock: seconds, monotonic.

    Raises:
        OSError: a file cannot be read, or they are no pair (ssl.SSLError).
    """

    def __init__(self, certificate: Path, key: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = certificate, key
        self._clock = clock
        self._seen, self._context = self._look(), self._read()  # what changes in between is seen later
        self._looked_at = clock()

    def context(self) -> ssl.SSLContext:
        """For the next connection. What was renewed only in part, or cannot be read, leaves the one before in force."""
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._renew()
        return self._context

    def _renew(self) -> None:
        try:
            seen = self._look()
            if seen == self._seen:
                return
            self._context, self._seen = self._read(), seen
        except OSError as problem:
            reason = "no pair" if isinstance(problem, ssl.SSLError) else problem.strerror
            _log.warning("certificate_not_renewed", certificate=str(self._paths[0]), problem=reason)
        else:
            _log.info("certificate_renewed", certificate=str(self._paths[0]))

    def _look(self) -> _Files:
        return tuple((at.st_ino, at.st_size, at.st_mtime_ns) for at in (path.stat() for path in self._paths))

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # A sender that closes without having read its tickets resets the connection, and what it has just sent is gone.
        context.num_tickets = 0
        context.load_cert_chain(*self._paths, password="")  # without one OpenSSL would ask on the terminal
        return context
