"""The parts of a client, put together as its options say."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
from typing import TYPE_CHECKING, Any

from seawall_client.dsn import Dsn, parse_dsn
from seawall_client.events.finishing import Finisher
from seawall_client.events.places import Places
from seawall_client.losses import Losses
from seawall_client.masking.events import Masker
from seawall_client.options import Options
from seawall_client.quiet import warn_once
from seawall_client.release import commit_of, release_of
from seawall_client.sending.contract import OnDemand, Transport
from seawall_client.sending.courier import Courier
from seawall_client.sending.pump import Pump
from seawall_client.sending.queue import Queue
from seawall_client.storm import StormGuard
from seawall_client.version import SDK

if TYPE_CHECKING:
    from seawall_client.sending.spool import Spool

__all__ = ["make_pump"]

_LEAST_KEY = 8  # characters: a shorter one may be a word


def make_pump(options: Options, losses: Losses, storm: StormGuard) -> tuple[Pump, Places]:
    """The thread that finishes and sends, and the judge of whose code a frame is.

    Raises:
        ValueError: no destination, or a wrong one; a pattern of the masking that is none.
    """
    dsn = parse_dsn(options.dsn) if options.dsn else None
    places = Places(options.project_root, options.in_app_include, options.in_app_exclude)
    masker = Masker(options.mask_keys, {**options.mask_patterns, **_own_key(dsn)}, dsn.key if dsn else "")
    finisher = Finisher(
        places=places,
        around=min(options.source_lines, 10),
        common=_common(options, dsn, places.root),
        losses=losses,
        mask=masker.mask,
        before_send=options.before_send,
    )
    courier = Courier(_transport(options, dsn), losses, timeout=options.timeout, spool=_spool(options, dsn))
    queue = Queue(finisher, losses, size=options.queue_size, most_bytes=options.queue_bytes)
    pump = Pump(queue, courier, losses, storm, linger=options.linger, patience=options.flush_timeout)
    if courier.has_spooled():
        pump.start()  # what an earlier process left behind does not wait for the next error
    return pump, places


def _own_key(dsn: Dsn | None) -> dict[str, str]:
    """The pattern of the DSN's own key: programs hold it, and must not tell it by their variables or messages."""
    return {"dsn_key": re.escape(dsn.key)} if dsn is not None and len(dsn.key) >= _LEAST_KEY else {}


def _transport(options: Options, dsn: Dsn | None) -> Transport:
    """Imported where it is first used, on the thread that sends: programs that never fail do not wait for it."""
    if dsn is not None:

        def http() -> Transport:
            import encodings.idna  # noqa: F401, PLC0415  looking up a host's name imports it
            import tokenize  # noqa: F401, PLC0415  and so does reading a source file

            from seawall_client.sending.http import HttpTransport  # noqa: PLC0415

            return HttpTransport(dsn, ca_file=options.ca_file, proxy=options.proxy)

        return OnDemand(http)
    servers = options.bootstrap_servers
    if not servers:
        raise ValueError("neither a DSN nor bootstrap servers are given")

    def kafka() -> Transport:
        from seawall_client.sending.kafka import KafkaTransport  # noqa: PLC0415

        return KafkaTransport(servers, options.topic, options.kafka_options)

    return OnDemand(kafka)


def _spool(options: Options, dsn: Dsn | None) -> Spool | None:
    """A folder for each destination: what is another project's must not be sent to this one."""
    if not options.spool_dir:
        return None
    target = f"{dsn.host}:{dsn.port}{dsn.path}" if dsn else f"{options.bootstrap_servers}/{options.topic}"
    folder = os.path.join(options.spool_dir, hashlib.blake2b(target.encode(), digest_size=6).hexdigest())
    try:
        from seawall_client.sending.spool import Spool  # noqa: PLC0415  not on every platform

        return Spool(folder, options.spool_bytes)
    except ImportError:
        warn_once("the spool needs POSIX file locks: events are not kept on disk")
    except OSError as problem:
        warn_once(f"the spool cannot be used: {problem.strerror}")
    return None


def _common(options: Options, dsn: Dsn | None, root: str) -> dict[str, Any]:
    """What every event of the process says."""
    commit = commit_of(os.environ, root)
    project = dsn.project if dsn and not dsn.project.isdigit() else None  # a number is no name
    common = {
        "service": options.service or os.environ.get("OTEL_SERVICE_NAME") or project,
        "environment": options.environment,
        "release": release_of(options.release, os.environ, commit),
        "commit": commit,
        "hostname": _hostname(),
        "language": "python",
        "sdk": SDK,
        "tags": {"runtime": f"{platform.python_implementation()} {platform.python_version()}", **options.tags},
    }
    return {name: value for name, value in common.items() if value is not None}


def _hostname() -> str | None:
    try:
        return socket.gethostname()
    except OSError:
        return None
