import logging

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from otlp_start import PARENT, RESOURCE
from shop import OutOfStockError, reserve, serve
from told import USER

logs = LoggerProvider(resource=RESOURCE)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
log = logging.getLogger("shop.stock")
log.setLevel(logging.INFO)
log.addHandler(LoggingHandler(logger_provider=logs))
context.attach(trace.set_span_in_context(PARENT))


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        log.exception("item was not reserved", extra={"user.id": USER})


serve(catch, lambda: log.info("stock was counted"))
logs.shutdown()
