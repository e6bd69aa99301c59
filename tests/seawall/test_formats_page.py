"""docs/formats.md names every format, envelope and reader that there is, with proofs that are there."""

from pathlib import Path

from rules.normalizing import envelopes
from rules.normalizing.registry import BYTES_FORMATS, format_names
from rules.stacktraces import detecting
from seawall.docs.formats_page import FIXTURES, formats_page
from seawall.docs.formats_text import CARRIERS, LANGUAGES, WRITERS

PAGE = formats_page()
LANGUAGE_MODULES = {read.__module__ for read, _ in detecting._MARKS}


def modules(package: object, mark: str) -> set[str]:
    """The modules of a package whose text has a mark."""
    folder = Path(package.__file__).parent
    return {path.stem for path in folder.glob("*.py") if mark in path.read_text()}


def test_every_format_has_a_row():
    for name in format_names():
        assert f"\n| `{name}` | " in PAGE


def test_every_library_is_one_of_a_format_and_has_records():
    assert WRITERS.keys() <= {*format_names(), *(one.name for one in BYTES_FORMATS)}
    for name in WRITERS:
        [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
        assert " of " in row.split("|")[-2], row


def test_every_envelope_and_every_language_is_listed():
    assert CARRIERS.keys() == (modules(envelopes, "ENVELOPES = (") | {"headers", "syslog_lines"})
    readers = {name for names in LANGUAGES for name in names.split()}
    assert {module.rpartition(".")[2] for module in LANGUAGE_MODULES} <= readers


def test_what_is_said_to_be_proven_is():
    for _, records in CARRIERS.values():
        assert not records or any((FIXTURES / "records").glob(records)), records
    assert "| 0 record" not in PAGE
