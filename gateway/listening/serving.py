"""Sockets for what the settings turn on, bound before anything runs, so that a port that is taken is told at once."""

import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.listening.certificates import Certificate
from gateway.listening.fluent import FluentStream
from gateway.listening.gelf import GelfStream, serve_udp
from gateway.listening.intake import Intake
from gateway.listening.streams import serve_tcp
from gateway.protocols.forward import User
from gateway.writing import Writer

__all__ = ["Listening", "bound", "listeners"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What is listened for beside HTTP. A port of 0 is off; with a port there is a key."""

    gelf_host: str = "127.0.0.1"
    gelf_tcp_port: int = 0
    gelf_udp_port: int = 0
    gelf_key: str = ""
    gelf_tls: Certificate | None = None  # of TCP
    fluent_host: str = "127.0.0.1"
    fluent_port: int = 0
    fluent_key: str = ""
    fluent_shared_key: str | None = None
    fluent_user: User | None = None
    fluent_tls: Certificate | None = None


def listeners(
    listening: Listening, keys: KeyBook, allowance: Allowance, writer: Writer, stack: AsyncExitStack
) -> list[Coroutine[Any, Any, None]]:
    """What is to run for ever. Raises OSError where a port is taken."""
    tcp = _open("gelf-tcp", listening.gelf_host, listening.gelf_tcp_port, stack)
    udp = _open("gelf-udp", listening.gelf_host, listening.gelf_udp_port, stack)
    fluent = _open("fluent", listening.fluent_host, listening.fluent_port, stack)
    works: list[Coroutine[Any, Any, None]] = []
    if tcp is not None:
        intake = Intake("gelf-tcp", listening.gelf_key, keys, allowance, writer)
        works.append(serve_tcp(tcp, intake, GelfStream(intake), listening.gelf_tls))
    if udp is not None:
        works.append(serve_udp(udp, Intake("gelf-udp", listening.gelf_key, keys, allowance, writer)))
    if fluent is not None:
        intake = Intake("fluent", listening.fluent_key, keys, allowance, writer)
        stream = FluentStream(intake, listening.fluent_shared_key, listening.fluent_user)
        works.append(serve_tcp(fluent, intake, stream, listening.fluent_tls))
    return works


def _open(protocol: str, host: str, port: int, stack: AsyncExitStack) -> socket.socket | None:
    if not port:
        return None
    made = bound(host, port, socket.SOCK_DGRAM if protocol == "gelf-udp" else socket.SOCK_STREAM)
    stack.callback(made.close)
    _log.info("gateway_listens", protocol=protocol, host=host, port=port)
    return made


def bound(host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A socket at an address. Raises OSError, which names it, where that is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, kind)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return made
