"""docs/producers.md shows what was run: set-ups are taken from tests/senders, with the page's names for places."""

import re

import pytest

from seawall.docs.senders_section import PAGE, producers_page
from seawall.docs.setups import with_setups


def shown(*sources: str) -> str:
    page = with_setups(f"before\n\n<!-- Made from {', '.join(sources)}. -->\n\n```text\nold\n```\n\nafter")
    assert page.startswith("before\n\n<!-- Made from ")
    assert page.endswith("\n```\n\nafter")
    assert "old" not in page
    return page.split("```")[1]


def test_a_configuration_is_shown_whole():
    block = shown("tests/senders/shippers/syslog-ng.conf")
    assert 'url("https://errors.example/v1/errors")' in block
    assert 'body("${MESSAGE}")' in block


def test_of_programs_the_statements_are_shown():
    block = shown(
        "tests/senders/python/with_rollbar.py `rollbar.init(`",
        "tests/senders/python/with_honeybadger.py `honeybadger.c`",
    )
    assert block.startswith("python\nrollbar.init(\n")
    assert 'endpoint="https://errors.example/api/1/"' in block
    assert block.endswith(")\n")
    assert "serve" not in block


def test_a_statement_that_is_gone_is_said():
    with pytest.raises(LookupError, match="no statement begins with rollbar"):
        shown("tests/senders/python/with_rollbar.py `rollbar.start(`")


def test_nothing_is_shown_that_only_a_run_knows():
    assert re.findall(r"SENDER_\w+|\btold\b\W|from\(\"|TOLD\.", _blocks(producers_page())) == []


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == producers_page()


def _blocks(page: str) -> str:
    return "\n".join(re.findall(r"<!-- Made from tests/senders/[^>]+-->\n\n```(.*?)```", page, re.DOTALL))
