"""The senders whose packages the tests have anyway; `make test-sdks` runs all."""

import dataclasses
import json
import sys
from collections.abc import Iterator

import pytest

from tests.senders.checking import check
from tests.senders.manifest import FOLDER, senders
from tests.senders.place import Place, settings_for

AT_HAND = ["sentry-python", "sentry-logging", "sentry-flask", "pygelf"]


@pytest.fixture(scope="module")
def place(kafka, database_url, redis_url, tmp_path_factory) -> Iterator[Place]:
    with Place(settings_for(kafka, database_url, redis_url), tmp_path_factory.mktemp("senders")) as running:
        yield running


@pytest.mark.parametrize("sender", senders(AT_HAND), ids=lambda sender: sender.name)
def test_what_a_program_fails_of_arrives_with_all_that_it_told(place, sender):
    seen = check(place, dataclasses.replace(sender, command=[sys.executable, *sender.command[1:]]))
    assert "problems" not in seen, seen


@pytest.mark.parametrize("sender", [one for one in senders() if not one.debian], ids=lambda sender: sender.name)
def test_every_sender_has_its_version_pinned(sender):
    assert sender.version()[0].isdigit()


def test_results_are_of_senders_that_there_are():
    assert json.loads((FOLDER / "results.json").read_text()).keys() <= {sender.name for sender in senders()}
