"""Records that real loggers, SDKs and runtimes wrote are read as a person has checked they should be."""

import json
from pathlib import Path

import pytest

from models.event import ErrorEvent
from tests.fixtures.make import RECORDS, expected, read, records


@pytest.mark.parametrize("path", records(), ids=lambda path: str(path.relative_to(RECORDS)))
def test_a_record_is_read_as_expected(path: Path) -> None:
    drafts = read(path)
    assert drafts == json.loads(expected(path).read_text())
    for draft in drafts if isinstance(drafts, list) else []:
        ErrorEvent.model_validate(draft)
