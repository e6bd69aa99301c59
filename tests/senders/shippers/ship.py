"""A program that logs JSON to a file, and the shipper that reads the file."""

import json
import os
import traceback

from carrier import WORK, carry

LOG = WORK / "shop.log"


class OutOfStockError(Exception):
    """There is no more of it."""


def reserve(text):
    raise OutOfStockError(text)


def write(**record):
    told = {"service": "shop", "release": os.environ["SENDER_RELEASE"], "environment": os.environ["SENDER_ENVIRONMENT"]}
    with LOG.open("a") as file:
        file.write(json.dumps({**told, **record}) + "\n")


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        facts = {"user_id": os.environ["SENDER_USER"], "trace_id": os.environ["SENDER_TRACE"]}
        write(level="error", message="item was not reserved", stack_trace=traceback.format_exc(), **facts)


def tell(what, text):
    if what == "catch":
        catch(text)
    else:
        write(level="info", message="stock was counted")


LOG.touch()
carry(tell, LOG=LOG)
