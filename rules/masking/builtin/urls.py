"""Credentials in addresses and connection strings, and in what stands for an `Authorization` header."""

import base64
import binascii
import re

from rules.masking.rule import START, by_form

__all__ = ["RULES"]

_LONG = 24  # a word so long is no English
_DSN_KEY = 32
_CUT = 6  # of a password, at least so much: less of it opens nothing
_STORES = (
    r"(?:postgres(?:ql)?|mysql2?|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|ldaps?"
    r"|smtps?|ftps?|sftp|nats|kafka|couchbase|neo4j|bolt)"
)


def _credentials(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    """`Bearer authentication failed` is prose, and so is `basic usage`."""
    value = match["secret"]
    if match["scheme"].lower() == "basic":
        try:
            return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
        except (binascii.Error, ValueError):
            return False
    return len(value) >= _LONG or any(char.isdigit() for char in value) or "." in value.strip(".")


def _password(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    """Up to an `@`; where the text was cut before it, what is no port."""
    secret = match["secret"]
    if match[0].endswith("@"):
        return True
    letters = any(map(str.isalpha, secret))
    return len(secret) >= _CUT and letters and any(map(str.isdigit, secret)) and not {"]", ":"} & {*secret}


def _token_as_user(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    """The key of a Sentry DSN is a public one: https://docs.sentry.io/concepts/key-terms/dsn-explainer/."""
    user = match["secret"]
    if len(user) == _DSN_KEY and match["project"] and set(user) <= set("0123456789abcdef"):
        return False
    return any(char.isdigit() for char in user) and any(char.isalpha() for char in user)


RULES = (
    by_form(  # a slash in a password should have been encoded, and often is not
        "password",
        r"://[^\s/@\x00]*:[^\s@\x00]+@",
        rf"{START}(?<![_+\-]){_STORES}(?:\+\w{{1,20}})?://[^\s:/@\"'<>]{{0,100}}:(?P<secret>[^\s\"'<>]{{1,200}})@",
        near=rf"{_STORES}(?:\+\w{{1,20}})?://",
    ),
    by_form(
        "password",
        r"://[^\s/@\x00]*:[^\s/@\x00]",
        r"""(?<![\w+.\-])[A-Za-z][\w+.\-]*+://[^\s:/@"'<>]*+:(?P<secret>[^\s/"'<>]+)(?:@|\Z)""",
        _password,
        near="://",
        back=r"\w+.\-",
    ),
    by_form(
        "password",  # jdbc:oracle:thin:scott/tiger@//host:1521/service
        r"(?i)jdbc:oracle:[a-z0-9]+:[^\s/@\x00]+/[^\s@\x00]",
        r"(?i)jdbc:oracle:[a-z0-9]{1,10}:[^\s/@\"']{1,100}/(?P<secret>[^\s@\"']{1,200})@",
    ),
    by_form(
        "token",
        r"://[\w.~%-]+@",
        r"://(?P<secret>[\w.~%\-]{16,}+)@[^\s/\"']{1,255}(?P<project>/\d+(?!\w))?",
        _token_as_user,
    ),
    by_form(
        "token",
        r"(?i)(?:bearer|basic)(?:[ \t]|%20|\+)+[\w.~+/-]{8}",
        rf"{START}(?<![_\-])(?P<scheme>(?i:bearer|basic))(?:\s|%20|\+){{1,3}}(?P<secret>[\w.~+/\-]{{8,}}+=*+)",
        _credentials,
    ),
)
