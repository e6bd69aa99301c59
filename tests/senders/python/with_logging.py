"""Nothing of Sentry's but its start: what is logged is sent."""

import logging

import sentry_sdk
from sentry_start import noise, start
from shop import OutOfStockError, reserve, serve
from told import TRACE_HEADERS

log = logging.getLogger("shop.stock")
start(enable_logs=True)


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        log.exception("item was not reserved")


with sentry_sdk.start_transaction(sentry_sdk.continue_trace(TRACE_HEADERS, name="shop")):
    serve(catch, noise)
sentry_sdk.flush(30)
