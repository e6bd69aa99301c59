"""What of a frame counts."""

import pytest

from rules.grouping.frames import collapse, counts, frame_key, relevant_frames

SAME = {
    "java lambda": (
        "java",
        {"module": "a.B$$Lambda$14/0x00000008000b", "function": "run"},
        {"module": "a.B$$Lambda$77/0x0001", "function": "run"},
    ),
    "java anonymous class": ("java", {"module": "a.B$1", "function": "run"}, {"module": "a.B$12", "function": "run"}),
    "go release folder": (
        "go",
        {"file": "/srv/app-1/main.go", "function": "main.Run.func1"},
        {"file": "/srv/app-2/main.go", "function": "main.Run.func2.1"},
    ),
    "bundle's hash": (
        "javascript",
        {"file": "https://x.org/main.3f2a1b9c.js", "function": "total"},
        {"file": "/static/main.99aabb00.js?v=2", "function": "total"},
    ),
    "vite's hash": (
        "javascript",
        {"file": "https://x.org/assets/index-BxYzAb_Q.js", "function": "total"},
        {"file": "https://x.org/assets/index-DqLm9s2X.js", "function": "total"},
    ),
    "numbered chunk": (
        "javascript",
        {"file": "https://x.org/178.js", "function": "total"},
        {"file": "https://x.org/2041.js", "function": "total"},
    ),
    "minified name": (
        "javascript",
        {"file": "https://x.org/main.3f2a1b9c.js", "function": "t"},
        {"file": "https://x.org/main.3f2a1b9c.js", "function": "qe"},
    ),
    "script in a page": (
        "javascript",
        {"file": "https://x.org/cart/17", "function": "onclick"},
        {"file": "https://x.org/cart/18?from=mail", "function": "onclick"},
    ),
    "browsers name the object or not": (
        "javascript",
        {"file": "a.js", "function": "Cart.total"},
        {"file": "a.js", "function": "total"},
    ),
    "compiled template": (
        "php",
        {"file": "/srv/views/3f786850e387550fdab836ed7e6dc881de23001b.php", "function": "require"},
        {"file": "/srv/views/89e6c98d92887913cadf06b2adb97f26cde4849b.php", "function": "require"},
    ),
    "windows folder": ("python", {"file": "C:\\app\\a.py", "function": "f"}, {"file": "/app/a.py", "function": "f"}),
    "white space": (
        "python",
        {"file": "a.py", "function": "f", "line": 1, "context": {"line": "  x = y( z )"}},
        {"file": "a.py", "function": "f", "line": 9, "context": {"line": "x = y(  z )"}},
    ),
    "source of a compiled language": (
        "java",
        {"file": "A.java", "function": "f", "context": {"line": "x = 1;"}},
        {"file": "A.java", "function": "f", "context": {"line": "y = 2;"}},
    ),
    "minified line": (
        "javascript",
        {"file": "m.js", "function": "find", "context": {"line": "x" * 200}},
        {"file": "m.js", "function": "find"},
    ),
    "library's version": (
        "native",
        {"package": "/usr/lib/libfoo-2.31.so.6", "function": "foo", "address": "0x1"},
        {"package": "/lib/libfoo.so", "function": "foo", "address": "0x2"},
    ),
}
DIFFERENT = [
    ("other", {"module": "a", "function": "f"}, {"module": "a", "function": "g"}),
    ("other", {"module": "a", "function": "f"}, {"module": "b", "function": "f"}),
    ("python", {"file": "utf8.py", "function": "f1"}, {"file": "utf8.py", "function": "f2"}),
    ("javascript", {"file": "main.js", "function": "total"}, {"file": "vendor.js", "function": "total"}),
    ("javascript", {"file": "src/a.js", "function": "t"}, {"file": "src/a.js", "function": "u"}),
    (
        "python",
        {"file": "a.py", "function": "f", "context": {"line": "x = 1"}},
        {"file": "a.py", "function": "f", "context": {"line": "x = y"}},
    ),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME.values(), ids=SAME.keys())
def test_frames_of_one_place_are_alike(language, one, other):
    assert frame_key(one, language).text == frame_key(other, language).text


@pytest.mark.parametrize(("language", "one", "other"), DIFFERENT)
def test_frames_of_two_places_differ(language, one, other):
    assert frame_key(one, language).text != frame_key(other, language).text


@pytest.mark.parametrize(
    ("language", "frame", "telling"),
    [
        ("javascript", {"file": "https://x.org/main.3f2a1b9c.js", "function": "t"}, False),
        ("javascript", {"file": "https://x.org/main.js", "function": "?"}, False),
        ("javascript", {"file": "https://x.org/main.js", "function": "total"}, True),
        ("javascript", {"file": "src/a.js", "context": {"line": "f(1)"}}, True),
        ("objc", {"package": "Shop", "function": "<redacted>"}, False),
        ("python", {"module": "shop.cart", "function": "<lambda>"}, True),
    ],
)
def test_frames_without_a_name_say_nothing(language, frame, telling):
    assert frame_key(frame, language).telling is telling


@pytest.mark.parametrize(
    ("language", "frame", "expected"),
    [
        ("javascript", {"file": "[native code]", "function": "forEach"}, False),
        ("javascript", {"file": "<anonymous>", "function": "map"}, False),
        ("javascript", {"file": "a.js", "function": "eval"}, False),
        ("javascript", {"file": "a.js", "function": "total"}, True),
        ("python", {"file": "<anonymous>", "function": "eval"}, True),
    ],
)
def test_what_only_some_browsers_show_does_not_count(language, frame, expected):
    assert counts(frame, language) is expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("abc", "abc"),
        ("aab", "ab"),
        ("abbbbc", "abc"),
        ("sababababz", "sabz"),
        ("abcabcabc", "abc"),
        ("", ""),
    ],
)
def test_recursion_counts_once(keys, expected):
    assert "".join(collapse(list(keys))) == expected


@pytest.mark.parametrize("keys", ["mabababab", "mababab", "mabababax", "mab" * 2])
def test_a_stack_that_ran_over_is_the_same_wherever_it_did(keys):
    assert "".join(collapse(list(keys), endless=True)) == "mab"


@pytest.mark.parametrize(
    ("in_app", "expected"),
    [([True, False, None], True), ([False, None], None), ([False, False], False), ([None], None), ([], False)],
)
def test_which_frames_count(in_app, expected):
    assert relevant_frames(in_app) is expected
