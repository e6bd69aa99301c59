"""Headers whose whole value is a secret, within a text: `Authorization` of every scheme, `Cookie`, `Set-Cookie`."""

import re

from rules.masking.rule import by_form

__all__ = ["RULES"]

# Schemes with parameters: all of the line is theirs. Those with one token are told like any other pair.
_SCHEMES = (
    "AWS4-[A-Z0-9-]{1,30}|AWS|Digest|DPoP|GNAP|Hawk|HMAC[\\w-]{0,20}|HOBA|Mutual|OAuth|OSS|PrivateToken|SCRAM-[A-Z0-9-]{1,20}"
    "|SharedAccessSignature|SharedKey(?:Lite)?|Signature|vapid|GoogleLogin|EG1-HMAC-SHA256|acs|TC3-HMAC-SHA256|UsernameToken"
)


def _has_pairs(match: re.Match[str], code: bool) -> bool:  # noqa: FBT001 one signature for all
    """Whether it is a header's value, and neither a sentence nor a line of a program."""
    return not code and "=" in match["secret"]


RULES = (
    by_form(
        "authorization",
        rf"(?i)authorization[\"'\\]*[ \t]*[:=][ \t]*[\"'\\]*(?:{_SCHEMES})[ \t:]",
        rf"""(?i)(?<![A-Za-z])authorization\\*+["']?[ \t]{{0,3}}[:=][ \t]{{0,3}}
          \\*+(?:(?P<double>")|(?P<single>'))?(?=(?:{_SCHEMES})[ \t:])
          (?P<secret>(?(double)[^"\\\r\n]++|(?(single)[^'\\\r\n]++|[^\r\n]++)))""",
    ),
    by_form(
        "cookie",
        r"(?i)cookie[\"'\\]*[ \t]*[:=][ \t]*[\"'\\]*[^\s\"'\\\x00]",
        r"""(?i)(?<!\w)(?P<quoted>(?<=["']))?(?:set-)?cookie\\*+(?P<named>["'])?[ \t]{0,3}[:=][ \t]{0,3}
          (?P<opened>\\*+["'])?
          (?P<secret>(?(quoted)[^\r\n"'\\]++(?:(?<==)\\*+"[^\r\n"\\]++\\*+"[^\r\n"'\\]*+){0,9}|(?(opened)[^\r\n"'\\]++
            |[^\r\n\\]++(?:(?<==)\\++"[^\r\n"\\]++\\++"[^\r\n\\]*+){0,9})))""",  # `id=\"…\"`, within a string
        _has_pairs,
    ),
)
