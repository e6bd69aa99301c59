"""Bytes to a JSON value or to text: fast for what is right, patient with what is not quite."""

import codecs
import json
import re
from typing import Any

import orjson

from models.reasons import DeadReason
from rules.coercing import Remarks
from rules.normalizing.draft import Unreadable

__all__ = ["MAX_RECORD_BYTES", "check_size", "decode", "decode_loosely", "load"]

MAX_RECORD_BYTES = 4 * 1024 * 1024
_MAX_DEPTH = 64  # far below what Python's stack takes, far above what an event needs
_SAMPLE = 4_096
_BINARY_CONTROLS = 0.1  # the share of control characters that no text has, and
_BINARY_BROKEN = 0.4  # that of broken characters
_FRAMING = 5  # a zero byte and the schema's number, which schema-registry serializers put first
_MAX_INT_DIGITS = 18
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def check_size(value: bytes | None) -> bytes:
    """The record's bytes.

    Raises:
        Unreadable: there are none, or too many.
    """
    if not value:
        raise Unreadable(DeadReason.EMPTY, "the record has no value")
    if len(value) > MAX_RECORD_BYTES:
        raise Unreadable(DeadReason.TOO_LARGE, f"{len(value)} bytes; at most {MAX_RECORD_BYTES} are read")
    return value


def load(value: bytes, remarks: Remarks) -> Any:
    """The bytes' JSON value.

    Raises:
        ValueError: they are not JSON to the letter.
    """
    decoded = orjson.loads(value)
    if b"\\" in value and b"\\u0000" in value:  # a single byte is found a hundred times faster
        decoded = _scrub(decoded, remarks)
    return decoded


def decode(value: bytes, remarks: Remarks) -> tuple[Any, bool]:
    """The bytes' JSON value and True, or their text and False where they are no JSON.

    Raises:
        Unreadable: they are blank, binary, or nested too deeply.
    """
    try:
        return load(value, remarks), True
    except orjson.JSONDecodeError:
        return decode_loosely(value, remarks)


def decode_loosely(value: bytes, remarks: Remarks) -> tuple[Any, bool]:
    """As `decode`, of bytes that are not JSON to the letter."""
    text = _to_text(value, remarks)
    if not text:
        raise Unreadable(DeadReason.EMPTY, "the record holds only white space")
    if text[0] not in '{["':
        return _plain(text, remarks), False
    try:
        decoded = _JSON.decode(text)
    except RecursionError:
        raise Unreadable(DeadReason.INVALID_JSON, "the JSON is nested too deeply") from None
    except ValueError:
        return _plain(text, remarks), False
    return _scrub(decoded, remarks), True


def _to_text(value: bytes, remarks: Remarks) -> str:
    if value[0] == 0 and value[_FRAMING : _FRAMING + 1] in (b"{", b"["):
        value = value[_FRAMING:]
    if value.startswith(_UTF16):
        return value.decode("utf-16", "replace").strip()
    try:
        text = value.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = value.decode("utf-8-sig", "replace")
        remarks.add("", "bad_utf8")
    return text.strip("\0 \t\r\n\f")


def _plain(text: str, remarks: Remarks) -> str:
    """Text that is no JSON.

    Raises:
        Unreadable: too much of it is nothing that a person could read.
    """
    sample = text[:_SAMPLE]
    controls, broken = len(_CONTROLS.findall(sample)), sample.count("�")
    if controls > len(sample) * _BINARY_CONTROLS or broken > len(sample) * _BINARY_BROKEN:
        raise Unreadable(DeadReason.NOT_TEXT, "the record is binary")
    return _scrub_text(text, "", remarks)


def _scrub(value: Any, remarks: Remarks, path: str = "", depth: int = _MAX_DEPTH) -> Any:
    """The value without NULs and lone surrogates, which neither UTF-8 nor PostgreSQL can hold."""
    if isinstance(value, str):
        return _scrub_text(value, path, remarks)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        remarks.add(path, "cut", len(value))
        return None
    within = f"{path}." if path else ""
    if isinstance(value, list):
        return [_scrub(item, remarks, f"{within}{index}", depth - 1) for index, item in enumerate(value)]
    made = {}
    for key, item in value.items():
        name = _scrub_text(key, path, remarks)
        made[name] = _scrub(item, remarks, within + name, depth - 1)
    return made


def _scrub_text(text: str, path: str, remarks: Remarks) -> str:
    if "\0" in text:
        remarks.add(path, "nul", len(text))
        text = text.replace("\0", "")
    if not text.isascii() and _SURROGATES.search(text):
        remarks.add(path, "bad_utf8", len(text))
        text = _SURROGATES.sub("�", text)
    return text


def _integer(digits: str) -> int | str:
    """A number as it is, unless neither JSON writers nor databases take it."""
    return int(digits) if len(digits) <= _MAX_INT_DIGITS else digits


def _real(digits: str) -> float | str:
    number = float(digits)
    return digits if number in (float("inf"), float("-inf")) else number


# Takes what serializers of other languages write: NaN, Infinity, lone surrogates, control characters in strings.
_JSON = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_real, parse_constant=str)
