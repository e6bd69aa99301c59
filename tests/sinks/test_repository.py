"""Suspect commits, in repositories that the tests make; and that nothing in one, or in a frame, makes git do more."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sinks import git as git_module
from sinks.git import GitError, run_git
from sinks.repository import NotFetchedError, suspect

PAY = "import bank\n\ndef pay(order):\n    bank.charge(order.total)\n    return True\n"


class Repository:
    """A repository with one commit a call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init")

    def git(self, *arguments: str, author: str = "Ann") -> str:
        who = ["-c", f"user.name={author}", "-c", f"user.email={author.lower()}@example.com"]
        done = subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, subject: str, author: str = "Ann", **files: str) -> str:
        for name, content in files.items():
            path = self.folder / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".py").write_text(content)
        self.git("add", "-A")
        self.git("commit", "--allow-empty", "-m", subject, author=author)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Repository:
    """1.0, in which Ann wrote it; then 1.1, in which Bo changed the line and Cy the file."""
    repository = Repository(tmp_path_factory.mktemp("clones") / "shop")
    repository.commit("Pay", backend__pay=PAY, backend__mail="def send():\n    raise OSError\n", top="1 / 0\n")
    repository.git("tag", "v1.0")
    repository.commit("Round the total", author="Bo", backend__pay=PAY.replace("order.total", "round(order.total)"))
    repository.commit("Say so", author="Cy", backend__mail="# mail\ndef send():\n    raise OSError\n")
    repository.git("tag", "shop@1.1")
    repository.commit("Move on", author="Di", backend__pay="# later\n" * 9)
    return repository


def frame(file: str, line: int) -> dict:
    return {"file": file, "line": line}


PAY_LINE, PAY_TOP, SEND = frame("/app/backend/pay.py", 4), frame("pay.py", 1), frame("backend/mail.py", 3)
OUTSIDE = frame("/usr/lib/python3/site.py", 1)


@pytest.mark.parametrize(
    ("frames", "release", "previous", "expected"),
    [
        ([PAY_LINE], "shop@1.1", "shop@1.0", ("line", "Round the total", "Bo", "backend/pay.py", 4)),
        ([OUTSIDE, PAY_LINE], "shop@1.1", "1.0", ("line", "Round the total", "Bo", "backend/pay.py", 4)),
        ([SEND], "shop@1.1", "v1.0", ("file", "Say so", "Cy", "backend/mail.py", 3)),
        ([SEND, PAY_LINE], "shop@1.1", "v1.0", ("line", "Round the total", "Bo", "backend/pay.py", 4)),
        ([PAY_TOP], "shop@1.1", None, ("before", "Pay", "Ann", "backend/pay.py", 1)),
        ([frame("file:///app/top.py", 1)], "shop@1.1", "1.0", ("before", "Pay", "Ann", "top.py", 1)),
        ([frame("C:\\app\\backend\\pay.py", 4)], "1.0", None, ("before", "Pay", "Ann", "backend/pay.py", 4)),
        ([PAY_LINE], "unknown", "v1.0", ("line", "Move on", "Di", "backend/pay.py", 4)),
        ([frame("backend/pay.py", 99)], "shop@1.1", "1.0", ("file", "Round the total", "Bo", "backend/pay.py", 99)),
        ([frame("backend/pay.py", 99)], "shop@1.1", None, None),
        ([OUTSIDE, frame("backend", 1), frame("backend/pay.py", 0), {"file": None, "line": 1}, {}], "shop@1.1", "1.0", None),
        ([], "shop@1.1", "1.0", None),
    ],
)  # fmt: skip
async def test_who_is_suspected(shop, frames, release, previous, expected):
    folder = "backend" if any(one.get("file") == "pay.py" for one in frames) else ""
    found = await suspect(shop.folder, folder, frames, release, previous)
    told = found and (found.how, found.subject, found.author, found.file, found.line)
    assert told == expected


async def test_a_commit_is_as_good_as_a_tag_and_a_bare_clone_as_one_with_files(shop, tmp_path):
    commit = shop.git("rev-parse", "shop@1.1")
    shop.git("clone", "--bare", str(shop.folder), str(tmp_path / "bare"))
    for clone in (shop.folder, tmp_path / "bare"):
        found = await suspect(clone, "", [PAY_LINE], commit[:12], shop.git("rev-parse", "v1.0"))
        assert found is not None
        assert (found.how, found.commit) == ("line", shop.git("rev-parse", "shop@1.1~1"))
        assert abs(found.at - float(shop.git("show", "-s", "--format=%at", found.commit))) < 1


@pytest.mark.parametrize(
    "name", ["--output=x", "HEAD..HEAD", ":/Pay", "@{-1}", "^HEAD", "HEAD~1", "v1.0\0", "", "x" * 300, "ä"]
)
async def test_a_release_is_a_name_and_nothing_else(shop, name):
    found = await suspect(shop.folder, "", [PAY_LINE], name, name)
    assert found is not None
    assert found.subject == "Move on"


@pytest.mark.parametrize(
    "file",
    ["../../etc/passwd", "--output=/tmp/x", ":(exclude)backend", ":/", "*", "backend/*.py", "a\0b", "/" * 50, "a/" * 5_000, "\udcff.py", "\n"],
)  # fmt: skip
async def test_a_path_of_a_frame_is_a_path_and_nothing_else(shop, file):
    assert await suspect(shop.folder, "", [frame(file, 1)], "shop@1.1", "1.0") is None


async def test_a_commit_that_is_not_fetched_yet_is_not_guessed(shop):
    with pytest.raises(NotFetchedError, match="abcdefabcdef is not in the clone"):
        await suspect(shop.folder, "", [PAY_LINE], "abcdef" * 6 + "abcd", "v1.0")


async def test_a_clone_runs_nothing(shop, tmp_path):
    """Settings, hooks, attributes and filters that would run a program when git reads."""
    own = Repository(Path(shutil.copytree(shop.folder, tmp_path / "own")))
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    program.chmod(0o755)
    for setting in (
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "gpg.program",
        "diff.x.textconv",
        "filter.x.smudge",
        "filter.x.clean",
        "diff.x.command",
    ):
        own.git("config", setting, str(program))
    own.git("config", "log.showSignature", "true")
    for hook in ("post-checkout", "fsmonitor-watchman", "post-index-change"):
        (own.folder / ".git/hooks" / hook).write_text(program.read_text())
        (own.folder / ".git/hooks" / hook).chmod(0o755)
    (own.folder / ".git/info/attributes").write_text("*.py diff=x filter=x\n")
    assert not ran.exists()
    found = await suspect(own.folder, "", [PAY_LINE, SEND], "shop@1.1", "1.0")
    assert found is not None
    assert found.author == "Bo"
    assert not ran.exists()


@pytest.mark.parametrize("clone", ["nothing", "file", "empty"])
async def test_what_is_no_clone_is_said_in_one_line(tmp_path, clone):
    (tmp_path / "file").write_text("")
    if clone == "empty":
        Repository(tmp_path / clone)
    with pytest.raises(GitError) as caught:
        await suspect(tmp_path / clone, "", [PAY_LINE], "1.0", None)
    assert "\n" not in str(caught.value)


async def test_git_is_ended_when_it_takes_too_long_or_says_too_much(shop, monkeypatch):
    with pytest.raises(GitError, match=r"longer than 0\.05 s"):
        await run_git(shop.folder, "-c", "alias.wait=!sleep 60", "wait", timeout=0.05)
    monkeypatch.setattr(git_module, "MAX_OUTPUT", 10)
    with pytest.raises(GitError, match="said more than"):
        await run_git(shop.folder, "log")
