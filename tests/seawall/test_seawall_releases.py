"""Which commits `seawall releases new --commits-from` takes from a clone."""

import subprocess
from pathlib import Path

import pytest

from models.release import MAX_COMMITS
from seawall import releases
from seawall.errors import SeawallError
from seawall.releases import commits_between


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ann Example", "-c", "user.email=ann@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Commits 1 to 5; v1.0 is the 2nd, shop@1.1 the 4th."""
    folder = tmp_path_factory.mktemp("clone")
    git(folder, "init")
    for number, tag in enumerate(("", "v1.0", "", "shop@1.1", ""), 1):
        git(folder, "commit", "--allow-empty", "-m", f"commit {number}\n\nand more")
        if tag:
            git(folder, "tag", tag)
    return folder


@pytest.mark.parametrize(
    ("previous", "commit", "head", "numbers"),
    [
        (None, None, "HEAD", [5]),
        ("shop@1.1", None, "HEAD", [5]),
        ("1.0", None, "HEAD", [5, 4, 3]),
        ("shop@1.0", "shop@1.1", "shop@1.1", [4, 3]),
        (None, "shop@1.1", "shop@1.1", [4, 3]),
        (None, "v1.0", "v1.0", [2, 1]),
        ("unknown", "shop@1.1", "shop@1.1", [4, 3, 2, 1]),
        ("--all", None, "HEAD", [5, 4, 3, 2, 1]),
    ],
)
async def test_those_since_the_release_before_or_the_tag_before(clone, previous, commit, head, numbers):
    sha, commits = await commits_between(clone, previous, commit)
    assert sha == git(clone, "rev-parse", f"{head}^{{commit}}")
    assert [one.subject for one in commits] == [f"commit {number}" for number in numbers]
    assert {one.author for one in commits} == {"Ann Example"}
    assert commits[0].id == sha


async def test_no_more_than_a_release_may_have(clone, monkeypatch):
    monkeypatch.setattr(releases, "MAX_COMMITS", 2)
    _, commits = await commits_between(clone, "unknown", None)
    assert len(commits) == 2 < MAX_COMMITS


@pytest.mark.parametrize("commit", ["unknown", "--output=x", "0" * 40])
async def test_a_commit_that_is_not_there_is_said(clone, commit):
    with pytest.raises(SeawallError, match="rev-parse"):
        await commits_between(clone, None, commit)


async def test_a_folder_that_is_no_clone_is_said(tmp_path):
    with pytest.raises(SeawallError):
        await commits_between(tmp_path / "nothing", None, None)
