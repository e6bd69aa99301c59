"""Whether a server answers as one that is ready.

Each asks in its own protocol, and raises OSError while nobody listens.
"""

import socket
import struct

from seawall.embedded.ports import LOOPBACK

__all__ = ["kafka_answers", "postgres_answers", "valkey_answers"]

SECONDS = 2.0
# Metadata v1 about all topics: length, API key 3, version 1, correlation id, no client id, null topics.
_METADATA = struct.pack(">ihhihi", 14, 3, 1, 1, -1, -1)
_BROKERS = 11  # where the answer's broker count ends: length, correlation id, count
_STARTUP = struct.pack(">ii", 41, 196608) + b"user\0postgres\0database\0postgres\0\0"


def kafka_answers(port: int) -> bool:
    """Whether the broker knows of a broker: itself."""
    answer = _ask(port, _METADATA)
    return len(answer) > _BROKERS and answer[_BROKERS] > 0


def postgres_answers(port: int) -> bool:
    """Whether the server asks for a password; while it recovers it answers with an error."""
    return _ask(port, _STARTUP)[:1] == b"R"


def valkey_answers(port: int, password: str) -> bool:
    """Whether the server answers a ping; while it loads its data it refuses."""
    return b"+PONG" in _ask(port, f"AUTH {password}\r\nPING\r\n".encode(), lines=2)


def _ask(port: int, question: bytes, *, lines: int = 0) -> bytes:
    with socket.create_connection((LOOPBACK, port), SECONDS) as connection:
        connection.sendall(question)
        answer = connection.recv(64)
        while answer.count(b"\r\n") < lines and (more := connection.recv(64)):
            answer += more
        return answer
