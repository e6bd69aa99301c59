"""Groups that are new or back get their suspect commit from a clone, once each; whatever is wrong with it."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import msgspec
import orjson
import pytest

from models.release import Release
from models.suspect import Suspect
from rules.rulefile import load
from sinks.postgres.connecting import connect, new_pool
from sinks.postgres.releases import store_releases
from sinks.postgres.suspects import claim_unsuspected, services_unsuspected
from streams.lookups import Lookups
from streams.suspecting import suspect_some
from tests.sinks.postgres_support import group, occurrence, one, put, rows, run, stores

RULES = load("version: 1\nenrichment: {services: services.yaml}\n", "rules.yaml")
SECRET = "ghp_" + "a1B2" * 9


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Bo", "-c", "user.email=bo@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init")
    for subject in ("Begin", f"Use {SECRET}"):
        (folder / "pay.py").write_text(f"pay('{subject[:5]}')\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-m", subject)
    return folder


@pytest.fixture
async def job(tmp_path, clone, database_url):
    run(database_url, "TRUNCATE releases, groups, group_log, occurrences, source_offsets CASCADE")
    (tmp_path / "services.yaml").write_text(
        f"services: {{shop: {{clone: '{clone}'}}, broken: {{clone: '{tmp_path}/nothing'}}, cart: {{team: carts}}}}"
    )
    lookups = Lookups(tmp_path / "rules.yaml", lambda: RULES)
    await lookups.read_files()
    pool = new_pool(database_url, application_name="seawall test")
    await pool.open(wait=True)
    yield SimpleNamespace(pool=pool, lookups=lookups, rulebook=SimpleNamespace(current=RULES), hash_key=b"")
    await pool.close()


async def happened(url: str, *services: str) -> None:
    frame = {"file": "/app/pay.py", "line": 1, "function": "<module>", "in_app": True}
    payload = orjson.dumps({"exception": [{"type": "E", "frames": [frame]}]})
    now = one(url, "SELECT extract(epoch FROM now())::float8")
    events = [
        occurrence(number, service=service, at=now, group=group("boom", service), release="1.1", payload=payload)
        for number, service in enumerate(services)
    ]
    async with stores(url) as [store]:
        await put(store, events, topic="+".join(services))


async def test_a_new_group_and_one_that_is_back_is_looked_at_once(job, clone, database_url):
    head = git(clone, "rev-parse", "HEAD")
    async with await connect(database_url, application_name="seawall test") as connection:
        releases = [("1.0", 1.0, git(clone, "rev-parse", "HEAD~1")), ("1.1", 2.0, head)]
        await store_releases(
            connection, [Release(service="shop", release=name, at=at, commit=commit) for name, at, commit in releases]
        )
    await happened(database_url, "shop", "cart", "broken")
    assert await suspect_some(job) == 2
    found = rows(database_url, "SELECT service, suspect FROM groups WHERE suspect IS NOT NULL")
    [(service, told)] = found
    assert (service, msgspec.convert(told, Suspect).commit, told["how"], told["author"]) == ("shop", head, "line", "Bo")
    assert SECRET not in str(told)
    view = "SELECT commit, how, file, line FROM analytics.suspects"
    assert rows(database_url, view) == [(head, "line", "pay.py", 1)]

    assert await suspect_some(job) == 0
    run(database_url, "UPDATE groups SET regressions = 1, suspect = NULL WHERE service = 'shop'")
    assert await suspect_some(job) == 1
    assert rows(database_url, view) == [(head, "line", "pay.py", 1)]


async def test_what_one_worker_has_taken_another_does_not_take_for_a_minute(job, database_url):
    await happened(database_url, "shop")
    async with await connect(database_url, application_name="seawall test") as connection:
        services = await services_unsuspected(connection)
        assert len(await claim_unsuspected(connection, services)) == 1
        assert await suspect_some(job) == 0
        await connection.execute("UPDATE groups SET suspected_until = now() - interval '1 second'")
        assert await suspect_some(job) == 1
    assert one(database_url, "SELECT suspect ->> 'how' FROM groups") == "before"


async def test_what_failed_in_a_commit_that_is_not_fetched_yet_waits_for_it(job, clone, database_url, tmp_path):
    upstream = tmp_path / "upstream"
    git(tmp_path, "clone", str(clone), str(upstream))
    (upstream / "pay.py").write_text("pay('more')\n")
    git(upstream, "commit", "-am", "Pay more")
    head = git(upstream, "rev-parse", "HEAD")
    async with await connect(database_url, application_name="seawall test") as connection:
        await store_releases(connection, [Release(service="shop", release="1.1", at=1.0, commit=head)])
    await happened(database_url, "shop")
    assert await suspect_some(job) == 1
    assert one(database_url, "SELECT suspected_for FROM groups") is None
    git(clone, "pull", str(upstream))
    run(database_url, "UPDATE groups SET suspected_until = now() - interval '1 second'")  # a minute later
    assert await suspect_some(job) == 1
    assert one(database_url, "SELECT suspect ->> 'subject' FROM groups") == "Pay more"


async def test_without_clones_nobody_is_asked(job, database_url, tmp_path):
    await happened(database_url, "shop")
    (tmp_path / "services.yaml").write_text("services: {shop: {team: payments}}")
    await job.lookups.read_files()
    assert await suspect_some(job) == 0
    assert one(database_url, "SELECT suspected_until FROM groups") is None
