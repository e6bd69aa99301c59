"""Numbers that states give to people, and the number of a phone.

Only what its printed form and check digits make certain is known by itself: one number of nine digits in ten passes
Luhn's check, so those are told by the key before them (`rules.masking.named`).
"""

import re
from collections.abc import Callable
from typing import Any

from stdnum import imei, luhn
from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.se import personnummer
from stdnum.us import ssn

from rules.masking.rule import APART, END, START, Check, by_form

__all__ = ["CHECKS", "RULES", "is_ssn"]


def is_ssn(text: str) -> bool:
    """Whether the Social Security Administration can have given the number (https://www.ssa.gov/employer/randomization.html)."""
    return bool(ssn.is_valid(text))


def _is_nino(text: str) -> bool:
    """No check digit: https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110."""
    return _NINO.fullmatch(text) is not None


_NINO = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", re.IGNORECASE
)

CHECKS: dict[str, Callable[[str], Any]] = {
    "aadhaar": aadhaar.is_valid,
    "bsn": bsn.is_valid,
    "cnpj": cnpj.is_valid,
    "codicefiscale": codicefiscale.is_valid,
    "cpf": cpf.is_valid,
    "dni": dni.is_valid,
    "idnr": idnr.is_valid,
    "imei": imei.is_valid,
    "nie": nie.is_valid,
    "nino": _is_nino,
    "nir": nir.is_valid,
    "personnummer": personnummer.is_valid,
    "sin": sin.is_valid,
    "ssn": is_ssn,
}
"""Whether a text is a right number of its kind."""


def _valid(*kinds: str) -> Check:
    checks = [CHECKS[kind] for kind in kinds]
    return lambda match, code: any(check(match[0]) for check in checks)  # noqa: ARG005 one signature for all


RULES = (
    by_form("ssn", r"\d{3}-\d\d-\d{4}", APART + r"\d{3}-\d\d-\d{4}(?![\w\-]|\.\d)", _valid("ssn")),
    by_form(
        "national_id",  # codice fiscale: letters, digits and a check letter in sixteen places
        r"[A-Z]{6}\d[0-9L-NP-V][A-EHLMPRST][0-9L-NP-V]{2}",
        rf"{START}[A-Z]{{6}}[0-9L-NP-V]{{2}}[A-EHLMPRST][0-9L-NP-V]{{2}}[A-Z][0-9L-NP-V]{{3}}[A-Z]{END}",
        _valid("codicefiscale"),
    ),
    by_form(
        "national_id",  # DNI and NIE: a check letter of 23
        r"[0-9XYZ]\d{7}-?[A-Z]",
        rf"{START}(?<![_.\-/])[0-9XYZ]\d{{7}}-?[A-HJ-NP-TV-Z]{END}(?![_\-/])",
        _valid("dni", "nie"),
    ),
    by_form(
        "national_id",  # CPF and CNPJ: two check digits, and points that nothing else has
        r"\d{3}\.\d{3}\.\d{3}-\d\d|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d",
        rf"{START}(?<![.\-])(?:\d{{3}}\.\d{{3}}\.\d{{3}}-\d\d|\d\d\.\d{{3}}\.\d{{3}}/\d{{4}}-\d\d){END}",
        _valid("cpf", "cnpj"),
    ),
    by_form(
        "national_id",  # NIR: sex, year, month, place and a check of 97
        r"[12]\d{5}[0-9AB]\d{6}|[12] \d\d \d\d \d[0-9AB] \d",
        rf"{START}(?<![_.\-])[12](?P<sep>\ ?)\d\d(?P=sep)(?:0[1-9]|1[0-2]|[2-9]\d)(?P=sep)\d[0-9AB]"
        rf"(?P=sep)\d{{3}}(?P=sep)\d{{3}}(?P=sep)\d\d{END}(?![_.\-])",
        _valid("nir"),
    ),
    by_form(
        "national_id",  # Aadhaar and Steuer-ID, as they are printed, and not amid more groups of digits
        r"[2-9]\d{3} \d{4} \d{4}|[1-9]\d \d{3} \d{3} \d{3}",
        APART + r"(?<!\W[0-9a-fA-F]{2}\ )(?<![0-9a-fA-F]{3}\ )"
        r"(?:[2-9]\d{3}\ \d{4}\ \d{4}|[1-9]\d\ \d{3}\ \d{3}\ \d{3})(?![\w\-]|\.\d|\ [0-9a-fA-F]{2})",
        _valid("aadhaar", "idnr"),
    ),
    by_form(
        "national_id",
        r"[A-Z]{2} \d\d \d\d \d\d [A-D]",
        rf"{START}[A-Z]{{2}}\ \d\d\ \d\d\ \d\d\ [A-D]{END}",
        _valid("nino"),
    ),
    by_form(
        "imei",
        r"\d\d-\d{6}-\d{6}-\d",
        APART + r"\d\d-\d{6}-\d{6}-\d(?![\w\-]|\.\d)",
        lambda match, code: luhn.is_valid(match[0].replace("-", "")),  # noqa: ARG005 one signature for all
    ),
)
