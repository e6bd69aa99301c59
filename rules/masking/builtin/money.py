"""Card numbers and bank accounts, by their check digits."""

import re

from stdnum import iban, luhn

from rules.masking.rule import APART, END, START, by_form

__all__ = ["RULES", "is_card", "is_iban"]

# Issuers' ranges with their lengths: https://en.wikipedia.org/wiki/Payment_card_number
_ISSUERS = re.compile(
    r"4\d{15} | 5[1-5]\d{14} | 2(?:2[2-9]|[3-6]\d|7[01])\d{13} | 2720\d{12} | 3[47]\d{13} | 6011\d{12} | 65\d{14}"
    r" | 64[4-9]\d{13} | 35(?:2[89]|[3-8]\d)\d{12} | 62\d{14,17} | 3(?:0[0-5]|[68]\d)\d{11}",
    re.VERBOSE,
)


def is_card(digits: str) -> bool:
    """Whether it is a card's number: an issuer's range, its length, and Luhn's check digit (ISO/IEC 7812-1)."""
    return _ISSUERS.fullmatch(digits) is not None and digits.isascii() and luhn.is_valid(digits)


def is_iban(text: str) -> bool:
    """Whether it is an account's number by its country's form and ISO 7064's check digits."""
    return bool(iban.is_valid(text, check_country=False))


def _card(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    return is_card(re.sub(r"[ .\-]", "", match[0]))


def _iban(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    return is_iban(match[0])


RULES = (
    by_form(
        "card",
        r"\d{4}(?:[ .-]?\d{4}){2}[ .-]?\d{2}|3\d{3}[ .-]\d{6}[ .-]\d{4}",
        APART + r"(?:\d{4}(?P<sep>[ .\-])\d{4}(?P=sep)\d{4}(?P=sep)\d{4}(?:(?P=sep)\d{3})?"
        r"|3\d{3}(?P<sep2>[ .\-])\d{6}(?P=sep2)\d{4,5}|\d{14,16})"
        r"(?![\w\-]|\.\d)",
        _card,
    ),
    by_form(
        "iban",  # printed in groups of four, or in one
        r"[A-Z]{2}\d\d[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{3}",
        rf"{START}(?<![_\-])[A-Z]{{2}}\d\d(?:(?P<sep>[ \-])[A-Z0-9]{{4}}(?:(?P=sep)[A-Z0-9]{{4}}){{1,6}}"
        rf"(?:(?P=sep)[A-Z0-9]{{1,3}})?|[A-Z0-9]{{11,30}}){END}",
        _iban,
    ),
)
