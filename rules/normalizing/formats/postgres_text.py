"""PostgreSQL's log on stderr, with the usual prefixes, and its CSV log.

https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
"""

import csv
import re

from rules.coercing import Remarks
from rules.normalizing.contract import TextFormat
from rules.normalizing.draft import Draft
from rules.normalizing.formats.postgres_json import read_postgres
from rules.normalizing.headed import DIGITS

__all__ = ["FORMAT"]

_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? (?:[A-Z]{3,4}|[+-]\d\d(?::?\d\d)?)"
_SEVERITY = r"DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC"
_DETAILS = "DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION"
_HEADER = re.compile(rf"({_TIME})[ :]([^\n]{{0,200}}?)\b({_SEVERITY}|{_DETAILS}):  ")
_PID = re.compile(r"\[(\d{1,10})(?:-\d{1,9})?\]")
_WHO = re.compile(r"(?:user=)?([\w.$-]{1,63})(?:@|,db=)([\w.$-]{1,63})")
_CODE = re.compile(r"(?:^|[\s=:])([0-9A-Z]{5})(?=[\s,:]|$)")
_APPLICATION = re.compile(r"app=([^\s,\]]{1,100})")
_SIGN, _HEAD = ":  ", 260  # two blanks, behind the level
_ROW = re.compile(rf"{_TIME},")
_MAX_LINES = 2_000
_COLUMNS = (
    "timestamp", "user", "dbname", "pid", "remote", "session_id", "line_num", "ps", "session_start", "vxid", "txid",
    "error_severity", "state_code", "message", "detail", "hint", "internal_query", "internal_position", "context",
    "statement", "cursor_position", "location", "application_name", "backend_type", "leader_pid", "query_id",
)  # fmt: skip
_FEWEST = 14  # columns: up to the message


def _detect(text: str) -> bool:
    if text[4:5] != "-" or text[10:11] != " ":
        return False
    if _ROW.match(text) is not None:
        return True
    return _SIGN in text[:_HEAD] and _HEADER.match(text) is not None


def _parse(text: str, remarks: Remarks) -> list[Draft]:
    found = _HEADER.match(text)
    told = _row(text) if found is None else _lines(found, text)
    draft = read_postgres(told, remarks)
    draft["format"] = FORMAT.name
    return [draft]


def _row(text: str) -> dict[str, str]:
    try:
        row = next(csv.reader(f"{line}\n" for line in text.split("\n")), [])
    except csv.Error:
        row = []
    if len(row) < _FEWEST:
        return {"message": text}
    return {name: value for name, value in zip(_COLUMNS, row, strict=False) if value}


def _lines(found: re.Match[str], text: str) -> dict[str, str]:
    """The message, and what is told about it in lines of their own, each with a prefix or indented."""
    told = {"timestamp": found[1], **_prefix(found[2])}
    name = _name(told, found[3])
    parts: dict[str, list[str]] = {name: []}
    for index, line in enumerate(text.split("\n", _MAX_LINES)):
        head = found if index == 0 else _HEADER.match(line[:_LINE])
        if head is not None:
            name = head[3].lower() if index and head[3] in _DETAILS else name
        words = line if head is None else line[head.end() :]
        parts.setdefault(name, []).append(words.removeprefix("\t"))
    return {**told, **{name: "\n".join(lines) for name, lines in parts.items()}}


_LINE = 1_024  # characters of a line in which a prefix is looked for


def _name(told: dict[str, str], word: str) -> str:
    """What a line tells. A detail that came without its message is no error of its own."""
    if word not in _DETAILS:
        told["error_severity"] = "INFO" if word == "LOG" else word.rstrip("12345")
        return "message"
    if "error_severity" not in told:
        told["error_severity"] = "INFO"
        return "message"
    return word.lower()


def _prefix(text: str) -> dict[str, str]:
    """The process, the user and database, the error's code and the application, where the prefix names them."""
    found = {"pid": _PID.search(text), "application_name": _APPLICATION.search(text), "state_code": _CODE.search(text)}
    told = {name: match[1] for name, match in found.items() if match is not None}
    if told.get("state_code", "0").isalpha():
        del told["state_code"]
    who = _WHO.search(text)
    if who is not None:
        told["user"], told["dbname"] = who[1], who[2]
    return told


FORMAT = TextFormat("postgresql-text", _detect, _parse, DIGITS)
