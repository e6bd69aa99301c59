"""Lines that Go's loggers write for terminals: zap's development console, zerolog's ConsoleWriter, logrus.

https://pkg.go.dev/go.uber.org/zap#NewDevelopmentConfig
https://pkg.go.dev/github.com/rs/zerolog#ConsoleWriter
https://pkg.go.dev/github.com/sirupsen/logrus#TextFormatter
"""

import re

import orjson

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.formats.zap import read_zap
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.headed import DATE, DIGITS, Head, headed, read_head
from rules.normalizing.logged import put_extra
from rules.normalizing.pairs import read_pairs

__all__ = ["FORMAT"]

_ZAP = re.compile(
    r"(?P<time>[^\t\n]{8,40})\t(?P<level>DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL)\t"
    r"(?:(?P<logger>[^\t\n]{1,200})\t)??(?P<place>[^\t\n]{1,300}:\d{1,7})\t"
)
_ZAP_TIME = 41
_ZEROLOG = re.compile(
    rf"(?P<time>{DATE}|\d{{1,2}}:\d\d[AP]M) (?P<level>TRC|DBG|INF|WRN|ERR|FTL|PNC) "
    r"(?:(?P<place>[^\s>]{1,300}:\d{1,7}) > )?"
)
_LOGRUS = re.compile(r"(?P<level>TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[(?:\d{4}|[^\]\n]{10,40})\] ?")
_PAIR = re.compile(r"(?<! ) +(?=[A-Za-z_][\w.-]{0,60}=)")


def _match(text: str) -> Head | None:
    if not text[:1].isdigit():
        return _LOGRUS.match(text)
    return _ZAP.match(text) if "\t" in text[:_ZAP_TIME] else _ZEROLOG.match(text)


def _read(found: Head, text: str, remarks: Remarks) -> Draft:
    if found.re is _ZAP:
        return _zap(found, text, remarks)
    draft = read_head(found, text)
    draft.setdefault("language", "go")
    if "exception" not in draft:
        _put_pairs(draft, text[found.end() :])
    return draft


def _zap(found: Head, text: str, remarks: Remarks) -> Draft:
    """`message␉{fields}`, and below it the stack of the line that logs."""
    line, _, below = text[found.end() :].partition("\n")
    message, _, fields = line.rpartition("\t")
    told = _object(fields)
    draft = read_head(found, text[: found.end()])
    draft["language"] = "go"
    draft["message"] = message if told else line
    if told:
        read = read_zap(told, remarks)
        read["extra"] = {**read.get("extra", {}), **draft.pop("extra", {})}
        draft = {**read, **draft}
    if below.strip():
        put_extra(draft, "stacktrace", below.strip())
    return draft


def _object(text: str) -> dict[str, object]:
    if not text.startswith("{"):
        return {}
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _put_pairs(draft: Draft, text: str) -> None:
    """The message in front, and the fields behind it."""
    first = _PAIR.search(text)
    if first is None:
        return
    pairs, rest = read_pairs(text, first.start())
    draft["message"] = text[: first.start()].strip()
    put_go_error(draft, pairs.pop("error", None))
    for name, value in pairs.items():
        put_extra(draft, name, value)
    if rest.strip():
        put_extra(draft, "after", rest.strip())


FORMAT = headed("go-text", DIGITS + "TDIWEFP", _match, _read)
