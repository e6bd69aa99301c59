"""Private keys and signed tokens: PEM, OpenSSH, PGP, PuTTY, JSON Web Tokens."""

from rules.masking.rule import START, by_form

__all__ = ["RULES"]

_MARK = r"[A-Z0-9 ]{0,30}PRIVATE\ KEY(?:\ BLOCK)?-----"

RULES = (
    by_form(
        "private_key",  # RFC 7468; OpenSSH and PGP write the same frame
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        rf"-----BEGIN\ {_MARK}[\s\S]*?(?:-----END\ {_MARK}|\Z)",
        many_lines=True,
    ),
    by_form(
        "private_key",  # https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html
        r"Private-Lines: \d",
        r"Private-Lines:\ \d{1,4}(?P<secret>(?:[\sA-Za-z0-9+/=]|\\[nr])*)",
        many_lines=True,
    ),
    by_form(
        "private_key",
        r"AGE-SECRET-KEY-1[A-Z0-9]{8}",
        rf"{START}AGE-SECRET-KEY-1[A-Z0-9]{{20,}}+",
    ),
    by_form(
        "jwt",
        r"eyJ[\w-]{6}",
        rf"{START}(?<![_\-])eyJ(?:[\w\-]++(?:\.[\w\-]*+){{1,4}}|(?:hbGciOi|0eXAiOi|raWQiOi|rIjoi)[\w\-]*+)",
    ),
    by_form(
        "jwt",  # one that was base64-encoded once more
        r"ZXlKa?[A-Za-z0-9]{8}",
        rf"{START}ZXlK[A-Za-z0-9+/\-_]{{60,}}+={{0,2}}",
    ),
)
