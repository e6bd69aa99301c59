"""Messages that are alike but for a few words: one template, with `<*>` where they differ.

After Drain (He et al., 2017): messages are compared only with those of as many tokens and the same first words, and
positions that differ become wildcards. Here more is asked of them: a word that is no value, such as `read` against
`write`, counts twice; numbers and other parameters count for nothing, so that messages are not alike for those alone.
All functions are pure: what a message joins depends on the templates there are, and on nothing else.
"""

import re
from collections.abc import Sequence

__all__ = ["MAX_TOKENS", "WILDCARD", "Templates", "best", "bucket", "generalize", "similar", "tokens"]

WILDCARD = "<*>"
MAX_TOKENS = 200
THRESHOLD = 0.75

_FIRST = 3  # words that messages of one template begin with
_FEWEST = 4  # words and parameters of a message that is compared at all
_SAME = 2  # words that must be the same, whatever the threshold
_TOKEN = re.compile(r"<[a-z0-9_*]{1,20}>|\w[\w.'@$:/\\-]*\w|\w|[^\w\s]")
_PARAMETER = re.compile(r"<[a-z0-9_*]{1,20}>")
_OPENS = frozenset("='\"`\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}«")  # after which comes a value


def tokens(message: str) -> tuple[str, ...]:
    """The words, parameters and signs of a parametrized message, at most MAX_TOKENS."""
    return tuple(_TOKEN.findall(message))[:MAX_TOKENS]


def bucket(message: Sequence[str]) -> str | None:
    """What all tokens of messages that may be alike have in common; None for a message that is like none but itself."""
    places = [at for at, token in enumerate(message) if _is_word(token) or _is_parameter(token)]
    if len(places) < _FEWEST:
        return None
    first = [WILDCARD if _is_value(message, at) else message[at] for at in places[: min(_FIRST, len(places) // 2)]]
    return f"{len(message)} {' '.join(first)}"


def similar(message: Sequence[str], template: Sequence[str]) -> float:
    """How much of `template` the message says: 1 for all of its words, 0 for another kind of message."""
    if len(message) != len(template) or bucket(message) != bucket(template):
        return 0.0
    same = differing = 0.0
    for at, (one, other) in enumerate(zip(message, template, strict=True)):
        if one == other:
            same += _is_word(one)
        elif _is_parameter(one) and _is_parameter(other):
            continue
        elif WILDCARD in (one, other) or _is_value(message, at) or _is_value(template, at):
            differing += 1
        else:
            differing += 2
    return same / (same + differing) if same >= _SAME else 0.0


def best(message: Sequence[str], templates: Sequence[Sequence[str]], threshold: float = THRESHOLD) -> int | None:
    """The template that the message is most like, the first of several; None where none reaches the threshold."""
    found, highest = None, 0.0
    for index, template in enumerate(templates):
        likeness = similar(message, template)
        if likeness >= threshold and likeness > highest:
            found, highest = index, likeness
    return found


def generalize(template: Sequence[str], message: Sequence[str]) -> tuple[str, ...]:
    """The template that fits both: `<*>` where they differ."""
    return tuple(one if one == other else WILDCARD for one, other in zip(template, message, strict=True))


class Templates:
    """The same for messages and templates as one text each, as a store keeps them.

    Args:
        threshold: how alike messages must be, 0 to 1; 1: the same.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold

    def bucket(self, pattern: str) -> str | None:
        """What messages that may be alike have in common; None: this one is compared with no other."""
        return None if self._threshold >= 1 else bucket(tokens(pattern))

    def best(self, pattern: str, templates: Sequence[str]) -> int | None:
        """Which template the message is like, if any."""
        return best(tokens(pattern), [tokens(template) for template in templates], self._threshold)

    def join(self, template: str, pattern: str) -> str:
        """The template, widened so that the message fits it."""
        return " ".join(generalize(tokens(template), tokens(pattern)))


def _is_parameter(token: str) -> bool:
    return token[0] == "<" and _PARAMETER.fullmatch(token) is not None


def _is_word(token: str) -> bool:
    return (token[0].isalnum() or token[0] == "_") and not token.isdigit()


def _is_value(message: Sequence[str], at: int) -> bool:
    """Whether the token looks like a value: quoted, after `=`, with a digit, or a name amid the sentence."""
    token = message[at]
    if token == WILDCARD or _is_parameter(token):
        return True
    if not _is_word(token):
        return False
    if at and message[at - 1] in _OPENS:
        return True
    if any(char.isdigit() for char in token):
        return True
    inner = token.strip(".'@$:/\\-")
    if any(sign in inner for sign in ".@/\\"):
        return True
    return at > 0 and token[:1].isupper() and token[1:].islower() and message[at - 1] not in ".:!?"
