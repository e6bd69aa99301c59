"""Messages of one template, as PostgreSQL's, nginx's, Kubernetes' and shops' logs have them."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping.parameters import parametrize
from rules.grouping.templates import MAX_TOKENS, Templates, best, bucket, generalize, similar, tokens

ALIKE = [
    [
        "Failed to send welcome mail to customer joe of the shop",
        "Failed to send welcome mail to customer ann of the shop",
    ],
    ["Order 17 for customer Smith was declined by the bank", "Order 4 for customer Jones was declined by the bank"],
    ['relation "orders" does not exist at character 15', 'relation "carts" does not exist at character 99'],
    [
        'duplicate key value violates unique constraint "users_email_key"',
        'duplicate key value violates unique constraint "orders_pkey"',
    ],
    [
        'insert or update on table "orders" violates foreign key constraint "fk_customer"',
        'insert or update on table "carts" violates foreign key constraint "fk_item"',
    ],
    [
        "pod shop-7d9f8b6c5-x2x9z in namespace Alpha failed liveness probe",
        "pod find-6d9f8b6c5-x2x9z in namespace Beta failed liveness probe",
    ],
    ["Cannot read property 'name' of undefined", "Cannot read property 'price' of undefined"],
    ["template file home.html not found in theme Classic", "template file cart.html not found in theme Modern"],
    [
        "payment provider answered with code=declined for the card",
        "payment provider answered with code=expired for the card",
    ],
]
APART = [
    ["Failed to send welcome mail to customer joe of shop", "Failed to send invoice mail to customer ann of shop"],
    ["could not connect to primary database", "could not connect to replica database"],
    ["Connection refused by upstream", "Connection reset by upstream"],
    ["failed to read the config for worker", "failed to write the config for worker"],
    ["Order 18 for customer Smith was declined by bank", "Order 18 for customer Miller was accepted by bank"],
    ["user joe not found", "user ann not found"],
    ["disk full on node A", "disk slow on node A"],
    [
        "upstream prematurely closed connection while reading response header from upstream, client: 10.1.1.1",
        "upstream timed out while connecting to upstream, client: 10.1.1.1",
    ],
    ["error 17 in 4 of 20", "warning 17 in 4 of 20"],
    ["a 1 b 2 c 3 d", "e 1 f 2 g 3 h"],
]


def read(message: str) -> tuple[str, ...]:
    return tokens(parametrize(message))


@pytest.mark.parametrize("messages", ALIKE)
def test_messages_that_differ_in_values_are_one_template(messages):
    one, other = map(read, messages)
    assert bucket(one) == bucket(other)
    assert best(other, [one]) == 0
    template = generalize(one, other)
    assert "<*>" in template
    assert bucket(template) == bucket(one)
    assert best(one, [template]) == best(other, [template]) == 0


@pytest.mark.parametrize("messages", APART)
def test_messages_that_say_something_else_are_not(messages):
    one, other = map(read, messages)
    assert best(other, [one]) is None
    assert best(one, [other]) is None


def test_of_several_templates_the_most_alike_is_taken_and_of_equals_the_first():
    message = read("cannot open the file named readme.txt on the volume Data now")
    near = read("cannot open the file named notes.txt on the volume Data now")
    far = read("cannot open the file named notes.txt on the volume Music now")
    assert best(message, [far, near, near]) == 1


def grouped(messages: list[str]) -> dict[str, str]:
    """As a store does it: in the order in which messages come, each with the group of the first of its template."""
    templates, known, groups = Templates(), [], {}
    for message in messages:
        pattern = parametrize(message)
        if pattern in groups:
            continue
        of_bucket = [entry for entry in known if entry[0] == templates.bucket(pattern)]
        found = templates.best(pattern, [text for _, text, _ in of_bucket])
        if templates.bucket(pattern) is None or found is None:
            known.append([templates.bucket(pattern), pattern, pattern])
            groups[pattern] = pattern
        else:
            entry = of_bucket[found]
            entry[1] = templates.join(entry[1], pattern)
            groups[pattern] = entry[2]
    return groups


def test_the_same_groups_form_in_whatever_order_messages_come():
    names = ["joe", "Ann", "bob.smith", "x17", "Eve", "Mallory"]
    kinds = [
        "Failed to send the welcome mail to customer '{}' of the shop",
        "the last order of '{}' was declined by the bank",
        'insert or update on table "{}" violates foreign key constraint',
    ]
    messages = [kind.format(name) for kind, name in itertools.product(kinds, names)]
    sets = set()
    for seed in range(20):
        shuffled = list(messages)
        random.Random(seed).shuffle(shuffled)
        groups = grouped(shuffled)
        by_group = {}
        for pattern, group in groups.items():
            by_group.setdefault(group, set()).add(pattern)
        sets.add(frozenset(frozenset(members) for members in by_group.values()))
    assert len(sets) == 1
    assert len(next(iter(sets))) == 3


WORDS = st.lists(
    st.sampled_from(["read", "file", "the", "<int>", "Joe", "x1", '"', "=", ":", "<*>", "of"]), max_size=12
)


@given(WORDS, WORDS)
def test_likeness_is_a_share_and_the_template_of_two_fits_both(one, other):
    likeness = similar(one, other)
    assert 0 <= likeness <= 1
    if likeness >= 0.75:
        template = generalize(other, one)
        assert bucket(template) == bucket(other)
        assert len(template) == len(one)


@given(st.text(max_size=3_000))
def test_any_text_is_taken_and_bounded(text):
    found = tokens(text)
    assert len(found) <= MAX_TOKENS
    assert tokens(" ".join(found)) == found
    Templates().bucket(text)


@given(WORDS)
def test_messages_without_two_words_in_common_are_never_alike(words):
    numbers = ["<int>" if word[0].isalpha() else word for word in words]
    assert best(numbers, [tuple(numbers)]) is None


def test_at_a_threshold_of_one_each_message_is_like_itself_only():
    assert Templates(1).bucket("could not connect to replica database") is None
