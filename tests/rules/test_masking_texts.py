"""Which texts hold secrets. Samples are put together here, so that no scanner takes them for real ones."""

import pytest
from innocents import INNOCENTS

from rules.masking import Masker

MASKER = Masker()
HEX = "0123456789abcdef"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0." + "dGhpc2lzbm90YXNpZ25hdHVyZQ"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA " + "PRIVATE KEY-----"

SECRETS = {
    "user joe.doe+x@mail.example.com unknown": "user [email] unknown",
    "to=joe%40example.com&x=1": "to=[email]&x=1",
    "login joe password=hunter2 failed": "login joe password=[password] failed",
    "login password: hunter2": "login password: [password]",
    '{"user": "joe", "password": "hunter2", "n": 1}': '{"user": "joe", "password": "[password]", "n": 1}',
    '"{\\"password\\": \\"hunter2\\"}"': '"{\\"password\\": \\"[password]\\"}"',
    "{'password': ['hunter2'], 'csrf': 'x1'}": "{'password': ['[password]'], 'csrf': '[csrf]'}",
    "Login(user='joe', password=b'a\\'b')": "Login(user='joe', password=b'[password]')",
    'password="with spaces, and more" x': 'password="[password]" x',
    'password="never closed': 'password="[password]',
    "https://h.example/p?a=1&token=abc&b=2": "https://h.example/p?a=1&token=[token]&b=2",
    "user[password]=hunter2&user[name]=joe": "user[password]=[password]&user[name]=joe",
    "Server=db;User Id=sa;Password=p4ss;Database=x": "Server=db;User Id=sa;Password=[password];Database=x",
    "DefaultEndpointsProtocol=https;AccountKey=abc/def==;x": "DefaultEndpointsProtocol=https;AccountKey=[key];x",
    "postgres://app:s3cr3t@db.internal:5432/shop": "postgres://app:[password]@db.internal:5432/shop",
    "redis://:p@ss@cache:6379/0": "redis://:[password]@cache:6379/0",
    "Authorization: Bearer abc.def-123": "Authorization: [authorization]",
    "sent Bearer abcdef0123456789 to": "sent Bearer [token] to",
    "sent Basic am9lOmh1bnRlcjI= to": "sent Basic [token] to",
    "Cookie: sid=abc; theme=dark": "Cookie: [cookie]",
    "Set-Cookie: sid=abc; Path=/\nNext: line": "Set-Cookie: [cookie]\nNext: line",
    "API key: Ab12Cd34": "API key: [api_key]",
    "['tool', '--password', 'hunter2', '-v']": "['tool', '--password', '[password]', '-v']",
    "tool --api-key abc123 run": "tool --api-key [api_key] run",
    f"jwt {JWT} refused": "jwt [jwt] refused",
    f"key:\n{PEM}\nrest": "key:\n[private_key]\nrest",
    "id AKIA" + "IOSFODNN7EXAMPLE used": "id [aws_key] used",
    "maps AIza" + HEX + HEX + "abc used": "maps [google_key] used",
    "push with ghp_" + HEX + HEX + "abcd": "push with [github_token]",
    "xox" + "b-1234567890-abcdefghij said": "[slack_token] said",
    "https://hooks.slack.com/" + "services/T0000/B0000/XXXXXXXX": "https://hooks.slack.com/[slack_token]",
    "sk_" + "live_abcdefghijklmnop charged": "[stripe_key] charged",
    "card 4111 1111 1111 1111 refused": "card [card] refused",
    "card 4111-1111-1111-1111.": "card [card].",
    "card=378282246310005,": "card=[card],",
    "2 x 5555555555554444": "2 x [card]",
}


@pytest.mark.parametrize(("text", "masked"), SECRETS.items())
def test_a_secret_is_replaced(text, masked):
    assert MASKER.mask_text(text) == masked


@pytest.mark.parametrize("text", [*SECRETS.values(), *INNOCENTS])
def test_what_is_no_secret_stays(text):
    assert MASKER.mask_text(text) == text


def test_a_log_of_innocent_lines_stays_as_a_whole():
    log = "\n".join(INNOCENTS)
    assert MASKER.mask_text(log, limit=len(log)) == log


@pytest.mark.parametrize(
    "piece",
    [
        "pwd=", "pwd", "a@", "@", "a.", "eyJ", "eyJ.", "://a:", 'password="', "password=\\", "'\\\\", "4111 ", "1",
        "--token ", "-----BEGIN PRIVATE KEY-----", "Bearer ", "cookie:", "api key ", "%40", "[", "a@a.", '\\"',
        "+1 ", "+4 (", "12 ", "0", "AB12 ", "a:", "aa:", "/home/", "C:\\Users\\", "<a>", "<password ", "<token>", 'name="password"',
        "('password', ", "password is ", "otp ", "curl -u ", "mysql -p", "redis-cli -a ", "Authorization: Digest ", "cookie: '",
        "postgres://a:", "postgres://a:b/", "jdbc:oracle:thin:a/", "Private-Lines: 1\n", "ghp_", "ghp_a", "xoxb-", "sk-", "SG.",
        "eyJa.", "A3-ABCDEF-", "s.", "MTa.", "AKIA", "phone: 1 ", "phone=", "session_id=", "1.1.1.1:", "Bearer%20", "--token=",
        "Server=a;Password=b c", "PWD={a", "\\npassword=", "X-Amz-Signature=", "[email]", "[session_id:0123456789abcdef] ",
    ],
)  # fmt: skip
def test_hostile_text_is_masked_in_linear_time(piece):
    """Quadratic patterns would take minutes here, and the runner's timeout would end them."""
    text = piece * (65_536 // len(piece))
    assert len(MASKER.mask_text(text, limit=65_536)) <= 65_536
