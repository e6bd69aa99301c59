"""What the demo's programs write is read in full."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import seawall.demo
from rules.normalizing import normalize

PROGRAMS = Path(seawall.demo.__file__).with_name("programs")

DUMP = """
import json, logging, sys
import kafka_handler
class Dump(kafka_handler.KafkaHandler):
    def __init__(self):
        logging.Handler.__init__(self)
        self._facts, self._fixed = dict, {"service": "s"}
        self._waiting = self
    def put(self, event):
        print(event.decode())
log = logging.getLogger("x")
log.addHandler(Dump())
try:
    try:
        {}["a"]
    except KeyError as cause:
        raise ValueError("b") from cause
except ValueError:
    log.exception("job %s failed", 7)
"""


def test_a_chain_of_exceptions_is_read_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", DUMP], cwd=PROGRAMS, capture_output=True, text=True, check=True)
    (draft,) = normalize(done.stdout.strip().encode(), {})
    assert [one["type"] for one in draft["exception"]] == ["KeyError", "ValueError"]
    assert draft["error_type"] == "ValueError"
    assert draft["message_template"] == "job %s failed"
    assert json.loads(done.stdout)["severity"] == draft["severity"] == "error"


@pytest.mark.parametrize(
    ("department", "form"),
    [
        ("ecs", "ecs"),
        ("python_json", "python-json-logger"),
        ("logfmt", "logfmt"),
        ("gelf", "gelf"),
        ("syslog", "syslog"),
        ("structured", "structlog"),
        ("loguru_lines", "loguru"),
        ("sentry", "sentry"),
    ],
)
def test_what_a_department_writes_is_read_in_full(department: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_BRANCH", "genoa")
    code = f"""
import office
fail = office.{department}(lambda line: print(repr(line)))
try:
    office.file_away("forms", 7)
except LookupError:
    fail("document 12 is not to be found")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROGRAMS, capture_output=True, text=True, check=True)
    line = ast.literal_eval(done.stdout)
    [draft] = normalize(line.encode() if isinstance(line, str) else line, {})
    assert (draft["format"], draft["service"], draft["severity"]) == (form, "office-genoa", "error")
    assert draft["exception"][-1]["type"] == "IndexError"
    assert draft["exception"][-1]["frames"][-1]["function"] == "file_away"
