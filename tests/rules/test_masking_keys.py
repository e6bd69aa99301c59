"""Which keys hold secrets."""

import pytest

from rules.masking import Masker
from rules.masking.keys import KeyRule, key_rule

SECRET = {
    "password": "password",
    "PASSWORD2": "password",
    "userPassword": "password",
    "db-password": "password",
    "db.password": "password",
    "jwt.secret.key": "secret",
    "passwd": "password",
    "DB_PWD": "password",
    "passphrase": "password",
    "secret": "secret",
    "clientSecret": "secret",
    "AWS_SECRET_ACCESS_KEY": "key",
    "SECRET_KEY": "secret",
    "api_key": "api_key",
    "apikey": "api_key",
    "X-Api-Key": "api_key",
    "APIKey": "api_key",
    "private-key": "private_key",
    "AccountKey": "key",
    "auth": "authorization",
    "Authorization": "authorization",
    "Proxy-Authorization": "authorization",
    "access_token": "token",
    "authToken": "token",
    "x-auth-token": "token",
    "access_tokens": "token",
    "otp": "otp",
    "credentials": "credentials",
    "Cookie": "cookie",
    "set-cookie": "cookie",
    "csrfmiddlewaretoken": "csrf",
    "X-XSRF-TOKEN": "csrf",
    "PHPSESSID": "session",
    "cvv": "card",
    "db_pass": "password",
    "pass": "password",
    "contraseña": "password",
    "motDePasse": "password",
    "Kennwort": "password",
    "ASP.NET_SessionId": "session",
    "connect.sid": "session",
    "laravel_session": "session",
    "Ocp-Apim-Subscription-Key": "key",
    "__RequestVerificationToken": "csrf",
    "authenticity_token": "csrf",
    "verification_code": "otp",
    "recoveryCode": "secret",
    "auth_code": "authorization",
    "jwt": "token",
}
CHECKED = [  # key, rule, a value that is masked, one that is not
    ("phone", "phone", "+49 30 901820", "Pixel 8"),
    ("customer_phone_number", "phone", "030/901820", "12345"),
    ("homePhone", "phone", "212 555 0142 ext. 7", "none"),
    ("ssn", "ssn", "078051121", "yes"),
    ("tax_id", "national_id", "12-3456789", "DE"),
    ("passportNumber", "national_id", "C01X00T47", "expired"),
    ("nino", "national_id", "AB123456C", "BG123456C"),
    ("steuer_id", "national_id", "36574261809", "36574261808"),
    ("bsn", "national_id", "111222333", "111222334"),
    ("sin", "national_id", "123456782", "0.5"),
    ("dni", "national_id", "54362315K", "54362315Z"),
    ("personnummer", "national_id", "8112289874", "8112289873"),
    ("cpf", "national_id", "39053344705", "39053344706"),
    ("aadhaar", "national_id", "234123412346", "234123412347"),
    ("imei", "imei", "490154203237518", "490154203237517"),
    ("iban", "iban", "DE89370400440532013000", "DE88370400440532013000"),
    ("mac_address", "mac", "3c22fb019a7e", "unknown"),
    ("cardNumber", "card", "4111111111111112", "declined"),
    ("session_id", "session_id", "0123456789abcdef0123456789abcdef", "42"),
    ("sid", "session_id", "s3cr3t-s3cr3t-s3cr3t", "a-session-of-words"),
]
OPEN = (
    "author authority authenticated auth_user oauth_provider token_type token_count max_tokens total_tokens"
    " tokens password_length password_reset_url has_password secretary session boarding_pass compass routing_key api_key_id"
    " cookie_domain key keyboard monkey primary_key token.info auth.type pin passenger compass bypass credential_type PublicKeyToken"
    " user_id order_id trace_id hotpath 123 éà"
)


@pytest.mark.parametrize(("key", "rule"), SECRET.items())
def test_a_secret_key_is_known_in_any_spelling(key, rule):
    assert key_rule(key) == KeyRule(rule)


@pytest.mark.parametrize(("key", "rule", "masked", "left"), CHECKED)
def test_of_some_keys_only_those_values_count_that_look_like_it(key, rule, masked, left):
    known = key_rule(key)
    assert known.name == rule
    assert known.check(masked)
    assert not known.check(left)
    masker = Masker()
    for text in (f"{key}={masked}", f'"{key}": "{masked}"', f"{key}: {masked}, x"):
        assert masked not in masker.mask_text(text)
    for text in (f"{key}={left}", f'"{key}": "{left}"'):
        assert masker.mask_text(text) == text


@pytest.mark.parametrize("key", [*OPEN.split(), ""])
def test_a_key_that_only_resembles_one_is_left_alone(key):
    assert key_rule(key) is None
