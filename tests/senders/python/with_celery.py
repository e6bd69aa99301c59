"""A worker of Celery's in a process of its own, and who gives it tasks."""

import os
import subprocess
import sys

import celery
import sentry_sdk
import told
from sentry_start import start
from shop import reserve, serve

QUEUE = f"shop-{told.KEY}"
app = celery.Celery("with_celery", broker=os.environ["SENDER_REDIS_URL"], backend=os.environ["SENDER_REDIS_URL"])
app.conf.task_default_queue = QUEUE
app.conf.broker_connection_retry_on_startup = True


@celery.signals.celeryd_init.connect
def begin(**_):
    start()


@app.task
def stock(text):
    sentry_sdk.set_user({"id": told.USER})
    reserve(text)


def catch(text):
    with sentry_sdk.start_transaction(sentry_sdk.continue_trace(told.TRACE_HEADERS, name="shop")):
        stock.delay(text).wait(timeout=60, propagate=False)


if __name__ == "__main__":
    command = [sys.executable, "-m", "celery", "-A", "with_celery", "worker", "-P", "solo", "-Q", QUEUE, "--without-mingle"]
    worker = subprocess.Popen(command, stdout=sys.stderr)
    start()
    serve(catch)
    sentry_sdk.flush(30)
    worker.terminate()
    worker.wait(60)
