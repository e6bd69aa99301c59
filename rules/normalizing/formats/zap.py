"""zap, for Go, and what writes like it: Caddy, Kubernetes' controllers, go-kit as JSON.

zap's own `stacktrace` is of the line that logs, not of the error. It stays as it is: as the error's stack it would make
one group of all messages that a function logs.
https://pkg.go.dev/go.uber.org/zap/zapcore#EncoderConfig
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.logged import LOGGED, put_caller, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj
from rules.normalizing.trees import grown

__all__ = ["FORMAT", "read_zap"]

_NAMES = Names({"timestamp": "ts", "message": "msg", "severity": "level", "logger": "logger"}, LOGGED)
_TAKEN = ("error", "err", "errorVerbose", "errorCauses", "caller", "request")


def read_zap(record: Record, remarks: Remarks) -> Draft:
    """An object with zap's names."""
    name = "error" if record.get("error") not in (None, "") else "err"
    draft = read_named(without(record, *_TAKEN), _NAMES, remarks)
    draft["language"] = "go"
    read_traceparent(draft)
    put_caller(draft, record.get("caller"))
    put_request(draft, record.get("request"))
    put_go_error(draft, record.get(name), record.get(f"{name}Verbose"))
    causes = record.get("errorCauses")
    if isinstance(causes, list) and causes:
        _put_causes(draft, causes)
    if "severity" not in draft and "v" in record and name not in record:
        draft["severity"] = "info"  # klog's JSON: only what is no error has a verbosity
    return draft


def _put_causes(draft: Draft, causes: list[Any]) -> None:
    """An error of several."""
    chain = draft.get("exception")
    if not chain:
        put_extra(draft, "errorCauses", causes)
        return

    def read(raw: Any) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        if raw is causes:
            return {**chain[-1], "is_group": True}, [("member", one) for one in causes]
        told = obj(raw).get("error")
        within = obj(raw).get("errorCauses")
        return {"value": told}, [("member", one) for one in within] if isinstance(within, list) else []

    draft["exception"] = grown(causes, read)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_zap(record, remarks)
    draft["format"] = FORMAT.name
    return [draft]


FORMAT = ObjectFormat("zap", frozenset({"ts"}), lambda record: "msg" in record, _parse)
