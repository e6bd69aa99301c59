"""Whose code it is: CODEOWNERS in both dialects, ownership rules, and the paths of frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.enriching.codeowners import parse_codeowners
from rules.enriching.frames import MAX_PATHS, own_frames, paths_of
from rules.enriching.ownership import parse_ownership
from rules.enriching.patterns import key_of, keys_in, path_pattern
from rules.searching import finder

GITHUB = [
    ("*", "a.py", True),
    ("*", "a/b/c.py", True),
    ("*.js", "a.js", True),
    ("*.js", "a/b.js", True),
    ("*.js", "a/b.jsx", False),
    ("/build/logs/", "build/logs/a/b.txt", True),
    ("/build/logs/", "x/build/logs/a.txt", False),
    ("docs/*", "docs/a.md", True),
    ("docs/*", "docs/a/b.md", False),
    ("docs/*", "x/docs/a.md", False),
    ("apps/", "apps/a/b.py", True),
    ("apps/", "x/apps/b.py", True),
    ("apps/", "apps", False),
    ("/docs/", "docs/a.md", True),
    ("/scripts", "scripts/a.sh", True),
    ("/scripts", "scripts", True),
    ("**/logs", "a/b/logs/x.txt", True),
    ("**/logs", "logs", True),
    ("a/**/b.py", "a/b.py", True),
    ("a/**/b.py", "a/x/y/b.py", True),
    ("a/**/b.py", "a/xb.py", False),
    ("a/**", "a/x/y", True),
    ("a/**", "ab/x", False),
    ("a?c.py", "abc.py", True),
    ("a?c.py", "a/c.py", False),
    (r"with\ space/", "with space/a.py", True),
    (r"\*.py", "*.py", True),
    (r"\*.py", "a.py", False),
    ("a[b].py", "a[b].py", True),
    ("a+(b).py", "a+(b).py", True),
]
GITLAB = [
    ("*", "a/b.py", True),
    ("README.md", "a/README.md", True),
    ("/README.md", "a/README.md", False),
    ("docs/", "x/docs/a/b.md", True),
    ("/docs/*", "docs/a.md", True),
    ("/docs/*", "docs/a/b.md", False),
    ("/docs/**/*.md", "docs/a/b.md", True),
    ("/docs/**/*.md", "docs/b.md", True),
    ("/docs", "docs/a.md", False),
    ("internal/x.go", "a/internal/x.go", True),
]


@pytest.mark.parametrize(
    ("pattern", "path", "fits", "gitlab"), [(*one, False) for one in GITHUB] + [(*one, True) for one in GITLAB]
)
def test_patterns(pattern, path, fits, gitlab):
    assert finder(path_pattern(pattern, gitlab=gitlab))(path) is fits
    if fits:
        assert key_of(pattern) in set(keys_in(path)), "a pattern that fits is found by its key"


SEGMENT = st.text("ab.*?[\\", min_size=1, max_size=4)
PATHS = st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@given(
    st.lists(SEGMENT, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["", "/"]),
    st.sampled_from(["", "/"]),
    PATHS,
    st.booleans(),
)
def test_no_pattern_that_fits_is_missed_by_its_key(middle, before, after, path, gitlab):
    pattern = before + middle + after
    if finder(path_pattern(pattern, gitlab=gitlab))(path):
        assert key_of(pattern) in set(keys_in(path))


def owners(text: str, path: str, syntax=None) -> list[str] | None:
    made, problems = parse_codeowners(text, syntax)
    assert problems == []
    found = made.of(path)
    return list(found.owners) if found else None


FILE = """
# everything
*            @acme/everybody   # an inline comment
*.js         @js-team docs@acme.test
/src/pay/    @acme/payments
/src/pay/legacy/
src/pay/**/*.sql @dba
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ["@acme/everybody"]),
        ("web/a.js", ["@js-team", "docs@acme.test"]),
        ("src/pay/a.py", ["@acme/payments"]),
        ("src/pay/legacy/a.py", None),
        ("src/pay/legacy/a.sql", ["@dba"]),
        ("src/pay/a.js", ["@acme/payments"]),
    ],
)
def test_the_last_pattern_that_fits_decides_and_may_name_nobody(path, expected):
    assert owners(FILE, path) == expected


SECTIONS = """
* @default

[Backend] @back
/api/
/api/legacy/ @old
!/api/generated/

^[Docs][2] @writers docs@acme.test
*.md

[backend]
/jobs/ @jobs
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x.py", ["@default"]),
        ("api/a.py", ["@default", "@back"]),
        ("api/legacy/a.py", ["@default", "@old"]),
        ("api/generated/a.py", ["@default"]),
        ("api/legacy/a.md", ["@default", "@old", "@writers", "docs@acme.test"]),
        ("jobs/a.py", ["@default", "@jobs"]),
    ],
)
def test_sections_each_decide(path, expected):
    assert owners(SECTIONS, path) == expected


def test_the_rule_is_told():
    made, _ = parse_codeowners(SECTIONS)
    assert made.of("api/legacy/a.md").rule == "*; /api/legacy/; *.md"


def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_holds():
    made, problems = parse_codeowners("*.py @py nobody\n!x @a\n/a/ @b", "github")
    assert problems == [
        (1, "`nobody` is no owner: @user, @team or an e-mail address"),
        (2, "`!` means nothing in GitHub's files"),
    ]
    assert made.of("a/x.py").owners == ("@b",)
    assert made.of("x.py").owners == ("@py",)


@given(st.text('*?/[]!#@ \\"abc.\n', max_size=100), PATHS, st.sampled_from(["github", "gitlab", None]))
def test_no_file_makes_it_fail(text, path, syntax):
    made, _ = parse_codeowners(text, syntax)
    made.of(path)


RULES = [
    "# comment",
    "path:src/* #src",
    'path:"with space/*" @space',
    "path:*.sql dba@acme.test",
    "module:com.acme.pay.* @pay #money",
    "url:https://shop.test/checkout* @checkout",
    "tags.region:eu-* @europe",
]


def draft(*files: str, **more) -> dict:
    return {"exception": [{"frames": [{"file": file, "in_app": True} for file in files]}], **more}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (draft("src/a.py"), ("#src",)),
        (draft("src/a/b.py"), ("#src",)),
        (draft("lib/a.py"), None),
        (draft("with space/a.py"), ("@space",)),
        (draft("SRC/q.sql"), ("dba@acme.test",)),
        (draft("q.sql", "src/a.py"), ("dba@acme.test",)),
        ({"exception": [{"frames": [{"module": "com.acme.pay.Card"}]}]}, ("@pay", "#money")),
        (draft("src/a.py", request={"url": "https://shop.test/checkout/1"}), ("@checkout",)),
        (draft("src/a.py", request={"url": "https://shop.test/checkout/1"}, tags={"region": "eu-1"}), ("@europe",)),
        ({"tags": {"region": "us"}}, None),
        ({}, None),
    ],
)
def test_the_last_rule_that_fits_decides(event, expected):
    rules, problems = parse_ownership(RULES)
    assert problems == []
    for _ in range(2):  # what is remembered is the same
        found = rules.of(event, own_frames(event))
        assert (found and found.owners) == expected


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("src/* @a", "`src/*` is no matcher: path:, module:, url: or tags.<name>: and a pattern"),
        ("path:src/*", "names no owner"),
        ("path:src/* nobody", "`nobody` is no owner: #team, @user or an e-mail address"),
        ("path:[a @x", "`[a` has a `[` without its `]`; write `\\[` for the character"),
    ],
)
def test_wrong_rules_are_told(line, told):
    _, problems = parse_ownership(["path:a @a", "", line])
    assert problems == [(3, told)]


@pytest.mark.parametrize(
    ("frame", "strip", "path"),
    [
        ({"file": "shop/pay.py", "abs_path": "/app/shop/pay.py"}, [], "shop/pay.py"),
        ({"file": "shop/pay.py", "abs_path": "/app/src/shop/pay.py"}, ["/app/src/", "/app/"], "shop/pay.py"),
        ({"file": "/srv/current/a.rb"}, ["/srv/current/"], "a.rb"),
        ({"file": "/srv/a.rb"}, ["/app/"], "srv/a.rb"),
        ({"file": "C:\\app\\Shop\\Pay.cs"}, ["C:/app/"], "Shop/Pay.cs"),
        ({"file": "./src/a.js"}, [], "src/a.js"),
        ({"file": "webpack:///src/a.js?x"}, [], "src/a.js"),
        ({"abs_path": "https://shop.test/static/a.js?v=1"}, ["/static/"], "a.js"),
        ({"file": "app:///main.js"}, [], "main.js"),
        ({"file": "Card.java", "module": "com.acme.pay.Card"}, [], "com/acme/pay/Card.java"),
        ({"file": "Card.java", "module": "Card"}, [], "Card.java"),
        ({}, [], None),
    ],
)
def test_paths_of_frames(frame, strip, path):
    made = list(paths_of([frame], tuple(strip)))
    assert made == ([path] if path else [])


def test_own_frames_come_innermost_first_and_are_bounded():
    chain = [
        {"frames": [{"file": "cause.py", "in_app": True}]},
        {"frames": [{"file": "outer.py", "in_app": True}, {"file": "lib.py", "in_app": False}, {"file": "inner.py", "in_app": True}]},
    ]  # fmt: skip
    assert list(paths_of(own_frames({"exception": chain}), prefix="back/")) == [
        "back/inner.py",
        "back/outer.py",
        "back/cause.py",
    ]
    unmarked = [{"frames": [{"file": "a.py"}, {"file": "lib.py", "in_app": False}]}]
    assert list(paths_of(own_frames({"exception": unmarked}))) == ["a.py"]
    many = [{"frames": [{"file": f"{number}.py", "in_app": True} for number in range(100)]}]
    assert len(list(paths_of(own_frames({"exception": many})))) == MAX_PATHS
