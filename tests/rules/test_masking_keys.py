"""Which keys hold secrets."""

import pytest

from rules.masking.keys import key_rule

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
}
OPEN = (
    "author authority authenticated auth_user oauth_provider token_type token_count max_tokens total_tokens"
    " tokens password_length password_reset_url has_password secretary session session_id sessionId api_key_id"
    " cookie_domain key keyboard monkey primary_key token.info auth.type pin passenger compass bypass credential_type PublicKeyToken"
    " user_id order_id trace_id hotpath 123 éà"
)


@pytest.mark.parametrize(("key", "rule"), SECRET.items())
def test_a_secret_key_is_known_in_any_spelling(key, rule):
    assert key_rule(key) == rule


@pytest.mark.parametrize("key", [*OPEN.split(), ""])
def test_a_key_that_only_resembles_one_is_left_alone(key):
    assert key_rule(key) is None
