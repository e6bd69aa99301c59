"""`seawall explain` and `seawall grouping diff`, on files and on what is stored."""

import asyncio
import json
import time
import uuid

import orjson
import pytest

from models.event import Origin
from models.occurrence import Occurrence
from models.severity import Severity
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare
from sinks.postgres.batches import BatchStore
from sinks.postgres.connecting import new_pool

TRACE = """Traceback (most recent call last):
  File "/srv/shop/cart.py", line 7, in pay
    raise PayError(answer)
shop.errors.PayError: token=hunter22 refused
"""


def event(number: int, kind: str, function: str) -> bytes:
    return orjson.dumps(
        {
            "service": "shop",
            "error_id": str(uuid.UUID(int=number)),
            "exception": [
                {
                    "type": kind,
                    "value": f"payment {number} refused",
                    "frames": [{"module": "shop.cart", "function": function, "file": "/srv/cart.py", "in_app": True}],
                }
            ],
        }
    )


async def store(url: str, records: list[bytes]) -> list[Occurrence]:
    """Store records as the job does."""
    config = PrepareConfig(
        masker=Masker(), minimum_severity=Severity.DEBUG, lateness=60.0, retention=1e9, hash_key=b"k"
    )
    items = []
    for offset, record in enumerate(records):
        origin = Origin.model_construct(topic="errors", partition=0, offset=offset)
        items += prepare(record, {}, origin, time.time(), config)
    pool = new_pool(url, application_name="seawall test")
    async with pool, BatchStore(pool).batch("errors", 0, 0) as transaction:
        await transaction.store(items, [])
    return items


@pytest.fixture(scope="module")
def stored(database_url: str) -> list[Occurrence]:
    records = [event(number, "PayError", "pay") for number in range(1, 4)] + [event(9, "PayError", "refund")]
    return asyncio.run(store(database_url, records))


@pytest.fixture
def env(database_url: str) -> dict[str, str]:
    return {"SEAWALL_DATABASE_URL": database_url}


def test_a_trace_on_the_pipe_is_explained_step_by_step(seawall):
    done = seawall("explain", "-", stdin=TRACE)
    assert done.returncode == 0, done.stderr
    assert "hunter22" not in done.stdout
    for said in ("format         text", "message: ", "cart.py|pay", "in the app", "decided by     stack", "version 1"):
        assert said in done.stdout


def test_a_file_is_explained_by_the_rules_in_force(seawall, tmp_path):
    (tmp_path / "rules.yaml").write_text("grouping:\n  fingerprints: 'type:PayError -> payments'\n")
    (tmp_path / "error.txt").write_text(TRACE)
    done = seawall("explain", "error.txt", "--json")
    (told,) = json.loads(done.stdout)
    assert told["grouping"]["rule"] == "type:PayError -> payments"
    assert told["grouping"]["variants"][0]["components"] == ["custom:payments"]
    assert told["masked"]


@pytest.mark.parametrize(
    ("record", "said"),
    [("{", "cannot be read: invalid_json"), ('{"type": "session", "platform": "x", "event_id": "1"}', "passed over")],
)
def test_what_is_no_error_is_told(seawall, record, said):
    done = seawall("explain", "-", stdin=record)
    assert done.returncode == 0
    assert said in done.stdout


def test_a_bad_rule_file_is_refused_with_its_line(seawall, tmp_path):
    (tmp_path / "other.yaml").write_text("grouping:\n  stack_rules: |\n    function:x -app\n    nonsense\n")
    done = seawall("explain", "-", "--rules", "other.yaml", stdin=TRACE)
    assert done.returncode == 1
    assert "other.yaml:4:" in done.stderr


def test_a_stored_event_is_explained(seawall, stored, env):
    done = seawall("explain", stored[0].event_id.hex(), env=env)
    assert done.returncode == 0, done.stderr
    assert stored[0].group.group_id in done.stdout
    assert "shop.cart|pay" in done.stdout


def test_an_event_that_is_not_stored_is_said_to_be_absent(seawall, stored, env):
    done = seawall("explain", str(uuid.UUID(int=77)), env=env)
    assert done.returncode == 1
    assert "is stored" in done.stderr


def test_nothing_differs_under_the_rules_in_force(seawall, stored, env):
    done = seawall("grouping", "diff", env=env)
    assert done.returncode == 0, done.stderr
    assert "2 groups, 4 events looked at: 2 groups stay as they are" in done.stdout


def test_joins_and_splits_are_told_before_rules_are_in_force(seawall, stored, env, tmp_path):
    (tmp_path / "other.yaml").write_text("grouping:\n  fingerprints: 'type:PayError -> payments'\n")
    done = seawall("grouping", "diff", "--since", "1d", "--rules", "other.yaml", "--json", env=env)
    told = json.loads(done.stdout)
    assert (told["groups"], told["splits"], len(told["joins"])) == (2, [], 1)
    assert sum(told["joins"][0]["into"]["sampled"].values()) == 4
    (tmp_path / "other.yaml").write_text("grouping:\n  fingerprints: 'type:* -> {{ default }} {{ tags.x }}'\n")
    shown = seawall("grouping", "diff", "--since", "1d", "--rules", "other.yaml", "--sample", "1", env=env)
    assert "2 groups, 2 events looked at" in shown.stdout


def test_a_time_that_is_none_is_wrong_usage(seawall, env):
    done = seawall("grouping", "diff", "--since", "yesterday", env=env)
    assert done.returncode == 2
    assert "like 90m, 12h or 7d" in done.stderr
