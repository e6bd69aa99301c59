import logging
import os
import sys

import seawall_client
from opentelemetry import context, trace
from otlp_start import PARENT
from shop import OutOfStockError, reserve, serve
from told import DSN, ENVIRONMENT, RELEASE, USER

if sys.argv[1:] == ["kafka"]:
    seawall_client.init(  # straight to Kafka
        bootstrap_servers=os.environ["SENDER_KAFKA"],
        topic=os.environ["SENDER_TOPIC"],
        service="shop",
        release=RELEASE,
        environment=ENVIRONMENT,
        spool_dir="spool",
    )
else:
    seawall_client.init(  # over HTTP
        DSN,
        service="shop",
        release=RELEASE,
        environment=ENVIRONMENT,
        spool_dir="spool",
    )
seawall_client.set_user({"id": USER})
context.attach(trace.set_span_in_context(PARENT))


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        seawall_client.capture_exception()


serve(catch, lambda: logging.getLogger("shop.stock").info("stock was counted"))
