"""The command itself: help, exit codes, one line on failure, modules imported only where they are needed."""

import socket
import subprocess
import sys

import pytest

from seawall.cli import COMMANDS

SUBCOMMANDS = [
    *([name] for name in COMMANDS if name not in {"dead", "rules"}),
    ["dead", "list"],
    ["dead", "show"],
    ["dead", "replay"],
    ["rules", "check"],
]


@pytest.mark.parametrize("command", SUBCOMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(seawall, command):
    done = seawall(*command, "--help")
    assert done.returncode == 0, done.stderr
    assert "seawall " + " ".join(command) in done.stdout.split("Example", 1)[-1], done.stdout


def test_help_lists_every_command(seawall):
    done = seawall("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"│ {name} " in done.stdout


def test_without_a_command_the_help_is_shown(seawall):
    done = seawall()
    assert "Commands" in done.stdout
    assert done.stderr == ""


def test_version(seawall):
    done = seawall("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "seawall")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nope"], "seawall: No such command 'nope' (see `seawall --help`)"),
        (["topics", "--nope"], "seawall: No such option: --nope (see `seawall topics --help`)"),
        (["dead", "list", "--limit", "0"], "seawall: Invalid value for '--limit'"),
        (["dead", "list", "--since", "soon"], "seawall: Invalid value for '--since'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(seawall, arguments, line):
    done = seawall(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1


def test_a_failure_is_one_line_and_exit_1(seawall):
    done = seawall("topics")
    assert done.returncode == 1
    assert done.stderr == (
        "seawall: no Kafka: start `seawall up` (nothing runs in .seawall), or set SEAWALL_KAFKA_BOOTSTRAP_SERVERS\n"
    )


def test_wrong_settings_are_a_line_each(seawall):
    done = seawall("topics", env={"SEAWALL_PARTITIONS": "many", "SEAWALL_DATABASE_URL": "mysql://u:hunter22@h/d"})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "SEAWALL_PARTITIONS='many'" in done.stderr
    assert "SEAWALL_DATABASE_URL: should begin with postgresql://" in done.stderr
    assert "hunter22" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env"),
    [(["--debug", "topics"], {}), (["topics", "--debug"], {}), (["topics"], {"SEAWALL_DEBUG": "1"})],
)
def test_debug_shows_the_traceback(seawall, arguments, env):
    done = seawall(*arguments, env=env)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "NothingRunsError" in done.stderr


def test_a_command_that_cannot_be_imported_does_not_break_the_others(seawall, tmp_path):
    # A module that shadows one of ours by failing, as a half-installed dependency would.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'seawall.cli.topics': raise ImportError('a library is missing')\n"
        "sys.meta_path.insert(0, Broken())\n"
    )
    env = {"PYTHONPATH": str(tmp_path)}
    broken = seawall("topics", env=env)
    assert (broken.returncode, broken.stderr) == (
        1,
        "seawall: `seawall topics` cannot be loaded: a library is missing\n",
    )
    assert seawall("--help", env=env).returncode == 0
    assert seawall("send", "--help", env=env).returncode == 0


@pytest.mark.parametrize("arguments", [["--help"], ["send", "--help"], ["topics", "--help"], ["status", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\nfrom seawall.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "print(sorted({'faust', 'aiokafka', 'psycopg', 'procrastinate', 'slack_sdk', 'jgo'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["worker", "notifier", "gateway"])
def test_an_address_that_is_taken_is_said_at_the_start(seawall, environment, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = seawall(command, env={**environment, "SEAWALL_METRICS_PORT": port, "SEAWALL_GATEWAY_PORT": "0"})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"seawall: health and metrics cannot be served at 127.0.0.1:{port}: Address already in use;"
        " see SEAWALL_METRICS_HOST and _PORT"
    )


def test_a_port_of_gelf_that_is_taken_is_the_one_that_is_named(seawall, environment):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ours = {"SEAWALL_GATEWAY_GELF_TCP_PORT": port, "SEAWALL_GATEWAY_GELF_KEY": "k", "SEAWALL_GATEWAY_PORT": "0"}
        done = seawall("gateway", env={**environment, **ours})
    assert done.returncode == 1
    assert done.stderr == f"seawall: the gateway cannot use 127.0.0.1:{port}: Address already in use\n"
