"""Log records and structlog's entries as events and breadcrumbs."""

import logging
import logging.config

import pytest

import seawall_client


@pytest.fixture
def logged(client, gateway):
    """The events of what was logged."""
    made = client(hooks=("logging",), max_per_second=1e9)
    logging.getLogger().setLevel(logging.INFO)

    def events():
        assert made.flush(10)
        return gateway.events

    yield events
    logging.getLogger().setLevel(logging.WARNING)


def test_a_record(logged):
    logging.getLogger("shop.orders").error("order %s of %s lost", 7, "bob", extra={"tries": 3})
    (event,) = logged()
    assert event["message"] == "order 7 of bob lost"
    assert event["message_template"] == "order %s of %s lost"
    assert (event["logger"], event["severity"]) == ("shop.orders", "error")
    assert event["source_file"].endswith("test_client_logging.py")
    assert event["line_number"] > 1
    assert event["extra"]["tries"] == 3


@pytest.mark.parametrize(("level", "severity"), [(40, "error"), (45, "error"), (50, "critical"), (60, "critical")])
def test_levels(logged, level, severity):
    logging.getLogger("shop").log(level, "m")
    assert [event["severity"] for event in logged()] == [severity]


def test_a_record_with_an_exception(logged):
    try:
        {}["x"]
    except KeyError:
        logging.getLogger("shop").exception("order %s lost", 7)
    (event,) = logged()
    assert (event["error_type"], event["message"]) == ("KeyError", "order 7 lost")
    assert event["exception"][0]["value"] == "'x'"
    assert (event["exception"][0]["mechanism"], event["exception"][0]["handled"]) == ("logging", True)


def test_logged_then_raised_is_one_event(logged):
    error = KeyError("x")
    logging.getLogger("shop").error("lost", exc_info=error)
    logging.getLogger("other").error("still lost", exc_info=error)
    seawall_client.capture_exception(error)
    assert len(logged()) == 1


def test_what_went_before_is_told(logged):
    logger = logging.getLogger("shop")
    logger.debug("no")
    logger.info("began %s", 1)
    logger.warning("slow")
    logger.error("failed")
    (event,) = logged()
    crumbs = [(crumb["level"], crumb["message"]) for crumb in event["extra"]["breadcrumbs"]]
    assert crumbs == [("info", "began 1"), ("warning", "slow")]


def test_loggers_that_do_not_propagate_and_later_configurations(logged):
    logging.config.dictConfig(
        {
            "version": 1,
            "handlers": {"none": {"class": "logging.NullHandler"}},
            "root": {"handlers": ["none"], "level": "INFO"},
            "loggers": {"quiet": {"handlers": ["none"], "propagate": False}},
            "disable_existing_loggers": False,
        }
    )
    logging.getLogger("quiet").error("m")
    assert len(logged()) == 1


def test_a_logger_may_be_ignored(client, gateway):
    made = client(hooks=("logging",), ignored_loggers=["noisy"])
    logging.getLogger("noisy.part").error("m")
    logging.getLogger("noisyother").error("m")
    made.flush(10)
    assert [event["logger"] for event in gateway.wait()] == ["noisyother"]


@pytest.mark.parametrize(
    "arguments", [("%d", "text"), ("%s %s", 1), ("%(a)s", {"b": 1}), (object(),), (None,), ("100%",), ("%s", object())]
)
def test_records_that_do_not_fit(logged, arguments, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logging.getLogger("shop").error(*arguments)
    assert len(logged()) == 1


def test_a_handler_where_the_hook_is_not_wanted(client, gateway):
    made = client(hooks=())
    logger = logging.getLogger("watched")
    handler = seawall_client.SeawallHandler()
    logger.addHandler(handler)
    logger.error("m")
    logging.getLogger("other").error("m")
    made.flush(10)
    logger.removeHandler(handler)
    assert [event["logger"] for event in gateway.wait()] == ["watched"]


def test_hook_and_handler_together_tell_once(logged):
    logger = logging.getLogger("watched")
    handler = seawall_client.SeawallHandler()
    logger.addHandler(handler)
    logger.error("m")
    logger.removeHandler(handler)
    assert len(logged()) == 1


def test_a_formatter_can_print_the_events_id(logged):
    lines = []

    class Lines(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    logger = logging.getLogger("printed")
    handler = Lines()
    handler.setFormatter(logging.Formatter("%(message)s %(seawall_event_id)s"))
    logger.addHandler(handler)
    logger.error("m")
    logger.removeHandler(handler)
    assert lines == [f"m {logged()[0]['event_id']}"]


def test_what_the_client_itself_logs_is_no_event(logged):
    logging.getLogger("seawall_client").error("m")
    assert logged() == []


def test_after_closing_logging_is_as_it_was(logged):
    hooked = logging.Logger.callHandlers
    seawall_client.close()
    assert logging.Logger.callHandlers is not hooked
    logging.getLogger("shop").error("m")
    assert logged is not None
