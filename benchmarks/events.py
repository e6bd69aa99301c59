"""Events to measure with: about 4 KB of JSON with 15 frames, own schema and Sentry body in turn.

Every event has its own ids, message parameters, variables, user, host and trace; what makes it belong to a group (type,
in-app functions, service) comes from its group's number alone. The same seed gives the same events.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

__all__ = ["FRAMES", "Mix", "events", "small_records"]

FRAMES = 15
LIBRARY_FRAMES = 6  # of them, outermost
SERVICES = 20
STEP = 2**19 + 21  # shares no factor with 30, so that all 30^4 names are visited, and neighbours differ in every word


def _words(text: str) -> list[str]:
    return text.split()


VERBS = _words(
    "charge refund ship pack price quote book cancel renew merge split fetch store parse render send poll lock sync"
    " index score rank match route draft sign verify close open count"
)
NOUNS = _words(
    "order cart invoice ledger parcel basket coupon address wallet voucher customer session receipt account balance"
    " product shelf pallet courier tariff payment mandate contract seat ticket room meter tenant claim policy"
)
KINDS = _words(
    "Timeout Missing Invalid Duplicate Stale Refused Broken Locked Unknown Expired Partial Empty Foreign Lost Late"
    " Orphaned Corrupt Negative Ambiguous Unsigned Detached Frozen Oversized Premature Unpaid Reversed Rejected"
    " Unbalanced Misplaced Forbidden"
)
LIBRARY = (
    ("werkzeug.serving", "run_wsgi", "werkzeug/serving.py", "execute(self.server.app)"),
    ("flask.app", "wsgi_app", "flask/app.py", "response = self.full_dispatch_request()"),
    ("flask.app", "full_dispatch_request", "flask/app.py", "rv = self.dispatch_request()"),
    ("flask.app", "dispatch_request", "flask/app.py", "return self.ensure_sync(view)(**view_args)"),
    ("sqlalchemy.orm.session", "execute", "sqlalchemy/orm/session.py", "result = conn.execute(statement, params)"),
    ("sqlalchemy.engine.base", "_execute_context", "sqlalchemy/engine/base.py", "cursor.execute(statement, params)"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What events to make."""

    groups: int  # events are spread evenly over so many; 1 is a storm; 0 gives every event its own group
    environment: str = "production"
    severity: str = "error"
    seed: int = 1
    first: int = 0  # number of the first event: its ids, and its group, follow from it

    def group_of(self, number: int) -> int:
        """The group that an event belongs to."""
        return number % self.groups if self.groups else number


def events(mix: Mix, count: int) -> Iterator[bytes]:
    """Events, own schema and Sentry body in turn, as producers would write them."""
    rng = random.Random(f"{mix.seed}/{mix.first}")
    for number in range(mix.first, mix.first + count):
        group = mix.group_of(number)
        # A group keeps to one format, as a service does; a storm takes both in turn, in two groups of one service.
        make = _sentry if (group if mix.groups != 1 else number) % 2 else _own
        yield orjson.dumps(make(_Facts(rng, mix, group)))


def small_records(count: int, seed: int = 1) -> Iterator[bytes]:
    """Flat records of about 500 bytes, for the path without any work."""
    rng = random.Random(seed)
    filler = "x" * 340
    for number in range(count):
        yield orjson.dumps(
            {"service": f"service-{number % 20}", "message": f"failed {number}", "id": _hex(rng, 16), "text": filler}
        )


class _Facts:
    """One event's own facts, and its group's."""

    def __init__(self, rng: random.Random, mix: Mix, group: int) -> None:
        spread = group * STEP
        self.verb = VERBS[spread % 30]
        self.noun = NOUNS[spread // 30 % 30]
        self.kind = KINDS[spread // 900 % 30]
        self.noun2 = NOUNS[spread // 27_000 % 30]
        self.service = f"shop-{group % SERVICES}"
        self.mix = mix
        self.rng = rng
        self.event_id = _hex(rng, 16)
        self.order = rng.randrange(10**6, 10**7)
        self.user = rng.randrange(10**5)
        self.host = f"web-{rng.randrange(12)}"
        self.trace_id = _hex(rng, 16)
        self.span_id = _hex(rng, 8)
        self.amount = rng.randrange(100, 99_999) / 100

    @property
    def error_type(self) -> str:
        return f"{self.kind}{self.noun.title()}Error"

    @property
    def message(self) -> str:
        return (
            f"{self.noun} {self.order} of customer {self.user}: could not {self.verb} {self.amount} EUR"
            f" after {self.user % 9000} ms ({self.span_id})"
        )

    @property
    def url(self) -> str:
        return f"https://shop.example/{self.noun}/{self.order}/{self.verb}"

    def frames(self) -> Iterator[tuple[str, str, str, str, int, bool]]:
        """Module, function, file, source line, line number, in_app; outermost call first."""
        for number, (module, function, file, line) in enumerate(LIBRARY):
            yield module, function, f"/venv/site-packages/{file}", line, 300 + number * 37, False
        for number in range(FRAMES - LIBRARY_FRAMES):
            module = f"shop.{self.noun2}.{self.verb}"
            function = f"{self.verb}_{self.noun}_{VERBS[number]}"
            file = f"/srv/shop/{self.noun2}/{self.verb}.py"
            line = f"return self.{self.noun2}.{VERBS[number + 1]}_{self.noun}({self.noun}, amount)"
            yield module, function, file, line, 20 + number * 11, True


def _own(facts: _Facts) -> dict[str, Any]:
    return {
        "event_id": facts.event_id,
        "timestamp": _now(),
        "service": facts.service,
        "environment": facts.mix.environment,
        "severity": facts.mix.severity,
        "hostname": facts.host,
        "release": "shop@2025.11.3",
        "trace_id": facts.trace_id,
        "span_id": facts.span_id,
        "user_id": f"u-{facts.user}",
        "error_type": facts.error_type,
        "message": facts.message,
        "exception": [
            {
                "type": facts.error_type,
                "value": facts.message,
                "module": f"shop.{facts.noun2}",
                "frames": [
                    {
                        "module": module,
                        "function": function,
                        "file": file,
                        "line": line,
                        "in_app": in_app,
                        "context": {"line": source},
                        **({"locals": {"number": facts.order + line}} if in_app else {}),
                    }
                    for module, function, file, source, line, in_app in facts.frames()
                ],
            }
        ],
        "request": _request(facts),
        "tags": {"tenant": f"t{facts.user % 50}", "zone": "eu-1", "shard": str(facts.user % 16)},
        "extra": {"order": facts.order, "amount": facts.amount, "attempt": facts.user % 5, "queue": "default"},
    }


def _sentry(facts: _Facts) -> dict[str, Any]:
    return {
        "event_id": facts.event_id,
        "timestamp": _now(),
        "platform": "python",
        "level": "fatal" if facts.mix.severity == "critical" else facts.mix.severity,
        "environment": facts.mix.environment,
        "server_name": facts.host,
        "release": "shop@2025.11.3",
        "tags": {"service": facts.service, "tenant": f"t{facts.user % 50}"},
        "contexts": {"trace": {"trace_id": facts.trace_id, "span_id": facts.span_id}},
        "user": {"id": f"u-{facts.user}"},
        "request": _request(facts),
        "sdk": {"name": "sentry.python.flask", "version": "2.20.0"},
        "exception": {
            "values": [
                {
                    "type": facts.error_type,
                    "value": facts.message,
                    "module": f"shop.{facts.noun2}",
                    "mechanism": {"type": "flask", "handled": False},
                    "stacktrace": {
                        "frames": [
                            {
                                "module": module,
                                "function": function,
                                "filename": file.split("/", 3)[-1],
                                "abs_path": file,
                                "lineno": line,
                                "in_app": in_app,
                                "context_line": f"    {source}",
                                **({"vars": {"number": str(facts.order + line)}} if in_app else {}),
                            }
                            for module, function, file, source, line, in_app in facts.frames()
                        ]
                    },
                }
            ]
        },
    }


def _request(facts: _Facts) -> dict[str, Any]:
    return {
        "url": facts.url,
        "method": "POST",
        "headers": {
            "host": "shop.example",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "authorization": f"Bearer {facts.event_id}",
            "accept": "application/json",
        },
    }


def _hex(rng: random.Random, length: int) -> str:
    return f"{rng.getrandbits(length * 8):0{length * 2}x}"


def _now() -> str:
    return datetime.now(UTC).isoformat()
