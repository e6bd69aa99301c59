"""The two engines hit the same gates in the same texts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from canaries import CANARIES
from hypothesis import given
from hypothesis import strategies as st
from innocents import INNOCENTS

from rules.masking import Masker
from rules.masking.engine import HyperscanScanner, Re2Scanner, has_hyperscan, make_scanner
from rules.masking.texts import gates

pytestmark = pytest.mark.skipif(not has_hyperscan(), reason="no wheel of Hyperscan for this platform")

GATES = gates()
RE2 = Re2Scanner(GATES)


@pytest.fixture(scope="module")
def hyperscan():
    return HyperscanScanner(GATES)


@pytest.fixture(scope="module")
def masker():
    return Masker(engine="hyperscan")


# Parts of what gates look for, so that texts come near to a hit, or to two at once.
PIECES = [
    *(
        "password",
        "token",
        "api",
        "_key",
        "-key",
        "cookie",
        "session_id",
        "phone",
        "ssn",
        "is ",
        "was ",
        "name=",
        "code",
    ),
    *(
        "=",
        ":",
        ": ",
        "://",
        "@",
        ".",
        "-",
        "_",
        "/",
        "\\",
        '"',
        "'",
        "<",
        ">",
        "[",
        "]",
        "(",
        ")",
        "+",
        "%",
        "%40",
        "%3D",
        "~",
    ),
    *(
        " ",
        "\n",
        "\t",
        "\r",
        "\v",
        "\f",
        "\0",
        "é",
        "ſ",
        "K",
        "\u00a0",
        "\u2028",
        "\ud800",
        "a",
        "Z",
        "1",
        "4111",
        "0x",
    ),
    *(
        "eyJ",
        "ghp_",
        "xoxb-",
        "AKIA",
        "SK",
        "SG.",
        "sk-",
        "npm_",
        "hooks.slack.com/",
        "-----BEGIN ",
        "PRIVATE KEY",
        "us1",
    ),
    *(
        "123",
        "45",
        "6789",
        "DE89",
        "AB12",
        "abcdef",
        "0123456789abcdef",
        "/home/",
        "C:\\Users\\",
        "--",
        "<![CDATA[",
        "NRAL",
    ),
    *(
        "Bearer ",
        "Basic ",
        "Digest ",
        "authorization",
        "sig=",
        "&",
        "?",
        ";",
        "jdbc:oracle:thin:",
        "curl ",
        " -u ",
        "Q~",
        ":AA",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40)


@given(st.lists(TEXTS, max_size=6))
def test_they_hit_alike(hyperscan, texts):
    assert hyperscan.scan(texts) == RE2.scan(texts)


@given(st.lists(TEXTS, min_size=2, max_size=6))
def test_texts_that_are_scanned_together_are_scanned_apart(texts):
    alone = {index: hits[0] for index, text in enumerate(texts) if (hits := RE2.scan([text]))}
    assert RE2.scan(texts) == alone


def test_they_hit_alike_in_secrets_and_in_innocent_texts(hyperscan):
    texts = [canary.text for canary in CANARIES] + INNOCENTS
    assert hyperscan.scan(texts) == RE2.scan(texts)


@pytest.mark.parametrize("canary", CANARIES, ids=[canary.kind for canary in CANARIES])
def test_with_either_engine_the_same_is_masked(masker, canary):
    assert masker.mask_text(canary.text) == MASKER_RE2.mask_text(canary.text)


MASKER_RE2 = Masker(engine="re2")


def test_threads_scan_at_once(hyperscan):
    texts = [canary.text for canary in CANARIES]
    expected = RE2.scan(texts)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(hyperscan.scan, [texts] * 40))


def test_the_faster_engine_is_taken_where_it_runs():
    assert isinstance(make_scanner(("a",)), HyperscanScanner)


def test_a_text_with_more_matches_than_are_counted_is_still_masked(masker):
    text = "a@b.c " * 10_000 + "password=hunter2"
    assert "hunter2" not in masker.mask_text(text, limit=len(text))
