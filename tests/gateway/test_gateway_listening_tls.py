"""GELF over TCP and Fluentd's forward protocol by TLS, and by a user with a password, by a gateway as it runs."""

import hashlib
import os
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import msgpack
import pytest
import trustme
from fluent.sender import EventTime
from gateway_support import Running, make_keys, prepared, start_gateway
from pydantic import ValidationError
from pygelf import GelfTlsHandler
from test_gateway_listening import logger_of, until_sent

from gateway.listening.streams import CONNECTIONS
from seawall.embedded.ports import free_ports
from seawall.settings import Settings

SHARED_KEY, USER, PASSWORD = "between us", "ship", "ahoy"
CLOSED = 20  # seconds within which a connection that is of no use is closed


@dataclass
class Secured:
    running: Running
    gelf: int
    fluent: int
    authority: Path

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.authority)
        return context.wrap_socket(
            socket.create_connection(("127.0.0.1", self.fluent), 30), server_hostname="localhost"
        )


@pytest.fixture(scope="module")
def secured(settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    given = authority.issue_cert("localhost", "127.0.0.1")
    for name, pem in (("key", given.private_key_pem), ("cert", given.cert_chain_pems[0]), ("ca", authority.cert_pem)):
        pem.write_to_path(str(folder / name))
    keys, gelf, fluent = make_keys(settings, "harbour"), free_ports(), free_ports()
    files = {
        f"SEAWALL_GATEWAY_{of}_TLS_{what.upper()}": str(folder / what)
        for of in ("GELF", "FLUENT")
        for what in ("cert", "key")
    }
    with start_gateway(
        settings, folder, **files,
        SEAWALL_GATEWAY_GELF_KEY=keys.secret, SEAWALL_GATEWAY_GELF_TCP_PORT=str(gelf),
        SEAWALL_GATEWAY_FLUENT_KEY=keys.secret, SEAWALL_GATEWAY_FLUENT_PORT=str(fluent),
        SEAWALL_GATEWAY_FLUENT_SHARED_KEY=SHARED_KEY, SEAWALL_GATEWAY_FLUENT_USERNAME=USER,
        SEAWALL_GATEWAY_FLUENT_PASSWORD=PASSWORD,
    ) as running:  # fmt: skip
        yield Secured(running, gelf, fluent, folder / "ca")


def sha512(*parts: bytes) -> str:
    return hashlib.sha512(b"".join(parts)).hexdigest()


class Sender:
    """Speaks as Fluentd's out_forward does with `security` and a user."""

    def __init__(self, connection: socket.socket, user: str, password: str, shared_key: str = SHARED_KEY) -> None:
        self._connection, self._unpacker = connection, msgpack.Unpacker()
        hello, options = self.read()
        assert hello == "HELO"
        salt = os.urandom(16)
        nonce, auth = options["nonce"], options["auth"]
        proof = sha512(salt, b"client", nonce, shared_key.encode())
        secret = sha512(auth, user.encode(), password.encode())
        self.write(["PING", "client", salt, proof, user, secret])
        self.pong = self.read()
        assert not self.pong[1] or self.pong[4] == sha512(salt, self.pong[3].encode(), nonce, shared_key.encode())

    def write(self, message: object) -> None:
        self._connection.sendall(msgpack.packb(message))

    def read(self):
        while True:
            for one in self._unpacker:
                return one
            part = self._connection.recv(65_536)
            assert part, "the gateway has closed the connection"
            self._unpacker.feed(part)


def test_gelf_comes_by_tls(secured, sent):
    handler = GelfTlsHandler(host="127.0.0.1", port=secured.gelf, validate=True, ca_certs=str(secured.authority))
    logger_of(handler).error("by TLS")
    handler.close()
    assert [one.message for record in until_sent(sent, 1) for one in prepared(record)] == ["by TLS"]


def test_fluentd_sends_by_tls_as_a_user(secured, sent):
    noise = os.urandom(1_500_000).hex()  # more than is read ahead
    with secured.connect() as connection:
        sender = Sender(connection, USER, PASSWORD)
        assert sender.pong[:3] == ["PONG", True, ""]
        for chunk, message in (("c1", "small"), ("c2", f"large {noise}")):
            record = {"message": message, "level": "error"}
            sender.write(["app", [[EventTime(time.time()), record]], {"chunk": chunk}])
            assert sender.read() == {"ack": chunk}
    assert sorted(one.message[:5] for record in sent() for one in prepared(record)) == ["large", "small"]


@pytest.mark.parametrize(
    ("user", "password", "shared_key", "why"),
    [
        (USER, "guessed", SHARED_KEY, "username/password mismatch"),
        ("guest", PASSWORD, SHARED_KEY, "username/password mismatch"),
        ("", "", SHARED_KEY, "username/password mismatch"),
        (USER, PASSWORD, "guessed", "shared_key mismatch"),
    ],
)
def test_who_is_not_the_user_is_cut_off(secured, user, password, shared_key, why):
    with secured.connect() as connection:
        sender = Sender(connection, user, password, shared_key)
        assert sender.pong[1:3] == [False, why]
        assert connection.recv(100) == b""


def test_who_speaks_in_the_clear_is_not_listened_to(secured, sent):
    with socket.create_connection(("127.0.0.1", secured.fluent), timeout=CLOSED) as connection:
        connection.sendall(msgpack.packb(["app", int(time.time()), {"message": "in the clear", "level": "error"}]))
        with pytest.raises(OSError):  # noqa: PT012 -- an alert of TLS and the end, or the end at once
            while connection.recv(1_000):
                pass
            raise ConnectionResetError
    assert sent() == []


def test_handshakes_that_do_not_end_count_as_connections(secured):
    silent = [socket.create_connection(("127.0.0.1", secured.fluent), timeout=CLOSED) for _ in range(CONNECTIONS)]
    try:
        with socket.create_connection(("127.0.0.1", secured.fluent), timeout=CLOSED) as one_more:
            assert one_more.recv(1) == b""
        for one in silent:  # they are given up
            assert one.recv(1) == b""
    finally:
        for one in silent:
            one.close()
    deadline = time.monotonic() + CLOSED
    while True:
        try:
            with secured.connect() as connection:
                assert Sender(connection, USER, PASSWORD).pong[1]
                return
        except OSError:  # what was closed a moment ago may count yet
            assert time.monotonic() < deadline, "nobody is let in any more"


def test_files_that_cannot_be_used_are_named(settings, seawall, tmp_path):
    (tmp_path / "empty").touch()
    for given, why in ((tmp_path / "none", "No such file"), (tmp_path / "empty", "in PEM")):
        done = seawall(
            "gateway",
            more={
                "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka(),
                "SEAWALL_GATEWAY_FLUENT_PORT": "1",
                "SEAWALL_GATEWAY_FLUENT_KEY": "key",
                "SEAWALL_GATEWAY_FLUENT_TLS_CERT": str(given),
                "SEAWALL_GATEWAY_FLUENT_TLS_KEY": str(given),
            },
        )
        assert done.returncode != 0
        assert "SEAWALL_GATEWAY_FLUENT_TLS_CERT" in done.stderr
        assert why in done.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"gateway_fluent_tls_cert": "cert"},
        {"gateway_gelf_tls_key": "key"},
        {"gateway_fluent_username": "ship", "gateway_fluent_shared_key": "between us"},
        {"gateway_fluent_username": "ship", "gateway_fluent_password": "ahoy"},
    ],
)
def test_settings_that_are_not_whole_are_refused(given):
    with pytest.raises(ValidationError, match="SEAWALL_GATEWAY_"):
        Settings(_env_file=None, **given)
