"""Templates: the built-in ones, others in their place, and none that can do harm."""

from pathlib import Path

import pytest
import structlog
from notices import hostile_notice, notice

from models.severity import Severity
from sinks.contract import Also
from sinks.message import message_of
from sinks.rendering import Renderer


def rendered(folder: Path, text: str, name: str = "body.j2", kind: str = "teams", part: str = "body") -> str:
    (folder / name).write_text(text)
    return Renderer(folder).render(kind, part, message_of(notice()))


def test_the_built_in_body_says_it_all() -> None:
    text = Renderer().render("teams", "body", message_of(notice(reasons=["new error", "5 in 1 min"])))
    assert text.splitlines() == [
        "Opened · 2025-06-16 12:00:00 UTC",
        "• new error",
        "• 5 in 1 min",
        "",
        "Severity: error (new)",
        "Service: payments",
        "Environment: production",
        "Type: KeyError",
        "Culprit: shop.cart in total",
        "Release: 1.2.3",
        "Occurrences: 3 in the last minute · 3 in all",
        "",
        "Runbook: https://wiki.example/runbook?a=1&b=2",
        "",
        "Incident 0b5f0f5e-7a53-4b6e-9a3c-0d5b8f8d5f10 · since 2025-06-16 12:00:00 UTC",
    ]


def test_others_of_the_message_and_who_did_it_are_told() -> None:
    also = [
        Also(incident_id="x", title="TypeError\nx", service="cart", severity=Severity.ERROR, status="new", total=1200)
    ]
    made = notice(kind="comment", actor="ada", assignee="bob", also=also, also_more=3)
    lines = Renderer().render("teams", "body", message_of(made)).splitlines()
    assert lines[0] == "Said by ada · 2025-06-16 12:00:00 UTC"
    assert "Assignee: bob" in lines
    assert lines[lines.index("Also open:") + 1 :][:2] == ["🟠 TypeError x · cart · 1,200 in all", "… and 3 more"]


def test_a_summary_is_about_no_incident() -> None:
    message = message_of(notice(kind="summary", title="12 alerts were held back", reasons=["by a silence"]))
    assert Renderer().render("teams", "title", message) == "🔕 12 alerts were held back"
    assert Renderer().render("teams", "body", message) == (
        "Held back · 2025-06-16 12:00:00 UTC\n• by a silence\n\n\nRunbook: https://wiki.example/runbook?a=1&b=2"
    )


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("body.j2", "teams", "mine"),
        ("teams.body.j2", "teams", "mine"),
        ("email.body.j2", "teams", "Opened"),
    ],
)
def test_a_folder_goes_first(tmp_path: Path, name: str, kind: str, expected: str) -> None:
    assert rendered(tmp_path, "mine", name, kind).startswith(expected)


def test_own_templates_have_the_same_names(tmp_path: Path) -> None:
    text = (
        "{{ severity }} {{ title|upper }} {% for fact in facts if fact.name == 'Release' %}{{ fact.value }}{% endfor %}"
    )
    assert rendered(tmp_path, text) == "error KEYERROR: 'USER' 1.2.3"


def test_html_is_escaped_in_own_templates_too(tmp_path: Path) -> None:
    (tmp_path / "email.body.html.j2").write_text("<p>{{ title }}</p>")
    text = Renderer(tmp_path).render("email", "body.html", message_of(notice(title="<script>alert(1)</script>")))
    assert text == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


@pytest.mark.parametrize(
    "text",
    [
        "{{ no_such_name }}",
        "{{ title.no_such_attribute }}",
        "{% if %}",
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ reasons.append('x') }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ title|center(1000000000) }}",
        "{% for i in range(99999) %}xxxxxxxxxx{% endfor %}",
        "{% for i in range(10000000) %}x{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ title[9999999].x }}",
        "{% include 'body.j2' %}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{{ 'x'.ljust(10000000000) }}",
        "{{ '1'.zfill(10000000000) }}",
        "{{ '{:>10000000000}'.format(1) }}",
        "{{ title|batch(10000000000, 'x')|list|length }}",
        "{{ title|wordwrap(1, true, title)|length }}",
        "{{ [1]|tojson(indent=10000000000) }}",
        "{% set n = namespace(a='xx') %}{% for a in title %}{% set n.a = n.a ~ n.a %}{% endfor %}",
        "{% set n = namespace(a='xx') %}{% for a in title %}{% set n.a = n.a + n.a %}{% endfor %}",
        "{% set n = namespace(a=9) %}{% for a in title %}{% set n.a = n.a * n.a %}{% endfor %}",
        "{% set n = namespace(a='xx') %}{% for a in title %}{% set n.a = n.a|replace('x', n.a) %}{% endfor %}",
        "{% set n = namespace(a='xx') %}{% for a in title %}{% set n.a = n.a|join(n.a) %}{% endfor %}",
        "{% for a in title recursive %}{{ loop(title) }}{% endfor %}",
        10 * "{% for a in title %}" + 10 * "{% endfor %}",
        "{% include '../../../etc/passwd' %}",
        "{% include 'nowhere.j2' %}",
    ],
)
def test_what_fails_or_is_not_allowed_gives_way_to_the_built_in_one(tmp_path: Path, text: str) -> None:
    assert rendered(tmp_path, text).startswith("Opened · ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for one in facts %}{{ loop.index }}/{{ loop.length }} {% endfor %}", "1/7 2/7 3/7 4/7 5/7 6/7 7/7"),
        ("{{ service ~ ' ' ~ 3 ~ environment }}", "payments 3production"),
        (
            "{{ facts|map(attribute='name')|join(', ') }}",
            "Severity, Service, Environment, Type, Culprit, Release, Occurrences",
        ),
        ("{{ facts|join('|', attribute='name') }}", "Severity|Service|Environment|Type|Culprit|Release|Occurrences"),
        ("{{ title|replace('user', 'x')|upper }} {{ 2 * 3 + 1 }} {{ 'a' + 'b' }}", "KEYERROR: 'X' 7 ab"),
        ("{% for one in [1, 2] if one > 1 %}{{ one }}{% else %}none{% endfor %}", "2"),
    ],
)
def test_what_templates_are_for_works(tmp_path: Path, text: str, expected: str) -> None:
    assert rendered(tmp_path, text) == expected


def test_what_is_joined_in_html_is_escaped(tmp_path: Path) -> None:
    made = "{{ title ~ '<b>' }}{{ title|replace('K', '<i>') }}"
    (tmp_path / "email.body.html.j2").write_text(made)
    text = Renderer(tmp_path).render("email", "body.html", message_of(notice(title="<K>")))
    assert text == "&lt;K&gt;&lt;b&gt;&lt;&lt;i&gt;&gt;"


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "templates"
    folder.mkdir()
    assert "secret" not in rendered(folder, "{% include '../secret' %}")


def test_text_of_an_event_is_never_a_template(tmp_path: Path) -> None:
    message = message_of(notice(title="{{ 7 * 7 }} {% raw %}"))
    assert Renderer().render("teams", "title", message) == "🟠 {{ 7 * 7 }} {% raw %}"


def test_whatever_is_in_a_notice_its_message_is_bounded() -> None:
    made = hostile_notice(
        title="x" * 100_000, reasons=["y" * 100_000] * 100, links={"z" * 9_999: "https://a.example"} | {}
    )
    message = message_of(made)
    text = Renderer().render("teams", "body", message)
    assert len(text) < 10_000
    assert "… and 90 more" in text
    assert "\u202e" not in text
    assert "\x00" not in text


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        made = Renderer(tmp_path / "gone").render("teams", "title", message_of(notice()))
    assert "KeyError" in made
    assert [one["event"] for one in logs] == ["templates_missing"]
