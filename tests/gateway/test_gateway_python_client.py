"""Programs with the Python client, as it is installed elsewhere: what they send arrives, over HTTP and straight to Kafka."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.severity import Severity
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare

CLIENT = Path(__file__).parents[2] / "clients/python/src"
PROGRAM = """
    import logging
    import seawall_client
    seawall_client.init(service="shop", release="shop@1.2", tags={"region": "eu"})
    with seawall_client.isolation_scope() as scope:
        scope.set_user({"id": 42, "plan": "free"})
        scope.set_transaction("checkout")
        logging.getLogger("shop.orders").error("payment of %s refused", 17)
    def pay(amount, token="tok-1234567890"):
        return 1 / amount
    try:
        pay(0)
    except ZeroDivisionError as error:
        raise RuntimeError("no payment") from error
"""


def prepared(record):
    """What the job makes of a record."""
    config = PrepareConfig(
        masker=Masker(), minimum_severity=Severity.WARNING, lateness=600, retention=86_400 * 30, hash_key=b"k"
    )
    origin = SimpleNamespace(topic="errors", partition=0, offset=1)
    return prepare(record.value, dict(record.headers), origin, time.time(), config)


@pytest.fixture
def run(tmp_path):
    """Run the program with settings in its environment; it says nothing but Python's own traceback."""

    def run(**env: str) -> None:
        program = tmp_path / "shop.py"
        program.write_text(textwrap.dedent(PROGRAM))
        given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CLIENT), **env}
        done = subprocess.run([sys.executable, program], env=given, capture_output=True, text=True, check=False)
        assert done.stderr.endswith("RuntimeError: no payment\n")
        assert "eawall" not in done.stderr

    return run


@pytest.fixture(params=["http", "kafka"])
def way(request, gateway, keys, settings):
    """The two ways out, as a program's environment names them."""
    if request.param == "http":
        return {"SEAWALL_DSN": f"http://{keys.secret}@127.0.0.1:{gateway.port}/{keys.project_id}"}
    return {"SEAWALL_BOOTSTRAP_SERVERS": settings.kafka(), "SEAWALL_ERRORS_TOPIC": settings.errors_topic}


def test_what_a_program_fails_of_arrives(run, way, sent):
    run(**way)
    records = sent()
    assert len(records) == 2
    found = {one.group.error_type or one.message: one for record in records for one in prepared(record)}
    assert set(found) == {"RuntimeError", "payment of 17 refused"}
    crash = json.loads(found["RuntimeError"].payload)
    assert [(one["type"], one.get("handled")) for one in crash["exception"]] == [
        ("ZeroDivisionError", None),
        ("RuntimeError", False),
    ]
    frame = crash["exception"][0]["frames"][-1]
    assert (frame["function"], frame["in_app"], frame["context"]["line"].strip()) == ("pay", True, "return 1 / amount")
    assert b"tok-1234567890" not in found["RuntimeError"].payload
    assert (crash["service"], crash["release"], crash["tags"]["region"]) == ("shop", "shop@1.2", "eu")
    assert (crash["severity"], crash["language"]) == ("critical", "python")
    logged = found["payment of 17 refused"]
    assert (logged.user_id, logged.group.service) == ("42", "shop")
    assert len(logged.trace_id) == 32
    told = json.loads(logged.payload)
    assert (told["transaction"], told["message_template"]) == ("checkout", "payment of %s refused")
