"""Personal data told by its form: e-mail addresses, phone numbers, the names of users in paths."""

import re

from rules.masking.rule import APART, by_form

__all__ = ["RULES", "is_phone"]

_NO_DOMAINS = {"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "jsx", "tsx", "mjs", "cjs", "css", "html", "json"}
_NO_DOMAINS |= {"xml", "yml", "yaml", "txt", "lock", "dll", "jar", "exe", "py", "rb", "go", "ts", "java", "php"}

# Country calling codes, ITU-T E.164 (https://www.itu.int/pub/T-SP-E.164D), and how a number of two of them looks.
_CODES = (
    r"2[07]|2[1-69]\d|3[0-469]|3[578]\d|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[7-9]\d|8[1246]|80[08]|85[02356]|87\d"
    r"|88[0-36]|9[0-58]|96\d|97\d|99\d"
)
_INTERNATIONAL = re.compile(rf"1[2-9]\d\d[2-9]\d{{6}}|7[03-9]\d{{9}}|(?:{_CODES})\d{{6,12}}")
_MIN_DIGITS, _MAX_DIGITS = 7, 15
_PHONE = re.compile(r"[+(]?\d[\d ()./\-]*+(?:(?:x|ext\.?) ?\d{1,6})?", re.IGNORECASE)

# Names that stand for a machine or an image, and for nobody.
_ACCOUNTS_WORDS = (
    "admin administrator airflow all app apps appuser application backend build builder buildkite-agent centos"
    " circleci code coder codespace container containeradministrator containeruser default default.user defaultuser"
    " debian deploy deployer developer dev django docker dotnet ec2-user fedora frontend git gitlab-runner gitpod"
    " hadoop home java jenkins jovyan kafka linuxbrew me mysql nginx node nonroot opc oracle php postgres project"
    " public python rails root ruby runner runneradmin service shared site spark src svc tomcat travis ubuntu user"
    " username users vagrant vcap vscode vsts web worker workspace www www-data"
)
_ACCOUNTS = frozenset(_ACCOUNTS_WORDS.split())


def is_phone(text: str) -> bool:
    """Whether a text that a key calls a phone number is one."""
    digits = sum(map(str.isdigit, text))
    return _MIN_DIGITS <= digits <= _MAX_DIGITS and _PHONE.fullmatch(text.strip()) is not None


def _email(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    """`logo@2x.png` is a picture and `git@github.com` everyone's."""
    return match["user"] != "git" and match["top"].lower() not in _NO_DOMAINS


def _international(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    digits = re.sub(r"\D", "", match[0].replace("(0)", ""))
    return _INTERNATIONAL.fullmatch(digits) is not None


def _person(match: re.Match[str], code: bool) -> bool:  # noqa: ARG001, FBT001 one signature for all
    name = match["secret"].lower()
    return name not in _ACCOUNTS and not name.isdigit() and not name.startswith(("sbx_", "$", "%", "."))


RULES = (
    by_form(
        "email",
        r"[^\s@\x00](?:@|%40)[^\s@\x00]*\.[^\s@\d.\x00]",
        r"(?<![\w.+\-])(?P<user>[\w.+\-]++)(?:@|%40)(?:[\w\-]++\.)+(?P<top>[^\W\d_]{2,24})(?![\w])",
        _email,
        near="@|%40",
        back=r"\w.+\-",
    ),
    by_form(
        "phone",
        r"\+[1-9][0-9 ()./-]{6}",
        APART + r"(?<![+/])\+[1-9](?:[ ./()\-]{0,3}\d){6,14}(?![\w]|[.\-]\d)",
        _international,
    ),
    by_form(  # North America, and France in pairs: national forms that hardly anything else has
        "phone",
        r"\([2-9]\d\d\) ?[2-9]\d\d[ .-]\d{4}|[2-9]\d\d-[2-9]\d\d-\d{4}|0[1-79](?:[ .]\d\d){4}",
        APART + r"(?<!\+)(?:\([2-9]\d\d\)\ ?[2-9]\d\d[ .\-]\d{4}|[2-9]\d\d-[2-9]\d\d-\d{4}"
        r"|(?<!\W[0-9a-fA-F]{2}\ )(?<!^[0-9a-fA-F]{2}\ )0[1-79](?:\ \d\d){4}(?!\ [0-9a-fA-F]{2}\b)"
        r"|0[1-79](?:\.\d\d){4})"
        r"(?![\w\-]|\.\d)",
    ),
    by_form(
        "user",
        r"/home/[^/\s\x00]|/Users/[^/\s\x00]|(?i:[a-z]:[\\/]+(?:users|documents and settings)[\\/]+)",
        rf"(?:{APART}"
        r"""(?<!GET\ )(?<!PUT\ )(?<!POST\ )(?<!HEAD\ )(?<!PATCH\ )(?<!DELETE\ )/(?:home|Users)/(?P<posix>)
          |[A-Za-z]:[\\/]{1,4}(?i:users|documents\ and\ settings)[\\/]{1,4})
          (?P<secret>(?(posix)[^/\s"'<>:|?*,;()\[\]{}\\]{1,64}+
              |(?:[^\\/:*?"'<>|\r\n]{1,64}(?=[\\/])|[^\\/:*?"'<>|\s,;()]{1,64}+)))""",
        _person,
    ),
)
