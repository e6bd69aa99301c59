"""The demo's logging handler writes events that Seawall reads in full."""

import json
import subprocess
import sys
from pathlib import Path

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
