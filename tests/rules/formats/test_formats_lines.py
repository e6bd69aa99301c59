"""Lines of text as loggers and servers write them by default: what is taken out of each."""

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, normalize

AT = 1735787045.0
NANOS = 1735787045.123


def read(text: str) -> Draft:
    [draft] = normalize(text.encode(), {})
    ErrorEvent.model_validate(draft)
    assert draft["remarks"] == []
    return draft


CASES = {
    # Python
    "python-text": [
        ("ERROR:shop.pay:failed", {"logger": "shop.pay", "severity": "error", "message": "failed"}),
        ("WARNING:root:failed", {"logger": "root", "severity": "warning", "message": "failed"}),
        ("ERROR:    Exception in ASGI application", {"severity": "error", "message": "Exception in ASGI application"}),
        ("2025-01-02 03:04:05,000 - shop.pay - CRITICAL - failed - badly", {"timestamp": AT, "logger": "shop.pay", "severity": "critical", "message": "failed - badly"}),
        ("2025-01-02 03:04:05,000 ERROR shop.pay failed", {"timestamp": AT, "logger": "shop.pay", "message": "failed"}),
        ("[2025-01-02 03:04:05 +0000] [17] [ERROR] Worker exited", {"timestamp": AT, "extra": {"pid": 17}, "message": "Worker exited"}),
        ("[2025-01-02 03:04:05,000: ERROR/ForkPoolWorker-1] Task shop.pay raised", {"timestamp": AT, "extra": {"thread": "ForkPoolWorker-1"}, "message": "Task shop.pay raised"}),
        ("[2025-01-02T03:04:05.000+0000] {taskinstance.py:12} ERROR - Task failed", {"timestamp": AT, "source_file": "taskinstance.py", "line_number": 12, "message": "Task failed"}),
        ("2025-01-02 03:04:05.000 | ERROR    | shop.pay:charge:12 - failed", {"timestamp": AT, "logger": "shop.pay", "extra": {"function": "charge", "line_number": 12}, "message": "failed"}),
    ],
    # The JVM
    "java-text": [
        ("2025-01-02T03:04:05.000Z ERROR 17 --- [nio-8080-exec-1] c.a.shop.Pay                             : failed", {"timestamp": AT, "language": "java", "logger": "c.a.shop.Pay", "extra": {"thread": "nio-8080-exec-1", "pid": 17}, "message": "failed"}),
        ("2025-01-02 03:04:05.000  WARN 17 --- [           main] o.s.b.Boot : slow", {"timestamp": AT, "severity": "warning", "extra": {"thread": "main", "pid": 17}, "message": "slow"}),
        ("2025-01-02T03:04:05.000Z ERROR 17 --- [shop] [main] [0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331] c.a.Pay : failed", {"service": "shop", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}),
        ("2025-01-02T03:04:05.000Z ERROR 17 --- [shop] [main] [                                                 ] c.a.Pay : failed", {"service": "shop", "trace_id": None, "logger": "c.a.Pay", "message": "failed"}),
        ("03:04:05.123 [main] ERROR com.acme.Shop - failed", {"logger": "com.acme.Shop", "severity": "error", "message": "failed"}),
        ("2025-01-02 03:04:05,000 [1] ERROR Shop.Pay - failed", {"timestamp": AT, "logger": "Shop.Pay", "language": None, "extra": {"thread": "1"}}),
        ("2025-01-02 03:04:05,000 ERROR [com.acme.Shop] (executor-thread-1) failed", {"timestamp": AT, "logger": "com.acme.Shop", "extra": {"thread": "executor-thread-1"}, "message": "failed"}),
        ("02-Jan-2025 03:04:05.000 SEVERE [main] org.apache.catalina.startup.Bootstrap.main failed", {"timestamp": AT, "severity": "error", "message": "failed"}),
        ("Jan 02, 2025 3:04:05 AM com.acme.Shop pay\nSEVERE: failed", {"timestamp": AT, "logger": "com.acme.Shop", "extra": {"function": "pay"}, "message": "failed"}),
    ],
    # .NET
    "dotnet-text": [
        ("fail: Shop.Pay[7]\n      failed\n      twice", {"severity": "error", "logger": "Shop.Pay", "extra": {"event_id": 7}, "message": "failed\ntwice"}),
        ("2025-01-02 03:04:05 crit: Shop.Pay[0] failed", {"timestamp": AT, "severity": "critical", "message": "failed"}),
        ("2025-01-02 03:04:05.000 +00:00 [ERR] failed", {"timestamp": AT, "severity": "error", "message": "failed"}),
        ("[03:04:05 FTL] failed", {"severity": "critical", "message": "failed"}),
        ("2025-01-02 03:04:05.0000|ERROR|Shop.Pay|failed", {"timestamp": AT, "logger": "Shop.Pay", "message": "failed"}),
    ],
    # Go
    "go-text": [
        ('2025-01-02T03:04:05.000Z\tERROR\tshop/pay.go:12\tfailed\t{"order": 17, "error": "refused"}', {"timestamp": AT, "source_file": "shop/pay.go", "line_number": 12, "message": "failed", "exception": [{"value": "refused"}], "extra": {"order": 17}}),
        ("2025-01-02T03:04:05.000Z\tDPANIC\tshop\tshop/pay.go:12\tfailed", {"severity": "critical", "logger": "shop", "message": "failed"}),
        ("2025-01-02T03:04:05Z ERR pay.go:12 > failed error=refused order=17", {"timestamp": AT, "source_file": "pay.go", "message": "failed", "exception": [{"value": "refused"}], "extra": {"order": "17"}}),
        ("3:04AM FTL failed", {"severity": "critical", "message": "failed"}),
        ("ERRO[0012] failed                                   order=17", {"severity": "error", "message": "failed", "extra": {"order": "17"}}),
    ],
    "klog": [
        ("E0102 03:04:05.000000      17 pay.go:12] failed", {"severity": "error", "source_file": "pay.go", "line_number": 12, "language": "go", "message": "failed", "extra": {"pid": 17}}),
        ("F20250102 03:04:05.000000    17 pay.cc:12] failed", {"severity": "critical", "language": "c++", "message": "failed"}),
        ('E0102 03:04:05.000000 17 pay.go:12] "Say \\"no\\"" logger="shop" err="refused" order="a/b"', {"message": 'Say "no"', "logger": "shop", "exception": [{"value": "refused"}], "extra": {"order": "a/b", "pid": 17}}),
    ],
    "logfmt": [
        ('level=error ts=2025-01-02T03:04:05Z caller=pay.go:12 msg="not stored" err="refused" order=17', {"timestamp": AT, "severity": "error", "source_file": "pay.go", "line_number": 12, "message": "not stored", "exception": [{"value": "refused"}], "extra": {"order": "17"}}),
        ('at=error code=H12 desc="Request timeout" method=GET path="/pay" host=shop.example request_id=a1 fwd="1.2.3.4" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0', {"severity": "error", "message": "Request timeout", "correlation_id": "a1", "request": {"url": "/pay", "method": "GET"}, "hostname": "shop.example"}),
        ("level=error msg=failed\nboom:\n  at", {"message": "failed", "extra": {"after": "boom:\n  at"}}),
        ('t=2025-01-02T03:04:05Z lvl=eror logger=pay msg="failed" error="refused"', {"timestamp": AT, "logger": "pay", "severity": "error", "message": "failed"}),
    ],
    # Rust
    "rust-text": [
        ("[2025-01-02T03:04:05Z ERROR shop::pay] failed", {"timestamp": AT, "logger": "shop::pay", "language": "rust", "message": "failed"}),
        ("2025-01-02T03:04:05.000000Z ERROR request{method=POST uri=/pay}:pay{order=17}: shop::pay: failed error=refused twice code=3", {"timestamp": AT, "logger": "shop::pay", "message": "failed", "exception": [{"value": "refused twice"}], "extra": {"spans": "request{method=POST uri=/pay}:pay{order=17}", "code": "3"}}),
        ("2025-01-02T03:04:05.000000Z  INFO shop: stored", {"severity": "info", "message": "stored"}),
    ],
    # Ruby and PHP
    "ruby-logger": [
        ("F, [2025-01-02T03:04:05.000000 #17] FATAL -- orders: failed", {"severity": "critical", "logger": "orders", "extra": {"pid": 17}, "message": "failed"}),
        ("E, [2025-01-02T03:04:05#17] ERROR -- : no (A::B)\na.rb:3:in 'A#pay'", {"error_type": "A::B", "message": "no", "exception": [{"type": "A::B", "module": "A", "value": "no", "frames": [{"file": "a.rb", "line": 3, "module": "A", "function": "pay", "in_app": True}]}]}),
    ],
    "monolog-text": [
        ('[2025-01-02 03:04:05] production.ERROR: failed {"userId":7} []', {"timestamp": AT, "environment": "production", "logger": None, "user_id": "7", "message": "failed"}),
        ("[2025-01-02T03:04:05.000000+00:00] pay.ALERT: a { b [] []", {"severity": "critical", "logger": "pay", "message": "a { b"}),
    ],
    # Servers
    "nginx": [
        ("2025/01/02 03:04:05 [emerg] 17#17: bind() to 0.0.0.0:80 failed (98: Address already in use)", {"timestamp": AT, "severity": "critical", "message": "bind() to 0.0.0.0:80 failed (98: Address already in use)"}),
        ('2025/01/02 03:04:05 [error] 17#18: *3 FastCGI sent in stderr: "PHP message: a, client: b" while reading, client: 1.2.3.4, server: _, request: "GET /a, b HTTP/1.1", host: "x"', {"message": 'FastCGI sent in stderr: "PHP message: a, client: b" while reading', "request": {"method": "GET", "url": "/a,", "headers": {"host": "x"}}}),
    ],
    "apache": [
        ("[Thu Jan 02 03:04:05 2025] [error] [client 1.2.3.4] client denied: /srv", {"timestamp": AT, "severity": "error", "extra": {"client": "1.2.3.4"}, "message": "client denied: /srv"}),
        ("[Thu Jan 02 03:04:05.000000 2025] [ssl:emerg] [pid 17] mod_ssl.c(12): AH02572: failed", {"severity": "critical", "logger": "ssl", "tags": {"code": "AH02572"}, "source_file": "mod_ssl.c", "line_number": 12, "message": "failed"}),
    ],
    "postgresql-text": [
        ("2025-01-02 03:04:05.000 UTC [17] shop@orders ERROR:  failed", {"timestamp": AT, "tags": {"database_user": "shop", "database": "orders"}, "message": "failed"}),
        ("2025-01-02 03:04:05 UTC:10.0.0.1(4711):shop@orders:[17]:FATAL:  failed", {"timestamp": AT, "severity": "critical", "tags": {"database_user": "shop", "database": "orders"}, "message": "failed"}),
        ("2025-01-02 04:04:05.000 CET [17-1] user=shop,db=orders,app=psql,client=::1 23505 WARNING:  failed", {"timestamp": AT, "severity": "warning", "tags": {"sqlstate": "23505", "database_user": "shop", "database": "orders", "application": "psql"}}),
        ("2025-01-02 03:04:05.000 UTC [17] DETAIL:  Key exists.", {"severity": "info", "message": "Key exists."}),
        ("2025-01-02 03:04:05.000 UTC [17] ERROR:  failed\n2025-01-02 03:04:05.000 UTC [17] HINT:  try\n\tagain", {"message": "failed", "extra": {"pid": "17", "hint": "try\nagain"}}),
    ],
    # What is of none of them
    "text": [
        ("2025-01-02 03:04:05 ERROR shop: failed", {"timestamp": AT, "message": "shop: failed"}),
        ("2025-01-02 03:04:05.000 ERROR [0af7651916cd43dd8448eb211c80319c] [main] c.a.Shop:12 - failed", {"timestamp": AT, "logger": "c.a.Shop", "trace_id": "0af7651916cd43dd8448eb211c80319c", "message": "failed"}),
        ("2025-01-02T03:04:05.000Z ERROR shop::pay: failed to pay", {"logger": "shop::pay", "language": None}),
        ("error=42", {"message": "error=42"}),
        ("a=1 b=2", {"message": "a=1 b=2"}),
        ("fail: it did", {"message": "fail: it did"}),
        ("\x1b[31mERROR\x1b[0m failed", {"severity": "error", "message": "failed"}),
    ],
}  # fmt: skip
FLAT = [(form, text, expected) for form, cases in CASES.items() for text, expected in cases]


@pytest.mark.parametrize(("form", "text", "expected"), FLAT, ids=[text[:60] for _, text, _ in FLAT])
def test_a_line_is_taken_apart(form: str, text: str, expected: dict[str, object]) -> None:
    draft = read(text)
    expected = {"format": form, **expected}
    assert {field: draft.get(field) for field in expected} == expected
