"""What carries a program's errors to Seawall: started with its configuration, told line by line, ended."""

import argparse
import os
import shlex
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from string import Template

WORK = Path(os.environ["WORK"])
START_SECONDS = 3  # carriers that start at a file's end see what comes from then on
READY_SECONDS = 60
DRAIN_SECONDS = 12  # in which a carrier reads, sends, and tries again


def carry(tell, **facts):
    """Run `PROGRAM [--ready URL] CONFIG… -- COMMAND…`; `tell(what, text)` carries out each line of standard input.

    Each CONFIG is written to the folder `told` with the environment and `facts` for its `$NAME`s, as are those in
    COMMAND and URL. `--ready` waits until what answers at URL says that all of it runs.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready")
    parser.add_argument("configs", nargs="+")
    own, command = _split(sys.argv[1:])
    options = parser.parse_args(own)
    known = {**os.environ, **{name: str(value) for name, value in facts.items()}}
    told = WORK / "told"
    told.mkdir(exist_ok=True)
    for config in options.configs:
        (told / config).write_text(_filled(Path(config).read_text(), known))
    carrier = subprocess.Popen([_filled(part, known) for part in command], stdout=sys.stderr)
    time.sleep(START_SECONDS)
    if options.ready:
        _await(_filled(options.ready, known), carrier)
    for line in sys.stdin:
        what, _, text = line.strip().partition(" ")
        tell(what, text)
        print("done", flush=True)
    time.sleep(DRAIN_SECONDS)
    carrier.terminate()
    carrier.wait(30)


def _split(arguments):
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _filled(text, known):
    return Template(text).safe_substitute(known)


def _await(url, carrier):
    """Until a connector and its task run, as Kafka Connect's REST says."""
    deadline = time.monotonic() + READY_SECONDS
    answer = ""
    while time.monotonic() < deadline and carrier.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                answer = response.read().decode()
        except OSError as error:
            answer = str(error)
        if answer.count('"RUNNING"') == 2:
            return
        time.sleep(0.5)
    sys.exit(f"{shlex.join(map(str, carrier.args))} is not ready: {answer}")
