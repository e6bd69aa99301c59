"""What type checkers say of a program that uses the client."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("mypy")
SOURCE = Path(__file__).parents[2] / "src"

PROGRAM = """
    from __future__ import annotations

    from collections.abc import AsyncIterator

    import seawall_client
    from seawall_client import APIError

    seawall_client.init("https://k@h/p", service="shop", tags={"a": "b"}, sampler=lambda moment: 0.5)


    class OutOfStock(APIError):
        status = 409


    @seawall_client.capture
    def plain(number: int) -> str:
        return str(number)


    @seawall_client.capture(reraise=False, default=None, severity="warning", tags={"part": "search"})
    async def later(number: int) -> str | None:
        return str(number)


    @seawall_client.capture
    async def many() -> AsyncIterator[int]:
        yield 1


    def block() -> int:
        with seawall_client.capture():
            return 1


    async def asynchronous_block() -> int:
        async with seawall_client.capture(severity="warning"):
            return 1


    def swallowing() -> int:
        with seawall_client.capture(reraise=False):
            return 1
        return 2


    def scoped() -> int:
        with seawall_client.isolation_scope() as scope, seawall_client.push_scope():
            scope.set_user({"id": 1})
            return 1


    text: str = plain(1)
    event_id: str | None = seawall_client.capture_exception(ValueError("x"), extra={"a": 1})
    done: bool = seawall_client.flush(1)
    raise OutOfStock(details={"left": 0})
"""


def test_a_program_passes_mypy_strict(tmp_path):
    file = tmp_path / "shop.py"
    file.write_text(textwrap.dedent(PROGRAM))
    options = ["--strict", "--warn-unreachable", "--follow-imports=silent", "--cache-dir", str(tmp_path)]
    command = [sys.executable, "-m", "mypy", *options, str(file)]
    ran = subprocess.run(
        command, cwd=tmp_path, env={"MYPYPATH": str(SOURCE)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
