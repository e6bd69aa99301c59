"""Bytes of a format of their own are known by their content type, by a hint, or by what they are."""

from collections.abc import Mapping
from typing import Any

import pytest

from rules.normalizing import MAX_RECORD_BYTES, NotAnError, Unreadable, normalize, registry
from rules.normalizing.contract import BytesFormat


def parse(value: bytes, _headers: Mapping[str, bytes], _remarks: Any) -> list[dict[str, Any]]:
    if len(value) == 1:
        raise NotAnError("too short to be one")
    return [{"format": "frames", "message": value[1:].hex()}]


FRAMES = BytesFormat("frames", frozenset({"application/frames"}), lambda value: value[:1] == b"\xfe", parse)


@pytest.fixture(autouse=True)
def frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BYTES_FORMATS", (FRAMES,))
    monkeypatch.setattr(registry, "_BY_CONTENT_TYPE", {"application/frames": FRAMES})


@pytest.mark.parametrize(
    ("value", "headers", "hint"),
    [
        (b"\xfe\x00\x01", {}, None),  # as text it would be binary
        (b"\xff\x00\x01", {}, "frames"),
        (b"\xff\x00\x01", {"content-type": b"Application/Frames; v=1"}, None),
    ],
)
def test_bytes_are_known(value: bytes, headers: dict[str, bytes], hint: str | None) -> None:
    [draft] = normalize(value, headers, hint)
    assert draft == {"format": "frames", "message": "0001", "remarks": []}


def test_json_is_no_frame_whatever_the_hint() -> None:
    [draft] = normalize(b'{"message": "m"}', {}, "frames")
    assert draft["format"] == "seawall"


def test_bytes_are_read_to_the_same_length_as_everything() -> None:
    with pytest.raises(Unreadable):
        normalize(b"\xfe" * (MAX_RECORD_BYTES + 1), {"content-type": b"application/frames"})


def test_what_is_no_error_is_said_to_be_none() -> None:
    with pytest.raises(NotAnError):
        normalize(b"\xfe", {})
