"""What browsers report: by `report-uri`, by the Reporting API, of policies and of the network."""

import json
from typing import Any

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, normalize


def read(record: Any) -> list[Draft]:
    drafts = normalize(json.dumps(record).encode(), {})
    for draft in drafts:
        ErrorEvent.model_validate(draft)
    return drafts


@pytest.mark.parametrize(
    ("report", "message", "fingerprint"),
    [
        ({"effective-directive": "script-src-elem", "blocked-uri": "https://cdn.example:8443/a.js?x=1"}, "Blocked 'script' from 'cdn.example:8443'", ["csp", "script-src-elem", "cdn.example:8443"]),
        ({"effective-directive": "script-src-attr", "blocked-uri": "inline"}, "Blocked inline 'script'", ["csp", "script-src-attr", "inline"]),
        ({"effective-directive": "script-src", "blocked-uri": "eval"}, "Blocked eval 'script'", ["csp", "script-src", "eval"]),
        ({"violated-directive": "script-src 'unsafe-eval'", "blocked-uri": ""}, "Blocked eval 'script'", ["csp", "script-src", "eval"]),
        ({"violated-directive": "img-src 'self' https:", "blocked-uri": "data"}, "Blocked 'image' from 'data'", ["csp", "img-src", "data"]),
        ({"violated-directive": "connect-src", "blocked-uri": "wss://shop.example"}, "Blocked own 'connect'", ["csp", "connect-src", "own"]),
        ({"violated-directive": "font-src", "blocked-uri": "blob:https://shop.example/1"}, "Blocked 'font' from 'blob'", ["csp", "font-src", "blob"]),
        ({"violated-directive": "frame-ancestors", "blocked-uri": "https://other.example"}, "Blocked 'embedding' from 'other.example'", ["csp", "frame-ancestors", "other.example"]),
    ],
)  # fmt: skip
def test_a_violation_is_named_by_what_was_blocked(report: dict[str, str], message: str, fingerprint: list[str]) -> None:
    [draft] = read({"csp-report": {"document-uri": "https://shop.example/cart", "disposition": "enforce", **report}})
    assert (draft["message"], draft["fingerprint"]) == (message, fingerprint)
    assert (draft["error_type"], draft["severity"], draft["request"]) == (
        "csp",
        "error",
        {"url": "https://shop.example/cart"},
    )


def test_the_reporting_api_sends_many_kinds_at_once() -> None:
    csp = {
        "documentURL": "https://shop.example/cart", "referrer": "https://shop.example/", "blockedURL": "https://ads.example/1.js",
        "effectiveDirective": "script-src-elem", "originalPolicy": "script-src 'self'", "sourceFile": "https://shop.example/a.js",
        "lineNumber": 12, "columnNumber": 3, "disposition": "report", "statusCode": 200,
    }  # fmt: skip
    nel = {"type": "dns.name_not_resolved", "phase": "dns", "status_code": 0, "method": "GET", "sampling_fraction": 1.0}
    failed = {"type": "http.error", "phase": "application", "status_code": 503, "method": "GET"}
    old = {
        "id": "WebSQL",
        "message": "Web SQL is deprecated.",
        "sourceFile": "https://shop.example/a.js",
        "lineNumber": 4,
    }
    reports = [
        {
            "type": "csp-violation",
            "age": 53531,
            "url": "https://shop.example/cart",
            "user_agent": "Firefox",
            "body": csp,
        },
        {
            "type": "network-error",
            "age": 29,
            "url": "https://api.shop.example/pay",
            "user_agent": "Firefox",
            "body": nel,
        },
        {"type": "network-error", "age": 29, "url": "https://api.shop.example/pay", "body": failed},
        {"type": "deprecation", "age": 27, "url": "https://shop.example/", "body": old},
    ]
    drafts = read(reports)
    assert [(draft["error_type"], draft["message"], draft["fingerprint"], draft["severity"]) for draft in drafts] == [
        ("csp", "Blocked 'script' from 'ads.example'", ["csp", "script-src-elem", "ads.example"], "warning"),
        (
            "nel",
            "dns.name_not_resolved from 'api.shop.example'",
            ["nel", "dns.name_not_resolved", "api.shop.example"],
            "error",
        ),
        ("nel", "http.error 503 from 'api.shop.example'", ["nel", "http.error 503", "api.shop.example"], "error"),
        ("deprecation", "Web SQL is deprecated.", ["deprecation", "WebSQL"], "error"),
    ]
    assert drafts[0]["request"] == {
        "url": "https://shop.example/cart",
        "headers": {"Referer": "https://shop.example/", "User-Agent": "Firefox"},
    }
    assert (drafts[0]["source_file"], drafts[0]["line_number"]) == ("https://shop.example/a.js", 12)
    assert drafts[1]["request"]["url"] == "https://api.shop.example/pay"


@pytest.mark.parametrize(
    ("record", "kind", "message"),
    [
        (
            {"expect-ct-report": {"hostname": "shop.example", "port": 443}},
            "expect-ct",
            "Certificate of 'shop.example' is not as expected",
        ),
        (
            {"expect-staple-report": {"hostname": "shop.example"}},
            "expect-staple",
            "Certificate of 'shop.example' is not as expected",
        ),
        (
            {"hostname": "shop.example", "known-pins": ['pin-sha256="x"'], "served-certificate-chain": ["x"]},
            "hpkp",
            "Public key pinning validation failed for 'shop.example'",
        ),
    ],
)
def test_certificates_are_reported_too(record: dict[str, Any], kind: str, message: str) -> None:
    [draft] = read(record)
    assert (draft["format"], draft["error_type"], draft["message"]) == ("browser-report", kind, message)


def test_another_object_with_a_body_is_no_report() -> None:
    [draft] = read({"type": "x", "url": "/pay", "body": {"a": 1}, "message": "failed"})
    assert draft["format"] != "browser-report"
