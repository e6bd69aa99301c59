"""Lines of Python: logging's defaults, loguru, Gunicorn, Uvicorn, Celery and Airflow.

https://docs.python.org/3/library/logging.html#logging.basicConfig
https://docs.python.org/3/howto/logging.html#formatters
https://loguru.readthedocs.io/en/stable/api/logger.html
https://docs.celeryq.dev/en/stable/userguide/configuration.html#worker-log-format
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.formats.loguru import plain_trace
from rules.normalizing.headed import CLOCK, DATE, DIGITS, Head, behind_time, headed, read_head

__all__ = ["FORMAT"]

_LEVEL = r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_LOGGER = r"(?P<logger>[A-Za-z_][\w.-]{0,199})"
_MILLIS = r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})"
_CALLER = r"(?P<logger>[^\s:]{1,200}):(?P<function>[^\s:]{1,200}):(?P<line>\d{1,7})"
_LEVELED = tuple(
    re.compile(pattern)
    for pattern in (
        # ERROR:shop.pay:message
        rf"{_LEVEL}:{_LOGGER}:(?=\S)",
        # Uvicorn: ERROR and a colon, then up to nine columns in all
        rf"{_LEVEL}: {{4,9}}",
    )
)
_TIMED = tuple(
    re.compile(pattern)
    for pattern in (
        # 2025-01-02 03:04:05,123 - shop.pay - ERROR - message
        rf"(?P<time>{DATE}) - {_LOGGER} - {_LEVEL} - ",
        # 2025-01-02 03:04:05.123 | ERROR    | shop.pay:charge:12 - message (loguru)
        r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \| (?P<level>[A-Z]{1,20}) {0,12}\| " + _CALLER + " - ",
        # 2025-01-02 03:04:05,123 ERROR shop.pay message
        rf"{_MILLIS} {_LEVEL} {{1,4}}(?P<logger>[A-Za-z_]\w{{0,60}}(?:\.\w{{1,60}}){{1,9}}):? (?=[^\s-])",
    )
)
_BEHIND_TIME = tuple("-|DIWEC")
_BRACKETED = tuple(
    re.compile(pattern)
    for pattern in (
        # [2025-01-02 03:04:05 +0000] [17] [ERROR] message (Gunicorn)
        rf"\[(?P<time>{DATE})\] \[(?P<pid>\d{{1,10}})\] \[{_LEVEL}\] ",
        # [2025-01-02 03:04:05,123: ERROR/MainProcess] message (Celery)
        rf"\[(?P<time>\d{{4}}-\d\d-\d\d {CLOCK}): {_LEVEL}/(?P<thread>[^\]\s]{{1,100}})\] ",
        # [2025-01-02T03:04:05.123+0000] {file.py:12} ERROR - message (Airflow)
        rf"\[(?P<time>{DATE})\] \{{(?P<place>[^\s}}]{{1,200}}:\d{{1,7}})\}} {_LEVEL} - ",
    )
)


def _match(text: str) -> Head | None:
    first = text[:1]
    headers = _BRACKETED if first == "[" else _LEVELED
    if first.isdigit():
        headers = _TIMED if behind_time(text)[1:2] in _BEHIND_TIME else ()
    for header in headers:
        found = header.match(text)
        if found is not None:
            return found
    return None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    return read_head(found, plain_trace(text))


FORMAT = headed("python-text", DIGITS + "[DIWEC", _match, _read)
