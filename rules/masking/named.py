"""Personal data that is known by the key before it, because its form alone would be that of any number."""

import re
from collections.abc import Callable

from rules.masking.builtin.identities import CHECKS
from rules.masking.builtin.money import is_iban
from rules.masking.builtin.people import is_phone

__all__ = ["PERSONAL", "PERSONAL_GATE", "PERSONAL_HINT", "looks_random"]

Check = Callable[[str], bool]

_MIN_RANDOM = 16  # characters
_MIN_ID, _MAX_ID = 5, 20
_MIN_CARD, _MAX_CARD = 12, 19
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./\-]*+")
_NUMBER = re.compile(r"\d[\d .\-]*+")
_MAC = re.compile(r"[0-9A-Fa-f]{12}")


def looks_random(text: str) -> bool:
    """Whether it may be a session's id: one counted up, such as `42`, opens nothing."""
    return len(text) >= _MIN_RANDOM and any(map(str.isdigit, text)) and not any(map(str.isspace, text))


def _is_id(text: str) -> bool:
    """Whether it may be the number of a passport or the like, whose check digits, if any, differ by country."""
    return _MIN_ID <= sum(map(str.isdigit, text)) <= _MAX_ID and _ID.fullmatch(text) is not None


def _is_card_number(text: str) -> bool:
    return _MIN_CARD <= sum(map(str.isdigit, text)) <= _MAX_CARD and _NUMBER.fullmatch(text) is not None


def _is_mac(text: str) -> bool:
    return _MAC.fullmatch(text) is not None


def _numbers(kind: str) -> Check:
    """The right numbers of a kind: what the name of it stands for may be something else as well (`sin`, `tin`)."""
    check = CHECKS[kind]
    return lambda text: bool(check(text))


def _any_of(*kinds: str) -> Check:
    checks = [CHECKS[kind] for kind in kinds]
    return lambda text: any(check(text) for check in checks)


_BY_NAMES: dict[str, tuple[str, Check]] = {
    "phone telephone tel mobile cellphone fax msisdn telefon telefono telefone telefonnummer handynummer rufnummer"
    " phonenumber mobilenumber telephonenumber faxnumber cellnumber contactnumber": ("phone", is_phone),
    "ssn socialsecurity socialsecuritynumber ssnnumber": ("ssn", _is_id),
    "nationalid nationalidnumber nationalidentitynumber passport passportnumber passportno driverlicense driverslicense"
    " driverlicensenumber drivinglicence identitycard idcardnumber identitynumber taxid taxidnumber taxnumber"
    " taxpayerid": ("national_id", _is_id),
    "nino nationalinsurance nationalinsurancenumber ninumber": ("national_id", _numbers("nino")),
    "steuerid steueridnr steueridentifikationsnummer idnr": ("national_id", _numbers("idnr")),
    "nir numerosecuritesociale numsecu": ("national_id", _numbers("nir")),
    "dni nie nif": ("national_id", _any_of("dni", "nie")),
    "codicefiscale fiscalcode": ("national_id", _numbers("codicefiscale")),
    "bsn burgerservicenummer sofinummer": ("national_id", _numbers("bsn")),
    "personnummer personnumber samordningsnummer": ("national_id", _numbers("personnummer")),
    "sin socialinsurance socialinsurancenumber sinnumber": ("national_id", _numbers("sin")),
    "cpf": ("national_id", _numbers("cpf")),
    "cnpj": ("national_id", _numbers("cnpj")),
    "aadhaar aadhar aadhaarnumber aadharnumber aadhaarno uidai": ("national_id", _numbers("aadhaar")),
    "imei imeinumber": ("imei", _numbers("imei")),
    "iban ibannumber bankaccount": ("iban", is_iban),
    "mac macaddress macaddr hwaddr hardwareaddress": ("mac", _is_mac),
    "cardnumber cardno ccnumber creditcard creditcardnumber debitcard pan cardpan": ("card", _is_card_number),
}
PERSONAL = {name: known for names, known in _BY_NAMES.items() for name in names.split()}
"""The words of a key, joined and in lower case, to the rule and to the check of its values."""

# What the keys above have in common, in a text, before something with a digit.
_NEEDLES = (
    r"(?:phone|mobile|msisdn|telefon|handynummer|rufnummer|passport|nationalid|national_id|taxid|tax_id|insurance"
    r"|steuer|codice|fiscal|burgerservice|personn|aadhaa?r|cardn|card_n|card n|creditcard|credit_card|licen[cs]e"
    r"|(?:cell|fax|contact|tax|identity|sin|ni)[_ -]?(?:number|no|nr)"
    r"|(?:\b|_|\\[nrt])"  # the last: behind a line's end within a string
    r"(?:tel|fax|ssn|sin|nino|nir|nie|nif|dni|bsn|cpf|cnpj|imei|iban|idnr|mac|pan|hwaddr|social[_ ]?security))"
)
PERSONAL_HINT = rf"{_NEEDLES}[\w.-]*(?: (?:number|no|nr|id))?\.?\]?[\\\"']*[ \t]*[=:#%]"
PERSONAL_GATE = rf"(?i:{PERSONAL_HINT}[=:>3]?[ \t]*[\[(]?[\\\"']*[+(]?[A-Z]{{0,2}}[0-9])"
