"""What browsers report by themselves: violations of a page's policies, and requests that failed on the network.

As `report-uri` sends them (`{"csp-report": {…}}`), and as the Reporting API does (a list of `{"type", "url", "body"}`):
https://www.w3.org/TR/CSP3/#deprecated-serialize-violation, https://www.w3.org/TR/reporting-1/#serialize-reports,
https://www.w3.org/TR/network-error-logging/#generate-a-network-error-report.
"""

from itertools import islice
from typing import Any

from models import bounds
from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft

__all__ = ["FORMAT", "read_report"]

_WRAPPED = {"csp-report": "csp", "expect-ct-report": "expect-ct", "expect-staple-report": "expect-staple"}
_TYPES = {"csp-violation": "csp", "network-error": "nel"}  # the names of the Reporting API
_REPORTING = frozenset({"type", "url", "body"})
_LOCAL = frozenset({"", "self", "inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink"})
_SCHEMES = frozenset({"data", "blob", "filesystem", "about", "chrome-extension", "moz-extension", "safari-extension"})
_RESOURCES = {"img-src": "image", "script-src-elem": "script", "script-src-attr": "script", "style-src-elem": "style",
              "style-src-attr": "style", "frame-ancestors": "embedding", "form-action": "form action"}  # fmt: skip
_PLAIN = ("sourcefile", "linenumber", "columnnumber", "documenturi", "documenturl", "referrer", "url")
_LONGEST = 1_024


def _detect(record: Record) -> bool:
    if not _WRAPPED.keys().isdisjoint(record):
        return len(record) == 1
    if record.keys() >= _REPORTING:
        return isinstance(record["body"], dict) and isinstance(record["type"], str) and "age" in record
    return "known-pins" in record and "served-certificate-chain" in record


def _parse(record: Record, _remarks: Remarks) -> list[Draft]:
    for name, kind in _WRAPPED.items():
        if isinstance(body := record.get(name), dict):
            return [_whole(read_report(kind, body))]
    body = record.get("body")
    if not isinstance(body, dict):
        return [_whole(read_report("hpkp", record))]
    kind = str(record["type"])
    draft = read_report(_TYPES.get(kind, kind), {"url": record["url"], **body})
    if record.get("user_agent"):
        draft.setdefault("request", {}).setdefault("headers", {})["User-Agent"] = record["user_agent"]
    return [_whole(draft)]


def _whole(draft: Draft) -> Draft:
    return {"format": FORMAT.name, "language": "javascript", "severity": "error", **draft}


def read_report(kind: str, body: dict[str, Any]) -> Draft:
    """The report's fields. Of its kind and of what it is about it makes a fingerprint: a site's pages do not count.

    Args:
        kind: `csp`, `nel`, `hpkp`, `expect-ct`, `expect-staple`, or a type of the Reporting API.
        body: the report, with its keys in any spelling.
    """
    body = dict(islice(body.items(), bounds.MAX_KEYS))
    facts = {_plain(key): value for key, value in body.items()}
    message, about = _SAYERS.get(kind, _say_other)(facts)
    kept = {key: value for key, value in body.items() if _plain(key) not in _PLAIN and value not in (None, "")}
    draft: Draft = {"error_type": kind, "message": message, "extra": {"report": kept}}
    if about:
        draft["fingerprint"] = [kind, *about]
    if facts.get("disposition") == "report":
        draft["severity"] = "warning"  # only reported: the browser let it be
    _put_place(draft, facts)
    return draft


def _plain(key: str) -> str:
    return key.replace("-", "").replace("_", "").lower()


def _put_place(draft: Draft, facts: dict[str, Any]) -> None:
    page = facts.get("documenturi") or facts.get("documenturl") or facts.get("url")
    if page:
        draft["request"] = {"url": page}
        if facts.get("referrer"):
            draft["request"]["headers"] = {"Referer": facts["referrer"]}
    if facts.get("sourcefile"):
        draft["source_file"] = facts["sourcefile"]
        if facts.get("linenumber"):
            draft["line_number"] = facts["linenumber"]


def _say_csp(facts: dict[str, Any]) -> tuple[str, list[str]]:
    """As Sentry titles it: what was blocked, and from where."""
    violated = _text(facts, "violateddirective")
    directive = (_text(facts, "effectivedirective") or violated).split(" ")[0]
    blocked = _text(facts, "blockeduri") or _text(facts, "blockedurl")
    resource = _RESOURCES.get(directive, directive.removesuffix("-src"))
    host = _host(blocked)
    if blocked in _LOCAL or host == _host(_text(facts, "documenturi") or _text(facts, "documenturl")):
        how = "eval" if "eval" in blocked or "'unsafe-eval'" in violated else "inline" if blocked in _LOCAL else "own"
        return f"Blocked {how} '{resource}'", [directive, how]
    return f"Blocked '{resource}' from '{host}'", [directive, host]


def _say_nel(facts: dict[str, Any]) -> tuple[str, list[str]]:
    inner = facts.get("body")
    if isinstance(inner, dict):
        facts.update({_plain(key): value for key, value in islice(inner.items(), bounds.MAX_KEYS)})
    what, host = _text(facts, "type") or "unknown", _host(_text(facts, "url"))
    status = facts.get("statuscode")
    said = f" {status}" if isinstance(status, int) and status and what.startswith("http") else ""
    return f"{what}{said} from '{host}'", [what + said, host]


def _say_pins(facts: dict[str, Any]) -> tuple[str, list[str]]:
    host = _text(facts, "hostname")
    return f"Public key pinning validation failed for '{host}'", [host]


def _say_certificate(facts: dict[str, Any]) -> tuple[str, list[str]]:
    host = _text(facts, "hostname")
    return f"Certificate of '{host}' is not as expected", [host]


def _say_other(facts: dict[str, Any]) -> tuple[str, list[str]]:
    """A deprecation, an intervention, a crash, a violated permissions policy."""
    name = _text(facts, "id") or _text(facts, "featureid")
    return _text(facts, "message") or _text(facts, "reason") or name, [name] if name else []


_SAYERS = {
    "csp": _say_csp,
    "nel": _say_nel,
    "hpkp": _say_pins,
    "expect-ct": _say_certificate,
    "expect-staple": _say_certificate,
}


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _host(url: str) -> str:
    """The host with its port; of a URL that has none, its scheme."""
    scheme, colon, rest = url.partition(":")
    if colon and rest.startswith("//"):
        return rest[2:].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return scheme if scheme in _SCHEMES else url


FORMAT = ObjectFormat("browser-report", frozenset({*_WRAPPED, "known-pins", "body"}), _detect, _parse)
