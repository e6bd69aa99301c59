"""Secrets in sentences and in commands: `the password is "…"`, `your code is 123456`, `curl -u name:…`."""

import re

from rules.masking.rule import by_form

__all__ = ["RULES"]

_MIN = 6


def _is_secret(match: re.Match[str], code: bool) -> bool:  # noqa: FBT001 one signature for all
    """`password is incorrect` says nothing; what is in quotes, or has digits among its letters, may be one."""
    if code:
        return False
    value = match["secret"]
    if match["quote"]:
        return bool(value.strip())
    digits = any(map(str.isdigit, value))
    return len(value) >= _MIN and digits and (any(map(str.isalpha, value)) or not value.isalnum())


RULES = (
    by_form(
        "password",
        r"(?i)(?:password|passwd|passphrase|passcode|pwd) (?:is|was|of|to)[ :]+[^\s\x00]",
        r"""(?i)\b(?:password|passwd|passphrase|passcode|pwd)\ (?:is|was|of|to)[ :]{1,2}
          (?P<quote>(?P<escape>\\++)?["'`])?
          (?P<secret>(?(escape)[^"'`\\\r\n]{1,100}+|(?(quote)[^"'`\r\n]{1,100}+|[^\s"'`,;]{1,100}[^\s"'`,;.!?)])))""",
        _is_secret,
    ),
    by_form(
        "token",
        r"(?i)(?:token|api key|secret|secret key|access key) (?:is|was)[ :]+[^\s\x00]",
        r"""(?i)\b(?:token|api\ key|secret|secret\ key|access\ key)\ (?:is|was)[ :]{1,2}
          (?P<quote>(?P<escape>\\++)?["'`])?
          (?P<secret>(?(escape)[^"'`\\\s]{8,200}+|(?(quote)[^"'`\s]{8,200}+|[^\s"'`,;]{16,200}[^\s"'`,;.!?)])))""",
        _is_secret,
    ),
    by_form(
        "otp",
        r"(?i)(?:otp|one[- ]time|verification|security|authentication|confirmation|2fa|mfa)"
        r" ?(?:pass ?)?(?:code|pin|password|otp)?(?: (?:is|was))?[ :=#]+[0-9]{4}",
        r"(?i)\b(?:otp|(?:one[\- ]time|verification|security|authentication|confirmation|2fa|mfa|sms)"
        r"\ (?:pass ?)?(?:code|pin|password|otp))(?:\ (?:is|was))?[ :=#]{1,3}(?P<secret>\d{4,8})(?!\d|[.:\-]\d)",
    ),
    by_form(  # curl --user name:password, sshpass -p, mysql -p, redis-cli -a
        "password",
        r"(?:curl|redis-cli|mysql[a-z]*)[^\x00\n]* (?:-u|--user|-a|-p)|sshpass -p",
        r"""(?:(?<![\w\-/])curl\b[^\n]{0,300}?\ (?:-u|--user)[ =]["']?[^\s:"'/]{1,100}:
          |(?<![\w\-/])sshpass\ -p\ ?["']?
          |(?<![\w\-/])mysql\w{0,10}\ (?:[^\n]{0,100}?\ )?-p(?=[^\s\-])
          |(?<![\w\-/])redis-cli\ [^\n]{0,100}?-a\ ["']?)
          (?P<secret>[^\s"']{1,200})""",
    ),
)
