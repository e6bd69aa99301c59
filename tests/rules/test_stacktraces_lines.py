"""Single shapes of lines, language by language, and the texts that are no traces."""

import pytest

from rules.stacktraces import find
from rules.stacktraces.in_app import in_app, language_of

JVM = [
    ("at com.acme.Shop.pay(Shop.java:12)", {"module": "com.acme.Shop", "function": "pay", "file": "Shop.java", "line": 12}),
    ("at app//com.acme.Shop.pay(Shop.java:12)", {"module": "com.acme.Shop", "package": "app"}),
    ("at java.base@17.0.1/java.lang.Thread.run(Thread.java:833)", {"module": "java.lang.Thread", "package": "java.base@17.0.1"}),
    ("at com.acme.Shop.<init>(Shop.kt:3)", {"function": "<init>", "file": "Shop.kt"}),
    ("at com.acme.Shop$.$anonfun$pay$1(Shop.scala:3)", {"module": "com.acme.Shop$", "function": "$anonfun$pay$1"}),
    ("at sun.misc.Unsafe.park(Native Method)", {"function": "park", "module": "sun.misc.Unsafe"}),
    ("at com.acme.X$$Lambda$14/0x0000000800c03000.apply(Unknown Source)", {"function": "apply", "module": "com.acme.X$$Lambda$14/0x0000000800c03000"}),
    ("at com.acme.Shop.pay(Shop.java:12) ~[shop.jar:1.2]", {"package": "shop.jar:1.2"}),
]  # fmt: skip
V8 = [
    ("at pay (/srv/shop.js:1:2)", {"function": "pay", "file": "/srv/shop.js", "line": 1, "column": 2}),
    ("at async pay (file:///srv/shop.mjs:1:2)", {"function": "pay", "file": "file:///srv/shop.mjs"}),
    (
        "at new Order (webpack-internal:///./src/a.ts:1:2)",
        {"function": "new Order", "file": "webpack-internal:///./src/a.ts"},
    ),
    ("at Timeout.tick [as _onTimeout] (/srv/shop.js:1:2)", {"function": "Timeout.tick"}),
    ("at /srv/shop.js:1:2", {"file": "/srv/shop.js", "line": 1, "column": 2}),
    (
        "at eval (eval at pay (/srv/shop.js:1:2), <anonymous>:3:4)",
        {"function": "eval", "file": "<anonymous>", "line": 3},
    ),
    ("at Array.map (<anonymous>)", {"function": "Array.map", "file": "<anonymous>"}),
    ("at async Promise.all (index 0)", {"function": "Promise.all"}),
    ("at C:\\shop\\a b.js:1:2", {"file": "C:\\shop\\a b.js"}),
]
GECKO = [
    (
        "pay@https://shop.example/app.js:1:2",
        {"function": "pay", "file": "https://shop.example/app.js", "line": 1, "column": 2},
    ),
    ("@https://shop.example/app.js:1:2", {"file": "https://shop.example/app.js"}),
    ("async*pay@https://shop.example/app.js:1:2", {"function": "pay"}),
    ("global code@https://shop.example/app.js:1:2", {"function": "global code"}),
    ("map@[native code]", {"function": "map", "file": "<native code>"}),
]


@pytest.mark.parametrize(("line", "expected"), JVM)
def test_a_jvm_line_is_a_frame(line: str, expected: dict[str, object]) -> None:
    trace = find(f"a.b.FooException: x\n\t{line}")
    assert trace is not None
    assert expected.items() <= trace.exceptions[0]["frames"][0].items()


@pytest.mark.parametrize(("line", "expected"), V8)
def test_a_v8_line_is_a_frame(line: str, expected: dict[str, object]) -> None:
    trace = find(f"TypeError: x\n    {line}\n    at last (/srv/last.js:9:9)")
    assert trace is not None
    assert trace.language == "javascript"
    assert expected.items() <= trace.exceptions[0]["frames"][-1].items()


@pytest.mark.parametrize(("line", "expected"), GECKO)
def test_a_firefox_or_safari_line_is_a_frame(line: str, expected: dict[str, object]) -> None:
    trace = find(f"{line}\nlast@https://shop.example/last.js:9:9")
    assert trace is not None
    assert expected.items() <= trace.exceptions[0]["frames"][-1].items()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "look at this (it is broken)\nand at that",
        "mail to a@b.example:1:2\nthanks",
        'File "report.txt" was not found',
        "at 12:30:15\nthe server (main) stopped",
        "   at Shop.Pay(the customer)\nand so on",
        "error at line 3 (column 4)\n",
    ],
)
def test_other_text_is_no_trace(text: str) -> None:
    assert find(text) is None


def test_a_traceback_on_a_log_line_gives_the_line_back() -> None:
    trace = find('ERROR:root:it broke Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError')
    assert trace is not None
    assert trace.before == "ERROR:root:it broke"
    assert trace.exceptions == [{"type": "KeyError", "frames": [{"file": "a.py", "line": 1, "function": "f"}]}]


def test_a_log_line_after_a_traceback_is_not_part_of_its_message() -> None:
    trace = find('Traceback (most recent call last):\n  File "a.py", line 1, in f\nE: x\n2025-01-01 INFO on\n')
    assert trace is not None
    assert trace.exceptions[0]["value"] == "x"
    assert trace.after == "2025-01-01 INFO on"


def test_logback_prints_the_root_cause_first() -> None:
    trace = find(
        "a.B: inner\n\tat a.B.c(B.java:1)\nWrapped by: a.C: outer\n\tat a.C.d(C.java:2)\n\t... 1 common frames omitted"
    )
    assert trace is not None
    assert [one["value"] for one in trace.exceptions] == ["inner", "outer"]


@pytest.mark.parametrize(
    ("frame", "language", "expected"),
    [
        ({"file": "/srv/app/.venv/lib/python3.11/site-packages/flask/app.py"}, "python", False),
        ({"file": "/usr/lib/python3.11/json/decoder.py"}, "python", False),
        ({"file": "<frozen importlib._bootstrap>"}, "python", False),
        ({"module": "json.decoder", "file": "json/decoder.py"}, "python", False),
        ({"file": "/srv/shop/orders.py"}, "python", True),
        ({"module": "org.springframework.web.Filter"}, "java", False),
        ({"module": "java.lang.Thread"}, "kotlin", False),
        ({"module": "org.acme.Shop"}, "java", True),
        ({"file": "/srv/shop/node_modules/express/index.js"}, "javascript", False),
        ({"file": "node:internal/timers"}, "javascript", False),
        ({"file": "/srv/shop/orders.ts"}, "javascript", True),
        ({"file": "/usr/local/go/src/net/http/server.go"}, "go", False),
        ({"file": "/srv/shop/main.go"}, "go", True),
        ({"package": "/usr/lib/libc.so"}, None, False),
        ({"function": "f"}, "python", None),
    ],
)
def test_library_code_is_not_in_app(frame: dict[str, object], language: str | None, expected: bool | None) -> None:
    assert in_app(frame, language) is expected


def test_the_language_is_known_by_the_suffix() -> None:
    assert language_of("https://shop.example/app.js?v=3") == "javascript"
    assert language_of("Makefile") is None
