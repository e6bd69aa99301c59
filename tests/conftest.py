"""Real servers for the tests, started at most once a session and only where a test asks for them.

SEAWALL_TEST_KAFKA_BOOTSTRAP_SERVERS, SEAWALL_TEST_DATABASE_URL (of a role that may make databases) and
SEAWALL_TEST_REDIS_URL name servers to use instead. Tests that stop servers take `own_stack` below tests/embedded.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from seawall.embedded.stack import EmbeddedStack

KAFKA = os.environ.get("SEAWALL_TEST_KAFKA_BOOTSTRAP_SERVERS")
DATABASE = os.environ.get("SEAWALL_TEST_DATABASE_URL")
REDIS = os.environ.get("SEAWALL_TEST_REDIS_URL")
FIXTURES = {"stack", "kafka", "redis_url", "admin_database_url", "database_url", "new_folder"}


def pytest_configure() -> None:
    """Let no setting of whoever runs the tests reach them."""
    for name in [name for name in os.environ if name.startswith("SEAWALL_") and not name.startswith("SEAWALL_TEST_")]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.stack)


def make_folder(name: str = "seawall-test-") -> Path:
    """A folder that PostgreSQL's user can pass through; pytest's own are closed to everybody else."""
    folder = Path(tempfile.mkdtemp(prefix=name))
    folder.chmod(0o711)
    return folder


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A folder for a stack of one's own."""
    folder = make_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack() -> Iterator[EmbeddedStack]:
    """The servers that are not given by the environment. Shared: do not stop them."""
    folder = make_folder()
    running = EmbeddedStack(folder / "data", kafka=not KAFKA, postgres=not DATABASE, valkey=not REDIS)
    try:
        with running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> str:
    """`host:port` of a broker. Topics are shared by the session: use `topic_prefix`."""
    return KAFKA or _endpoint(request, "KAFKA_BOOTSTRAP_SERVERS")


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """`redis://…`. Keys are shared by the session: use `topic_prefix`."""
    return REDIS or _endpoint(request, "REDIS_URL")


@pytest.fixture(scope="session")
def admin_database_url(request: pytest.FixtureRequest) -> str:
    """`postgresql://…` of a role that may make and drop databases."""
    return DATABASE or request.getfixturevalue("stack").postgres.superuser_url


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest, admin_database_url: str) -> Iterator[str]:
    """`postgresql://…` of an empty database with the current schema, one a module; gone afterwards."""
    import psycopg
    from psycopg import sql

    from sinks.postgres.migrating import migrate

    name = f"test_{secrets.token_hex(6)}"
    role_url = DATABASE or _endpoint(request, "DATABASE_URL")
    owner = sql.Identifier(urlsplit(role_url).username or "seawall")
    with psycopg.connect(admin_database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner))
        try:
            url = urlunsplit(urlsplit(role_url)._replace(path=f"/{name}"))
            migrate(url)
            yield url
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics, groups and keys that no other test uses."""
    return f"t{secrets.token_hex(5)}."


def _endpoint(request: pytest.FixtureRequest, name: str) -> str:
    return request.getfixturevalue("stack").endpoints()[name]
