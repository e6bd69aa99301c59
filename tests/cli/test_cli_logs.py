"""Logs: one chain for all, and nothing secret in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from seawall.logs import configure_logs
from seawall.settings import Settings

PASSWORD = "hunt%21er22"  # as the URL has it: `hunt!er22`


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def configured(stream: io.StringIO, **values: object) -> None:
    settings = Settings(database_url=f"postgresql://u:{PASSWORD}@h/d", instance="7", **values)
    configure_logs(settings, "worker", stream=stream)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    configured(stream)
    return stream


def test_elsewhere_than_on_a_terminal_each_line_is_json(out):
    structlog.get_logger("seawall.test").info("It began", partition=3)
    logging.getLogger("a.library").warning("it said %s", "this", extra={"more": 1})
    ours, theirs = lines(out)
    assert (ours["event"], ours["partition"], ours["level"], ours["role"], ours["instance"]) == (
        "It began",
        3,
        "info",
        "worker",
        "7",
    )
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["more"], theirs["level"]) == ("it said this", 1, "warning")


def test_on_a_terminal_it_is_text():
    stream = Terminal()
    configured(stream)
    structlog.get_logger("seawall.test").info("It began")
    assert "It began" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_level_holds_for_all():
    stream = io.StringIO()
    configured(stream, log_level="error")
    structlog.get_logger("x").warning("no")
    logging.getLogger("x").warning("no")
    structlog.get_logger("x").error("yes")
    assert [line["event"] for line in lines(stream)] == ["yes"]


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "hunter22"},
        {"deep": {"Authorization": "hunter22"}},
        {"list": [{"api_key": "hunter22"}]},
        {"url": "amqp://user:hunter22@host/x"},
        {"text": "could not log in with hunt!er22"},
        {"text": f"could not log in with {PASSWORD}"},
        {"payload": {"message": "hunter22"}},
        {"raw": b"hunter22"},
    ],
)
def test_secrets_and_payloads_do_not_get_through(out, fields):
    structlog.get_logger("x").info("Something", **fields)
    logging.getLogger("y").warning("something", extra=fields)
    for secret in ("hunter22", "hunt!er22", PASSWORD):
        assert secret not in out.getvalue()
    assert len(lines(out)) == 2


def test_exceptions_are_cleaned_too(out):
    words = f"connect to postgresql://u:{PASSWORD}@h/d failed\nDETAIL:  Failing row contains (a\nb secret c).\n"
    try:
        raise ValueError(words)  # noqa: TRY301 -- a traceback is what the test is about
    except ValueError:
        structlog.get_logger("x").exception("It failed")
        logging.getLogger("y").exception("it failed")
    for line in lines(out):
        assert "Traceback (most recent call last)" in line["exception"]
        assert PASSWORD not in line["exception"]
        assert "b secret c" not in line["exception"]


def test_what_is_too_long_is_cut(out):
    structlog.get_logger("x").info("Long", text="x" * 100_000)
    (line,) = lines(out)
    assert len(line["text"]) < 3_000
    assert "100000 characters" in line["text"]
