"""Pairs of logfmt: what stands in quotes, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.normalizing.pairs import read_pairs

CASES = [
    ("a=1 b=2", {"a": "1", "b": "2"}, ""),
    ('a="x y" b=', {"a": "x y", "b": ""}, ""),
    (r'a="say \"no\"\n\t\\" b=1', {"a": 'say "no"\n\t\\', "b": "1"}, ""),
    (r'a="\u00e9\x41\ud800"', {"a": "éA�"}, ""),
    ("a=not quoted b=1", {"a": "not quoted", "b": "1"}, ""),
    ("error='no: it's gone' status=500", {"error": "no: it's gone", "status": "500"}, ""),
    ("err=<\n\tone\n\ttwo\n > b=1", {"err": "one\ntwo", "b": "1"}, ""),
    ('a="never closed b=1', {"a": '"never closed', "b": "1"}, ""),
    ("a=1 b=2\nand more", {"a": "1", "b": "2"}, "\nand more"),
    ("a=1 a=2", {"a": "2"}, ""),
    ("a.b-c@d=http://x/?y=z", {"a.b-c@d": "http://x/?y=z"}, ""),
    ("no pairs", {}, "no pairs"),
]


@pytest.mark.parametrize(("text", "values", "rest"), CASES)
def test_pairs_are_read(text: str, values: dict[str, str], rest: str) -> None:
    assert read_pairs(text) == (values, rest)


@given(st.dictionaries(st.from_regex(r"[a-z_.]{1,10}", fullmatch=True), st.text(max_size=30), max_size=8))
def test_what_is_written_in_quotes_is_read_again(values: dict[str, str]) -> None:
    escaped = {ord('"'): r"\"", ord("\\"): r"\\"}
    text = " ".join(f'{name}="{value.translate(escaped)}"' for name, value in values.items())
    assert read_pairs(text) == (values, "")


@given(st.text(st.sampled_from("ab=\"'\\<> \n\t"), max_size=80))
def test_any_text_is_read_to_its_end_or_left(text: str) -> None:
    values, rest = read_pairs(text)
    assert text.endswith(rest)
    assert all("=" not in name for name in values)
