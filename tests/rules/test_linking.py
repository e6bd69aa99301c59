"""Links in messages: whatever an error says of itself, a link leads where the operator wrote it to."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.linking import FIELDS, Links, times
from rules.rulefile import RuleFileError, load


def links(*made: str) -> Links:
    return Links(load("links:\n" + "\n".join(f"- {one}" for one in made), "rules.yaml"))


def refused(url: str) -> str:
    with pytest.raises(RuleFileError) as caught:
        links(f"{{name: x, url: {url!r}}}")
    return str(caught.value)


def test_what_is_known_stands_in_the_url() -> None:
    made = links(
        "{name: Logs, url: 'https://logs.example/?q={service}&from={from}&to={to_iso}'}",
        "{name: Trace, url: 'https://traces.example/trace/{trace_id}'}",
        "{name: Runbook, url: 'https://wiki.example/{service}', match: {service: pay*, severity: '>=error'}}",
    )
    facts = {"service": "payments", "severity": "error", **times(1_000_000.0, 1_000_060.0)}
    assert made.of(facts) == {
        "Logs": "https://logs.example/?q=payments&from=999100000&to=1970-01-12T14%3A02%3A40Z",
        "Runbook": "https://wiki.example/payments",
    }
    assert list(made.of({**facts, "service": "cart", "trace_id": "4bf9"})) == ["Logs", "Trace"]


@given(st.text(min_size=1, max_size=200))
def test_no_value_leads_elsewhere(value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    found = links("{name: x, url: 'https://logs.example/a?q={title}&z=1'}").of({"title": value})
    url = urlsplit(found["x"])
    assert (url.scheme, url.netloc, url.path, url.fragment) == ("https", "logs.example", "/a", "")
    assert parse_qs(url.query, keep_blank_values=True) == {"q": [value], "z": ["1"]}


def test_one_that_would_be_too_long_is_left_out() -> None:
    assert links("{name: x, url: 'https://l.example/{title}'}").of({"title": "é" * 600}) == {}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("javascript:alert(1)", "must begin with http:// or https://"),
        ("ftp://host/x", "must begin with http:// or https://"),
        ("https://{service}.example/", "a host that is written out"),
        ("https://ann@host/", "a host that is written out"),
        ("https://host/{service", "a brace without its other half"),
        ("https://host/{servce}", "`{servce}` is none of service"),
        ("https://host/{service.__class__}", "is none of service"),
        ("https://host/{service!r}", "is none of service"),
        ("https://host/{service:^999999999}", "is none of service"),
        ("https://host/{}", "is none of service"),
        ("https://host/a b", "must not hold spaces"),
        ("https://host/<b>", "must not hold spaces"),
    ],
)
def test_a_template_that_is_none_is_refused(url: str, said: str) -> None:
    assert said in refused(url)


def test_braces_that_are_meant() -> None:
    made = links("{name: x, url: 'https://g.example/explore?left={{%22q%22:%22{service}%22}}'}")
    assert made.of({"service": "shop"}) == {"x": "https://g.example/explore?left={%22q%22:%22shop%22}"}


def test_all_fields_are_of_use() -> None:
    made = links("{name: x, url: 'https://g.example/?a=" + "".join(f"{{{name}}}" for name in FIELDS) + "'}")
    assert list(made.of(dict.fromkeys(FIELDS, "1"))) == ["x"]
