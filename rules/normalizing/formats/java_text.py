"""Lines of the JVM's loggers: the default patterns of Logback, Log4j, Spring Boot, Quarkus, WildFly, java.util.logging.

https://docs.spring.io/spring-boot/reference/features/logging.html#features.logging.log-format
https://logback.qos.ch/manual/layouts.html
https://logging.apache.org/log4j/2.x/manual/pattern-layout.html
https://quarkus.io/guides/logging#logging-format
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import CLOCK, DATE, DIGITS, Head, behind_time, headed, read_head

__all__ = ["FORMAT"]

_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL|SEVERE|WARNING|CONFIG|FINE|FINER|FINEST|OFF)"
_TIME = rf"(?P<time>(?:{DATE}|{CLOCK}))"
_LOGGER = r"(?P<logger>[\w$.\[\]/-]{1,200})"
_NO_IDS = r"(?:\[ {1,80}\] )?"
_IDS = _NO_IDS + (
    r"(?:\[(?P<trace_id>[0-9a-fA-F]{16,32})?(?:[-, ](?P<span_id>[0-9a-fA-F]{16})?)?(?:[-,](?:true|false)?)?\] ?)?"
)
_APPLICATION = r"(?:\[(?P<service>[^\]\s]{1,100})\] (?=\[))?"
_THREAD = r"\[(?P<thread>[^\]]{0,200})\] "
_MONTH_DAY = r"[A-Z][a-z]{2} \d{1,2}, \d{4}"
_HEADERS = tuple(
    re.compile(pattern)
    for pattern in (
        # 2025-01-02T03:04:05.123Z ERROR 17 --- [shop] [main] [trace-span] c.a.Shop : message
        rf"{_TIME} {{1,4}}{_LEVEL} (?P<pid>\d{{1,10}}) --- {_APPLICATION}{_THREAD}{_IDS}{_LOGGER} {{0,80}}: ?",
        # 03:04:05.123 [main] ERROR c.a.Shop -- message
        rf"{_TIME} {_IDS}{_THREAD}{_LEVEL} {{1,2}}{_LOGGER}(?::(?P<line>\d{{1,7}}))? --? ?",
        # 2025-01-02 03:04:05,123 ERROR [c.a.Shop] (main) message
        rf"{_TIME} {_LEVEL} {{1,6}}{_IDS}\[{_LOGGER}\] \((?P<thread>[^)]{{1,200}})\) ",
        # 02-Jan-2025 03:04:05.123 SEVERE [main] c.a.Shop.pay message
        rf"(?P<time>\d\d-[A-Z][a-z]{{2}}-\d{{4}} {CLOCK}) {_LEVEL} {_THREAD}{_LOGGER} ",
        # Jan 02, 2025 3:04:05 AM c.a.Shop pay␤SEVERE: message
        rf"(?P<time>{_MONTH_DAY} {CLOCK}[ \u202f][AP]M) {_LOGGER}(?: (?P<function>[\w$<>]{{1,200}}))?\r?\n{_LEVEL}: ",
    )
)
_DIGIT_FIRST = _HEADERS[:4]
_MONTH_FIRST = _HEADERS[4:]
_BEHIND_TIME = tuple("[TDIWEFSCO")  # a thread, or a level
_OF_OTHERS = _HEADERS[1]  # log4net's and others' as well


def _match(text: str) -> Head | None:
    if text[3:4] == " ":
        headers = _MONTH_FIRST
    elif text[2:3] == "-" or behind_time(text).lstrip(" ")[:1] in _BEHIND_TIME:
        headers = _DIGIT_FIRST
    else:
        return None
    for header in headers:
        found = header.match(text)
        if found is not None:
            return found
    return None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    draft = read_head(found, text)
    if found.re is not _OF_OTHERS:
        draft.setdefault("language", "java")
    return draft


FORMAT = headed("java-text", DIGITS + "JFMASOND", _match, _read)
