import sentry_sdk
from sentry_start import noise, start
from shop import OutOfStockError, reserve, serve
from told import TRACE_HEADERS

start()


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        sentry_sdk.capture_exception()


with sentry_sdk.start_transaction(sentry_sdk.continue_trace(TRACE_HEADERS, name="shop")):
    serve(catch, noise)
sentry_sdk.flush(30)
