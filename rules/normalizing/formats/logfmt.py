"""logfmt: `level=error msg="order not stored" err="…"`, as Heroku, Grafana's programs, logrus and slog write it.

https://brandur.org/logfmt
https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format
"""

import re
from string import ascii_letters

from rules.coercing import Remarks
from rules.normalizing.contract import TextFormat
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.formats.lograge import is_request, read_lograge
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.headed import put_body
from rules.normalizing.levels import LEVEL_WORDS
from rules.normalizing.logged import LOGGED, put_caller, put_extra, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.pairs import read_pairs

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "ts time timestamp t",
        "message": "msg message event desc",
        "severity": "level lvl severity at",
        "logger": "logger component",
        "hostname": "host hostname",
        "source_file": "file",
        "line_number": "line",
        "stack_trace": "exc_info traceback stack_trace",
        "request_method": "method",
        "request_url": "url path",
    },
    LOGGED,
)
_HEAD = 500  # characters in which the names are looked for
_FIRST = re.compile(r'[A-Za-z_@][\w.@-]{0,60}=(?:"|[^\s"=])')
_KNOWN = re.compile(r"(?:^|\s)(?:level|lvl|severity|msg|message|err|error|caller|at|event|controller)=")
_PLACES = ("caller", "source")
_TEXT_LEVEL = "at"  # of Heroku's router; elsewhere a place or a step


def _detect(text: str) -> bool:
    if _FIRST.match(text) is None:
        return False
    head = text[:_HEAD]
    return head.count("=") > 1 and _KNOWN.search(head) is not None


def _parse(text: str, remarks: Remarks) -> list[Draft]:
    pairs, rest = read_pairs(text)
    if is_request(pairs):
        return [{**read_lograge(pairs, remarks), "format": "lograge"}]
    name = "err" if pairs.get("err") else "error"
    told = without(pairs, name, *_PLACES)
    if pairs.get(_TEXT_LEVEL, "").lower() not in LEVEL_WORDS and _TEXT_LEVEL in told:
        told["step"] = told.pop(_TEXT_LEVEL)
    draft = read_named(told, _NAMES, remarks)
    draft["format"] = FORMAT.name
    read_traceparent(draft)
    for place in _PLACES:
        put_caller(draft, pairs.get(place))
    put_go_error(draft, pairs.get(name))
    if rest.strip():
        below: Draft = {}
        put_body(below, rest)
        if "message" in below and draft.get("message"):
            put_extra(draft, "after", below.pop("message"))
        draft = {**below, **draft}
    return [draft]


FORMAT = TextFormat("logfmt", _detect, _parse, "_@" + ascii_letters)
