"""A gateway for every test that asks for one, and a client that sends to it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src"
for folder in (str(SOURCE), str(HERE)):
    if folder not in sys.path:  # also where another project's tests are run with these
        sys.path.insert(0, folder)

import fake_gateway  # noqa: E402

import seawall_client  # noqa: E402
from seawall_client import quiet  # noqa: E402


@pytest.fixture(autouse=True)
def _nothing_of_whoever_runs_the_tests(monkeypatch):
    for name in list(os.environ):
        if name.startswith("SEAWALL_") and not name.startswith("SEAWALL_TEST_"):
            monkeypatch.delenv(name)
    yield
    seawall_client.close(timeout=0)
    quiet._said.clear()


@pytest.fixture
def gateway():
    running = fake_gateway.Gateway().start()
    yield running
    running.end()
    assert not running.broken, running.broken


@pytest.fixture
def client(gateway):
    """A client with the options that a test hands over."""

    def make(**options):
        options.setdefault("linger", 0.0)
        options.setdefault("hooks", ())
        return seawall_client.init(gateway.dsn, service="shop", **options)

    return make


@pytest.fixture
def program(gateway, tmp_path):
    """Run a program in a process of its own, with the DSN in its environment. Returns what came of it."""

    def run(text, *arguments, env=None, check=None, timeout=60, wait=True, **popen):
        file = tmp_path / "program.py"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
        settings = {"SEAWALL_DSN": gateway.dsn, "PYTHONPATH": os.pathsep.join(paths), **(env or {})}
        process = subprocess.Popen(
            [sys.executable, str(file), *arguments],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            **popen,
        )
        if not wait:
            return process
        try:
            process.stdout_text, process.stderr_text = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(process.communicate()) from None
        if check is not None:
            assert process.returncode == check, process.stderr_text
        return process

    return run
