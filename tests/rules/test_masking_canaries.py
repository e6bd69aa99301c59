"""Every kind of secret in every field of an event: none is left."""

import copy

import orjson
import pytest
from canaries import CANARIES
from test_masking_drafts import full_draft

from models.event import ErrorEvent
from rules.masking import Masker

MASKER = Masker()
BY_FORM = [canary for canary in CANARIES if canary.by_form]
KINDS = [canary.kind for canary in CANARIES]


def test_there_are_hundreds_and_each_says_what_must_not_survive():
    assert len(CANARIES) > 450
    for canary in CANARIES:
        assert len(canary.secret) >= 5
        assert canary.secret in canary.text


@pytest.mark.parametrize("canary", CANARIES, ids=KINDS)
def test_none_is_left_in_a_text_and_masking_again_changes_nothing(canary):
    masked = MASKER.mask_text(canary.text)
    assert canary.secret not in masked
    assert MASKER.mask_text(masked) == masked


@pytest.mark.parametrize("canary", CANARIES, ids=KINDS)
def test_none_is_left_in_any_field(canary):
    """Lines of source and names of frames keep what only a key makes a secret: there it is an expression."""
    draft = full_draft(canary.text)
    if not canary.by_form:
        draft["exception"][0]["frames"][0]["context"] = {"before": [], "line": "x", "after": []}
    masked = MASKER.mask(draft)
    text = orjson.dumps(draft).decode()
    assert canary.secret not in orjson.loads(text).__repr__().replace("\\\\", "\\")
    assert orjson.dumps(canary.secret).decode()[1:-1] not in text
    assert draft["remarks"]
    ErrorEvent.model_validate(draft)
    again = copy.deepcopy(draft)
    assert MASKER.mask(again) == masked
    assert again == draft


@pytest.mark.parametrize("canary", CANARIES, ids=KINDS)
def test_none_is_left_in_what_is_nested_or_serialized_again(canary):
    inner = {"error": canary.text, "list": [[canary.text], {"x": {"y": canary.text}}]}
    draft = {
        "message": f"first line\n{canary.text}\nlast line",
        "request": {"body": orjson.dumps({"note": canary.text}).decode(), "url": "https://shop.example/"},
        "extra": {
            "breadcrumbs": [{"message": canary.text, "data": copy.deepcopy(inner)}],
            "deep": copy.deepcopy(inner),
        },
    }
    if "\n" in canary.text or '"' in canary.text:  # a document or JSON, serialized twice: by its own form only
        draft["request"].pop("body") if not canary.by_form else None
    MASKER.mask(draft)
    assert orjson.dumps(canary.secret).decode()[1:-1] not in orjson.dumps(draft).decode()


@pytest.mark.parametrize("canary", CANARIES, ids=KINDS)
def test_none_is_left_in_a_record_that_is_shown_as_it_came(canary):
    records = [
        orjson.dumps({"service": "shop", "message": canary.text}),
        orjson.dumps([{"deep": [canary.text]}]),
        canary.text.encode(),
        b"\xff\xfe" + canary.text.encode() + b"\x00",
    ]
    for record in records:
        masked = MASKER.mask_bytes(record)
        assert orjson.dumps(canary.secret)[1:-1] not in masked
        assert canary.secret.encode() not in masked


WORDS = [
    (canary, word)
    for canary in BY_FORM
    for word in canary.text.split(" ")
    if canary.secret in word and "\n" not in word
    if canary.kind not in {"okta", "aws pair in words", "pem in json", "gcp service account"}  # told by the word before
]


@pytest.mark.parametrize(("canary", "word"), WORDS, ids=[canary.kind for canary, _ in WORDS])
def test_what_is_known_by_its_form_is_found_whatever_stands_around_it(canary, word):
    for around in ("x={}", "({})", "'{}'", "a,{},b", "q?x={}&y", "a: {}\\n", '["{}"]', "<v>{}</v>", "\\u0022{}\\u0022"):
        text = around.format(word)
        assert canary.secret not in MASKER.mask_text(text), text
