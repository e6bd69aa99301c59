"""Kafka goes, the gateway is killed, both come back: nothing that was answered is lost, and all of it counts once."""

import asyncio
import json
import threading
import time
from collections import defaultdict
from hashlib import blake2b
from http.client import HTTPException
from itertools import count

from gateway_support import make_keys, records_of, start_gateway, wait_ready

from models.dead import ORIGIN
from seawall.embedded.stack import EmbeddedStack
from seawall.settings import Settings
from seawall.topics import ensure_topics

SENDERS = 4
TOLD = b"""{}
{"type":"check_in"}
{"monitor_slug":"report","status":"ok","check_in_id":"83a7c03ed259447e8b379b00e2b0c3a1"}
{"type":"session"}
{"sid":"7c7b6585-f901-4351-bf8d-02711b721929","init":true,"status":"ok"}
{"type":"user_report"}
{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","comments":"It broke."}
"""


class Senders:
    """Threads that send one error after the other, and note what they were told."""

    def __init__(self, key):
        self.answered = {}  # id: message
        self.refused = 0
        self._key, self._numbers = key, count()
        self._over = threading.Event()
        self.gateway = None
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def more(self, wanted, seconds=30):
        """Wait until so many more were answered."""
        before, deadline = len(self.answered), time.monotonic() + seconds
        while len(self.answered) < before + wanted:
            assert time.monotonic() < deadline, f"{len(self.answered) - before} of {wanted} answered"
            time.sleep(0.05)

    def _send(self):
        while not self._over.is_set():
            message = f"error {next(self._numbers)}"
            try:
                body = json.dumps({"message": message}).encode()
                answer = self.gateway.request("/v1/errors", body, {"X-Seawall-Key": self._key})
            except (OSError, HTTPException):
                time.sleep(0.05)
                continue
            if answer.status == 202:
                (told,) = json.loads(answer.body)["ids"]
                self.answered[told] = message
            else:
                self.refused += 1
                time.sleep(0.05)


def test_nothing_answered_is_lost_and_nothing_counts_twice(new_folder, database_url, tmp_path):
    with EmbeddedStack(new_folder / "data", postgres=False, valkey=False) as stack:
        settings = Settings(
            _env_file=None,
            kafka_bootstrap_servers=stack.endpoints()["KAFKA_BOOTSTRAP_SERVERS"],
            database_url=database_url,
        )
        asyncio.run(ensure_topics(settings))
        keys = make_keys(settings, "outage")
        senders = Senders(keys.public)
        with start_gateway(settings, tmp_path) as first:
            senders.gateway = first
            senders.start()
            senders.more(30)
            stack.kill_server("kafka")
            senders.more(50)
            path = f"/api/{keys.project_id}/envelope/?sentry_key={keys.public}"
            assert first.request(path, TOLD).status == 200
            first.kill()
            with start_gateway(settings, tmp_path, first.port) as second:
                senders.gateway = second
                senders.more(50)
                stack.start_server("kafka")
                senders.more(50)
                second.kill()  # while it sends what it kept
                with start_gateway(settings, tmp_path, first.port) as third:
                    senders.gateway = third
                    wait_ready(third)
                    senders.more(30)
                    senders.stop()
                    answered = dict(senders.answered)
                    deadline = time.monotonic() + 60
                    while missing := answered.keys() - (found := by_id(settings)).keys():
                        assert time.monotonic() < deadline, f"{len(missing)} of {len(answered)} lost"
                        time.sleep(0.5)
                    told = {topic: of_topic(settings, topic) for topic in ("check-ins", "traffic", "feedback")}
    assert all(found[id_] == {message} for id_, message in answered.items())
    # However often a record was written, it has one id, by which the job counts it once.
    assert len(found) == len(set().union(*found.values()))
    # What is told beside errors is kept as well, and known again where it is there twice.
    for records in told.values():
        assert len({dict(record.headers)[ORIGIN] for record in records}) == 1


def of_topic(settings, topic):
    partitions = 4 if topic == "traffic" else 1
    found = []
    deadline = time.monotonic() + 60
    while not found:
        assert time.monotonic() < deadline, f"nothing in {topic}"
        found = records_of(settings.model_copy(update={"errors_topic": topic, "errors_partitions": partitions}), 30)
    return found


def by_id(settings):
    """The messages of the records in Kafka by the ids under which the job counts them."""
    found = defaultdict(set)
    for record in records_of(settings, 30):
        # As the job makes an id of the header: test_gateway_sending proves that it is the one that was told.
        place = dict(record.headers)[ORIGIN].decode()
        id_ = blake2b(f"{place}/0".encode(), digest_size=16).hexdigest()
        found[id_].add(json.loads(record.value)["message"])
    return found
