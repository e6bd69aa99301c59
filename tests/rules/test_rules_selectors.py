"""Selectors: which paths they fit, and how mistakes in them are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.selectors import MAX_LENGTH, parse_selector

FRAME = "exception.0.frames.3"

FITS = [
    ("extra.foo", "extra.foo", "string", True),
    ("extra.foo", "extra.FOO", "string", True),
    ("foo", "extra.a.foo", "string", True),  # a path is told by its end
    ("foo", "extra.foo.bar", "string", False),
    ("extra.foo", "extra.a.foo", "string", False),
    ("extra.*.token", "extra.a.token", "string", True),
    ("extra.*.token", "extra.token", "string", False),
    ("extra.**", "extra.a", "string", True),
    ("extra.**", "extra.a.b.c", "number", True),
    ("extra.**", "extra", "object", False),
    ("extra.**.token", "extra.a.b.token", "string", True),
    ("**", "message", "string", True),
    ("**.token", "extra.token", "string", True),
    ("extra.0", "extra.0", "string", True),
    ("request.headers.authorization", "request.headers.Authorization", "string", True),
    ("request.headers.x-api-key", "request.headers.X-Api-Key", "string", True),
    ("'a b'", "tags.a b", "string", True),
    ("'it''s'.x", "extra.it's.x", "string", True),
    ("$string", "extra.a", "string", True),
    ("$string", "extra.a", "number", False),
    ("$number", "extra.a", "number", True),
    ("extra.$object", "extra.a", "object", True),
    ("$frame.vars.**", f"{FRAME}.locals.a.b", "string", True),
    ("$frame.locals.a", f"{FRAME}.locals.a", "string", True),
    ("$frame.function", f"{FRAME}.function", "string", True),
    ("$frame.function", "extra.frames.3.function", "string", False),
    ("$stacktrace.**", f"{FRAME}.context.line", "string", True),
    ("$exception.value", "exception.0.value", "string", True),
    ("$error.value", "exception.12.value", "string", True),
    ("$request.**", "request.body.x", "string", True),
    ("$http.url", "request.url", "string", True),
    ("$message", "message", "string", True),
    ("$breadcrumb.message", "extra.breadcrumbs.4.message", "string", True),
    ("$user.email", "extra.user.email", "string", True),
    ("$string && extra.**", "extra.a", "string", True),
    ("$string && extra.**", "message", "string", False),
    ("$string && !extra.**", "message", "string", True),
    ("$string & ~extra.**", "extra.a", "string", False),
    ("extra.** || tags.**", "tags.a", "string", True),
    ("extra.** | tags.**", "request.url", "string", False),
    ("!(extra.** || tags.**)", "request.url", "string", True),
    ("a || b && c", "a", "string", True),  # `&&` binds more
    ("(a || b) && $number", "a", "string", False),
    ("!!a", "a", "string", True),
]

MISTAKES = [
    ("", "``: a name, a type or `*` is missing where it ends"),
    ("a b", "`a b`: `b` cannot stand there"),
    ("a.", "`a.`: a name, a type or `*` is missing where it ends"),
    ("a..b", "`a..b`: a name, a type or `*` is missing where `.` stands"),
    ("a &&", "`a &&`: a name, a type or `*` is missing where it ends"),
    ("(a", "`(a`: a bracket is not closed"),
    ("a)", "`a)`: `)` cannot stand there"),
    ("*", "`*`: `*` must be part of a path; `**` is everything"),
    ("**.a.**", "`**.a.**`: `**` may stand once in a path"),
    ("a#b", "`a#b`: `#` cannot stand in a selector"),
    ("'a", "`'a`: `'` cannot stand in a selector"),
    ("!" * 30 + "a", "`" + "!" * 30 + "a` is too deep"),
    ("a" * (MAX_LENGTH + 1), f"a selector has at most {MAX_LENGTH} characters"),
]


@pytest.mark.parametrize(("text", "path", "kind", "fits"), FITS)
def test_a_selector_fits_paths(text, path, kind, fits):
    assert parse_selector(text)(path.split("."), kind) is fits


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_mistake_is_told_in_words(text, told):
    with pytest.raises(ValueError) as caught:
        parse_selector(text)
    assert str(caught.value) == told


def test_an_unknown_type_is_told_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"there is no type `\$frames`; there are \$array, \$boolean, .*\$frame, "):
        parse_selector("$frames.x")


TOKENS = st.sampled_from(
    ["a", "b", ".", "*", "**", "$string", "$frame", "!", "&&", "||", "(", ")", " ", "'x y'", "'", "1"]
)


@given(st.lists(TOKENS, max_size=14).map("".join) | st.text(max_size=20), st.lists(st.text(max_size=3), max_size=5))
def test_any_text_is_a_selector_or_a_mistake(text, path):
    try:
        selector = parse_selector(text)
    except ValueError:
        return
    assert selector(path, "string") in {True, False}
