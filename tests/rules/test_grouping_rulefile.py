"""The section `grouping` of the rule file."""

import pytest

from rules.rulefile import RuleFileError, load

FILE = """\
grouping:
  stack_rules: |
    # ours
    stack.abs_path:**/vendor/** -app

    stack.module:legacy.* -group
  fingerprints:
    - error.type:Timeout* -> timeout
    - logger:billing -> {{ default }} billing
  services:
    - service: [shop, cart]
      stack_rules: family:javascript stack.function:track -group
  similarity: 0.8
  previous:
    fingerprints: "type:Timeout* -> {{ type }}"
"""


def test_rules_stand_in_the_file_as_a_text_or_as_a_list():
    grouping = load(FILE, "rules.yaml").grouping
    assert grouping.stack_rules[1] == "stack.abs_path:**/vendor/** -app"
    assert len(grouping.stack_rules) == 4
    assert len(grouping.fingerprints) == 2
    assert grouping.services[0].fits("cart")
    assert not grouping.services[0].fits("billing")
    assert grouping.previous.fingerprints == ("type:Timeout* -> {{ type }}",)
    assert (grouping.similarity, grouping.join_version_1, grouping.builtin_stack_rules) == (0.8, True, True)


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("stack.module:legacy.* -group", "stack.modul:legacy.* -group", "6:5", "`stack.modul` is no matcher"),
        ("logger:billing -> {{ default }} billing", "logger:billing", "9:7", "after the matchers comes `->`"),
        ("stack.function:track -group", "stack.function:track -groups", "12:20", "neither a matcher nor an action"),
        ("similarity: 0.8", "similarity: 0.2", "13:15", "0.5 or more"),
        ("-> {{ type }}", "-> {{ typ }}", "15:20", "is no variable"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(old, new, place, said):
    with pytest.raises(RuleFileError) as caught:
        load(FILE.replace(old, new), "rules.yaml")
    (line,) = caught.value.lines()
    assert said in line
    assert line.startswith(f"rules.yaml:{place}:")
