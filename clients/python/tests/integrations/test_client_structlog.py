"""structlog's entries as events and breadcrumbs, and told once where structlog hands on to logging."""

import logging

import pytest
import structlog as structlog_itself

from seawall_client.integrations.structlog import SeawallProcessor


@pytest.fixture
def structlog():
    yield structlog_itself
    structlog_itself.reset_defaults()


def test_entries_of_structlog(client, gateway, structlog):
    made = client(hooks=("logging",))
    written = []

    class Target:
        def msg(self, **entry):
            written.append(entry)

        info = warning = error = exception = critical = msg

    structlog.configure(processors=[structlog.stdlib.add_log_level, SeawallProcessor()])
    logger = structlog.wrap_logger(Target())
    logger.info("began", order=7)
    try:
        {}["x"]
    except KeyError:
        logger.exception("order lost", order=7, password="hunter2")
    logger.error("no exception", order=8)
    made.flush(10)
    first, second = gateway.wait(2)
    assert (first["error_type"], first["message"]) == ("KeyError", "order lost")
    assert first["extra"]["order"] == 7
    assert first["extra"]["password"] == "[password]"
    assert first["extra"]["breadcrumbs"][0]["data"] == {"order": 7}
    assert first["exception"][0]["mechanism"] == "structlog"
    assert written[1]["seawall_event_id"] == first["event_id"]
    assert second["message"] == second["message_template"] == "no exception"


@pytest.mark.parametrize("renderer", ["json", "kwargs", "formatter"])
def test_structlog_over_logging_tells_once(client, gateway, structlog, renderer):
    made = client(hooks=("logging",))
    last = {
        "json": structlog.processors.JSONRenderer(),
        "kwargs": structlog.stdlib.render_to_log_kwargs,
        "formatter": structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    }[renderer]
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, SeawallProcessor(), last],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logger = structlog.get_logger("shop")
    logging.getLogger("shop").setLevel(logging.INFO)
    logger.info("began", order=7)
    logging.getLogger("shop").info("began by hand")
    logger.error("lost", order=7)
    made.flush(10)
    (event,) = gateway.wait()
    assert [crumb["message"] for crumb in event["extra"]["breadcrumbs"]] == ["began", "began by hand"]
    assert (event["logger"], event["message"], event["extra"]["order"]) == ("shop", "lost", 7)
