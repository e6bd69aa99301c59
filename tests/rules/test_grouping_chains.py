"""Which exceptions of an event count."""

from rules.grouping.chains import shape, weigh


def parts(exceptions):
    return weigh(exceptions, lambda index: [exceptions[index]["type"]])


def one(kind, number=None, parent=None, relation=None, *, is_group=None):
    return {"type": kind, "id": number, "parent": parent, "relation": relation, "is_group": is_group}


def test_a_chain_counts_from_its_first_cause():
    assert parts([{"type": "Cause"}, {"type": "Raised"}]) == (("Cause", "Raised"), 1)
    assert shape([{"type": "Cause"}, {"type": "Raised"}]) is None


def test_a_group_of_several_kinds_is_itself_and_the_set_of_them():
    first = [one("A", 2, 0, "member"), one("B", 1, 0, "member"), one("Group", 0, is_group=True)]
    other = [
        one("B", 2, 0, "member"),
        one("A", 1, 0, "member"),
        one("A", 3, 0, "member"),
        one("Group", 0, is_group=True),
    ]
    assert parts(first) == (("Group", "member", "A", "member", "B"), 2)
    assert parts(other).parts == parts(first).parts


def test_a_group_of_one_kind_is_that_kind():
    chain = [
        one("Cause", 3, 1, "cause"), one("A", 2, 0, "member"), one("A", 1, 0, "member"), one("Group", 0, is_group=True)
    ]  # fmt: skip
    assert parts([chain[1], chain[2], chain[3]]) == (("A",), 0)
    assert parts([chain[0], chain[2], chain[3]]) == (("Cause", "A"), 1)


def test_groups_within_groups_are_opened():
    chain = [
        one("A", 3, 1, "member"), one("A", 2, 1, "member"), one("Inner", 1, 0, "member", is_group=True),
        one("Outer", 0, is_group=True),
    ]  # fmt: skip
    assert parts(chain).parts == ("A",)


def test_what_was_suppressed_does_not_count():
    chain = [one("Closing", 2, 0, "suppressed"), one("Cause", 1, 0, "cause"), one("Raised", 0)]
    assert parts(chain) == (("Cause", "Raised"), 2)


def test_a_cause_comes_before_a_context():
    chain = [
        one("Context", 2, 0, "context"),
        one("Cause", 1, 0, "cause"),
        one("X", 3, 0, "suppressed"),
        one("Raised", 0),
    ]
    assert parts(chain).parts == ("Cause", "Raised")


def test_parents_that_go_in_a_circle_end():
    chain = [one("A", 1, 2, "member"), one("B", 2, 1, "member"), one("C", 3, 3, "member")]
    assert parts(chain).parts == ("C",)
    assert parts(chain[:2]) == (("A",), 0)
