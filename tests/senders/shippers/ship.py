"""A program that logs JSON to a file, and the shipper that reads the file: `ship.py CONFIG COMMAND…`."""

import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from string import Template

WORK = Path(os.environ["WORK"])
LOG = WORK / "shop.log"
DRAIN_SECONDS = 12  # in which a shipper reads, sends, and tries again


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


def main():
    config, *command = sys.argv[1:]
    LOG.touch()
    text = Path(config).read_text()
    (WORK / "told.conf").write_text(Template(text).safe_substitute(os.environ, LOG=LOG))
    shipper = subprocess.Popen([part.replace("CONFIG", str(WORK / "told.conf")) for part in command], stdout=sys.stderr)
    time.sleep(3)  # shippers that start at a file's end see what comes from now on
    for line in sys.stdin:
        what, _, text = line.strip().partition(" ")
        if what == "catch":
            catch(text)
        else:
            write(level="info", message="stock was counted")
        print("done", flush=True)
    time.sleep(DRAIN_SECONDS)
    shipper.terminate()
    shipper.wait(30)


main()
