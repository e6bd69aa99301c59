"""What of a frame counts."""

import pytest

from rules.grouping.frames import collapse, frame_key, relevant_frames

SAME = [
    (
        {"module": "a.B$$Lambda$14/0x00000008000b", "function": "run"},
        {"module": "a.B$$Lambda$77/0x0001", "function": "run"},
    ),
    (
        {"module": "a.B$$EnhancerBySpringCGLIB$$1a2b", "function": "f"},
        {"module": "a.B$$EnhancerBySpringCGLIB$$9c", "function": "f"},
    ),
    ({"module": "jdk.proxy2.$Proxy88", "function": "f"}, {"module": "jdk.proxy2.$Proxy12", "function": "f"}),
    (
        {"module": "sun.reflect.GeneratedMethodAccessor12", "function": "invoke"},
        {"module": "sun.reflect.GeneratedMethodAccessor7", "function": "invoke"},
    ),
    ({"module": "a.B", "function": "lambda$load$0"}, {"module": "a.B", "function": "lambda$load$3"}),
    (
        {"file": "/srv/app-1/main.go", "function": "main.Run.func1"},
        {"file": "/srv/app-2/main.go", "function": "main.Run.func2.1"},
    ),
    (
        {"file": "a.rs", "function": "shop::load::h0123456789abcdef"},
        {"file": "a.rs", "function": "shop::load::hfedcba9876543210"},
    ),
    ({"file": "a.cs", "function": "<Load>b__12_0"}, {"file": "a.cs", "function": "<Load>b__3_1"}),
    ({"file": "a.rb", "function": "block (2 levels) in load"}, {"file": "a.rb", "function": "load"}),
    (
        {"file": "https://x.org/main.3f2a1b9c.js", "function": "t"},
        {"file": "/static/main.99aabb00.js?v=2", "function": "t"},
    ),
    ({"file": "a.js", "function": "async load"}, {"file": "a.js", "function": "load"}),
    ({"file": "a.js", "function": "Object.<anonymous>"}, {"file": "a.js", "function": None}),
    ({"file": "C:\\app\\a.py", "function": "f"}, {"file": "/app/a.py", "function": "f"}),
    (
        {"file": "a.py", "function": "f", "line": 1, "context": {"line": "  x = y( z )"}},
        {"file": "a.py", "function": "f", "line": 9, "context": {"line": "x = y(  z )"}},
    ),
    (
        {"file": "A.java", "function": "f", "context": {"line": "x = 1;"}},
        {"file": "A.java", "function": "f", "context": {"line": "y = 2;"}},
    ),
    ({"file": "m.js", "function": "f", "context": {"line": "x" * 200}}, {"file": "m.js", "function": "f"}),
]
DIFFERENT = [
    ({"module": "a", "function": "f"}, {"module": "a", "function": "g"}),
    ({"module": "a", "function": "f"}, {"module": "b", "function": "f"}),
    ({"file": "utf8.py", "function": "f1"}, {"file": "utf8.py", "function": "f2"}),
    (
        {"file": "a.py", "function": "f", "context": {"line": "x = 1"}},
        {"file": "a.py", "function": "f", "context": {"line": "x = y"}},
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_frames_of_one_place_are_alike(one, other):
    assert frame_key(one) == frame_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_frames_of_two_places_differ(one, other):
    assert frame_key(one) != frame_key(other)


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


@pytest.mark.parametrize(
    ("in_app", "expected"),
    [([True, False, None], True), ([False, None], None), ([False, False], False), ([None], None), ([], False)],
)
def test_which_frames_count(in_app, expected):
    assert relevant_frames([{"frames": [{"in_app": value} for value in in_app]}]) is expected
