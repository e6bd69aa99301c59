"""Lines that a carrier read from a program's output."""

import re

from rules.normalizing.draft import Draft

__all__ = ["quiet", "stripped"]

# https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
_CRI = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP]) ?", re.ASCII
)
_MAX_LINES = 10_000
_ISO = 10  # characters of a date


def quiet(line: str, stream: object) -> Draft:
    """What the stream says: a line of text on standard output that names no level is no error."""
    return {"severity": "info"} if stream == "stdout" and not line.lstrip().startswith("{") else {}


def stripped(text: str) -> tuple[str, Draft] | None:
    """The text that a container wrote, where each line has the runtime's head; None where it has none."""
    if text[4:5] != "-" or text[_ISO : _ISO + 1] != "T" or (head := _CRI.match(text)) is None:
        return None
    made: list[str] = []
    goes_on = False
    for line in text.split("\n", _MAX_LINES):
        part = _CRI.match(line)
        words = line[part.end() :] if part else line
        if goes_on:
            made[-1] += words
        else:
            made.append(words)
        goes_on = part is not None and part[3] == "P"  # the runtime cuts long lines into parts
    inner = "\n".join(made)
    return inner, {"timestamp": head[1], **quiet(inner, head[2])}
