"""The manual says what the code does."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import seawall_client
from seawall_client.options import InitOptions, Options

TOP = Path(__file__).parents[2]


def test_the_table_of_options_is_current():
    done = subprocess.run([sys.executable, TOP / "tools/manual.py", "--check"], check=False)
    assert done.returncode == 0, "run tools/manual.py"


def test_init_takes_every_option():
    assert ["dsn", *InitOptions.__annotations__] == [field.name for field in dataclasses.fields(Options)]


def test_every_module_of_an_integration_is_in_the_manual():
    manual = (TOP / "README.md").read_text(encoding="utf-8")
    modules = {file.stem for file in (TOP / "src/seawall_client/integrations").glob("*.py")}
    for name in modules - {"__init__", "bodies", "commands", "requests"}:
        assert f"seawall_client.integrations.{name}" in manual


def test_what_is_public_is_there():
    for name in seawall_client.__all__:
        assert getattr(seawall_client, name) is not None
