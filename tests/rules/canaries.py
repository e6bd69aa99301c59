"""Hundreds of kinds of secrets, made up anew from a fixed seed, none of them real: what masking must not let through.

Each is a text as a program may write it, and the part of it that must not survive. Nothing here looks like a secret to a
scanner of source code: prefixes and bodies are put together when the module is imported.
"""

import base64
import json
import random
import string
from typing import NamedTuple

from stdnum import luhn, verhoeff
from stdnum.fr import nir

__all__ = ["CANARIES", "Canary"]


class Canary(NamedTuple):
    """`secret` must not be found in what becomes of `text`; `by_form`: wherever it stands, in source code as well."""

    kind: str
    text: str
    secret: str
    by_form: bool = False


_RNG = random.Random(20_240_229)
_HEX = "0123456789abcdef"
_ALNUM = string.ascii_letters + string.digits
_WORD = _ALNUM + "_-"
_UPPER = string.ascii_uppercase + string.digits


def _some(chars: str, count: int) -> str:
    """Random characters: the first a letter, and a digit of each among them where there are any."""
    made = [_RNG.choice(chars) for _ in range(count)]
    if set(chars) >= set(string.digits) and count > 3:
        made[1] = _RNG.choice(string.digits)
        made[2] = _RNG.choice([char for char in chars if char.isalpha()] or ["1"])
    if chars == _WORD:
        made[0], made[-1] = "a", "z"
    return "".join(made)


def _digits(count: int, first: str = "123456789") -> str:
    return _RNG.choice(first) + "".join(_RNG.choice(string.digits) for _ in range(count - 1))


def _uuid() -> str:
    return "-".join(_some(_HEX, count) for count in (8, 4, 4, 4, 12))


_B64 = string.ascii_letters + string.digits + "+/"

# kind, prefix, characters and how many, what follows
TOKENS = [
    *((f"github {kind}", f"gh{kind}_", _ALNUM, 36, "") for kind in "posur"),
    ("github fine-grained", "github_" + "pat_", _ALNUM + "_", 82, ""),
    *(
        (f"gitlab {kind}", f"gl{kind}-", _WORD, 20, "")
        for kind in ["pat", "dt", "rt", "cbt", "ptt", "oas", "soat", "agent", "ft", "imt"]
    ),
    ("gitlab runner", "GR" + "1348941", _WORD, 20, ""),
    ("atlassian", "ATATT3x" + "FfGF0", _WORD, 180, ""),
    ("bitbucket", "ATBB", _ALNUM, 32, ""),
    *((f"slack {kind}", f"xox{kind}-", _ALNUM, 40, "") for kind in "baprs"),
    ("slack app", "xapp" + "-1-A", _UPPER, 60, ""),
    ("slack config", "xoxe." + "xoxp-1-", _UPPER, 160, ""),
    *(
        (f"stripe {kind}", f"{kind}_", _ALNUM, 24, "")
        for kind in ["sk_live", "sk_test", "rk_live", "rk_test", "sk_prod"]
    ),
    ("stripe webhook", "whsec" + "_", _ALNUM, 32, ""),
    ("twilio", "SK", _HEX, 32, ""),
    ("mailgun", "key" + "-", _HEX, 32, ""),
    ("mailchimp", "", _HEX, 32, "-us12"),
    ("npm", "npm" + "_", _ALNUM, 36, ""),
    ("pypi", "pypi" + "-AgEIcHlwaS5vcmc", _WORD, 120, ""),
    ("docker", "dckr" + "_pat_", _WORD, 27, ""),
    ("docker org", "dckr" + "_oat_", _WORD, 32, ""),
    ("openai", "sk" + "-", _ALNUM, 20, "T3BlbkFJ" + "a1b2c3d4e5f6g7h8i9j0"),
    ("openai project", "sk" + "-proj-", _WORD, 120, ""),
    ("anthropic", "sk" + "-ant-api03-", _WORD, 93, "AA"),
    ("anthropic admin", "sk" + "-ant-admin01-", _WORD, 93, "AA"),
    *((f"shopify {kind}", f"shp{kind}_", _HEX, 32, "") for kind in ["at", "ca", "pa", "ss"]),
    ("square", "sq0" + "atp-", _WORD, 22, ""),
    ("square old", "EAAA", _WORD, 60, ""),
    *((f"vault {kind}", f"hv{kind}.", _WORD, 92, "") for kind in "sb"),
    ("databricks", "dapi", _HEX, 32, ""),
    ("newrelic user", "NRAK" + "-", _UPPER, 27, ""),
    ("newrelic insert", "NRII" + "-", _WORD, 32, ""),
    ("newrelic browser", "NRJS" + "-", _HEX, 19, ""),
    ("newrelic license", "", _HEX, 36, "NRAL"),
    ("sentry user", "sntryu" + "_", _HEX, 64, ""),
    ("sentry org", "sntrys" + "_eyJpYXQiO", _ALNUM, 90, "_" + "abcd1234" * 5),
    ("linear", "lin_" + "api_", _ALNUM, 40, ""),
    ("linear oauth", "lin_" + "oauth_", _ALNUM, 40, ""),
    ("notion", "ntn" + "_", _ALNUM, 46, ""),
    ("notion old", "secret" + "_", _ALNUM, 43, ""),
    ("grafana", "glsa" + "_", _ALNUM, 32, "_a1b2c3d4"),
    ("grafana cloud", "glc" + "_", _B64, 80, ""),
    ("huggingface", "hf" + "_", _ALNUM, 34, ""),
    ("digitalocean", "dop" + "_v1_", _HEX, 64, ""),
    ("digitalocean oauth", "doo" + "_v1_", _HEX, 64, ""),
    ("digitalocean refresh", "dor" + "_v1_", _HEX, 64, ""),
    ("heroku", "HRKU" + "-AA", _WORD, 58, ""),
    ("alibaba", "LTAI", _ALNUM, 20, ""),
    ("tencent", "AKID", _ALNUM, 32, ""),
    ("google api", "AIza", _WORD, 35, ""),
    ("google oauth", "ya29" + ".", _WORD, 120, ""),
    ("google client secret", "GOCSPX" + "-", _WORD, 28, ""),
    ("google refresh", "1//0", _WORD, 60, ""),
    ("aws bedrock", "ABSK", _B64, 110, ""),
    ("dynatrace", "dt0" + "c01.", _UPPER, 24, "." + "A1B2C3D4" * 8),
    ("pulumi", "pul" + "-", _HEX, 40, ""),
    ("doppler", "dp" + ".pt.", _ALNUM, 43, ""),
    ("rubygems", "rubygems" + "_", _HEX, 48, ""),
    ("postman", "PMAK" + "-", _HEX, 24, "-" + "0123456789abcdef01" * 2),
    ("planetscale", "pscale" + "_tkn_", _WORD, 43, ""),
    ("planetscale password", "pscale" + "_pw_", _WORD, 43, ""),
    ("prefect", "pnu" + "_", _ALNUM, 36, ""),
    ("readme", "rdme" + "_", string.ascii_lowercase + string.digits, 70, ""),
    ("replicate", "r8" + "_", _ALNUM, 37, ""),
    ("perplexity", "pplx" + "-", _ALNUM, 48, ""),
    ("groq", "gsk" + "_", _ALNUM, 52, ""),
    ("xai", "xai" + "-", _ALNUM, 80, ""),
    ("figma", "figd" + "_", _WORD, 40, ""),
    ("supabase", "sbp" + "_", _HEX, 40, ""),
    ("netlify", "nfp" + "_", _ALNUM, 36, ""),
    ("fly", "fo1" + "_", _WORD, 43, ""),
    ("fly macaroon", "fm2" + "_", _B64, 120, ""),
    ("brevo", "xkeysib" + "-", _HEX, 64, "-a1B2c3D4e5F6g7H8"),
    ("easypost", "EZAK", _ALNUM, 54, ""),
    ("shippo", "shippo" + "_live_", _HEX, 40, ""),
    ("flutterwave", "FLWSECK" + "_TEST-", _HEX, 32, "-X"),
    (
        "braintree",
        "access_token" + "$production$",
        string.ascii_lowercase + string.digits,
        16,
        "$" + "0123456789abcdef" * 2,
    ),
    ("facebook", "EAAC", _ALNUM, 120, ""),
    ("typeform", "tfp" + "_", _WORD, 59, ""),
    ("sonarqube", "sqp" + "_", _HEX, 40, ""),
    ("circleci", "CCIPAT" + "_", _ALNUM, 60, ""),
    ("buildkite", "bkua" + "_", _HEX, 40, ""),
    ("jfrog", "AKCp", _ALNUM, 69, ""),
    ("nuget", "oy2", string.ascii_lowercase + string.digits, 43, ""),
    ("octopus", "API" + "-", _UPPER, 26, ""),
    ("1password", "ops" + "_eyJ", _B64, 260, ""),
    ("sourcegraph", "sgp" + "_", _HEX, 40, ""),
    ("tailscale", "tskey" + "-auth-", _ALNUM, 40, ""),
    ("pinecone", "pcsk" + "_", _ALNUM, 60, ""),
    ("langsmith", "lsv2" + "_pt_", _HEX, 32, "_a1b2c3d4e5"),
    ("contentful", "CFPAT" + "-", _WORD, 43, ""),
    ("clojars", "CLOJARS" + "_", string.ascii_lowercase + string.digits, 60, ""),
    ("frame.io", "fio" + "-u-", _WORD, 64, ""),
    ("infracost", "ico" + "-", _ALNUM, 32, ""),
    ("openshift", "sha256" + "~", _WORD, 43, ""),
    ("settlemint", "sm" + "_pat_", _ALNUM, 16, ""),
    ("duffel", "duffel" + "_live_", _WORD, 43, ""),
    ("adobe", "p8e" + "-", _ALNUM, 32, ""),
    ("age", "AGE-SECRET" + "-KEY-1", _UPPER, 58, ""),
]


def _tokens() -> list[Canary]:
    made = []
    for kind, prefix, chars, count, rest in TOKENS:
        body = _some(chars, count)
        made.append(Canary(kind, f"call with {prefix}{body}{rest} failed", body, by_form=True))
    return made


def _shaped_tokens() -> list[Canary]:
    """Those of more than one part."""
    aws, aws_secret = "AKIA" + _some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), _some(_ALNUM + "/+", 40)
    parts = {
        "sendgrid": ("SG." + _some(_WORD, 22) + ".", _some(_WORD, 43)),
        "telegram": ("1234567890:AA", _some(_WORD, 33)),
        "discord": ("MT" + _some(_ALNUM, 24) + "." + _some(_WORD, 6) + ".", _some(_WORD, 38)),
        "terraform": (_some(_ALNUM, 14) + ".atlas" + "v1.", _some(_WORD, 66)),
        "vault old": ("s.", "aB3" + _some(_ALNUM, 21)),
        "airtable": ("pat" + _some(_ALNUM, 14) + ".", _some(_HEX, 64)),
        "cloudflare origin": ("v1.0-" + _some(_HEX, 24) + "-", _some(_HEX, 146)),
        "azure client": (_some(_ALNUM, 3) + "8Q~", _some(_WORD, 34)),
        "asana": ("1/1234567890123456:", _some(_HEX, 32)),
        "harness": ("pat." + _some(_ALNUM, 22) + "." + _some(_ALNUM, 24) + ".", _some(_ALNUM, 20)),
        "maxmind": (_some(_ALNUM, 6) + "_", _some(_ALNUM, 29) + "_mmk"),
        "hubspot": ("pat-na1-", _uuid()),
        "plaid": ("access-sandbox-", _uuid()),
        "launchdarkly": ("sdk-", _uuid()),
        "amazon mws": ("amzn.mws.", _uuid()),
        "mailgun signing": ("", f"{_some(_HEX, 32)}-{_some(_HEX, 8)}-{_some(_HEX, 8)}"),
        "mapbox": ("sk." + "eyJ", _some(_ALNUM, 60) + "." + _some(_ALNUM, 22)),
        "okta": ("SSWS 00", _some(_WORD, 40)),
        "slack webhook": ("https://hooks.slack.com/" + "services/T0A1B2C3D/B0A1B2C3D/", _some(_ALNUM, 24)),
        "discord webhook": ("https://discord.com/api/webhooks/123456789012345678/", _some(_WORD, 68)),
        "teams webhook": (
            f"https://acme.webhook.office.com/webhookb2/{_uuid()}@{_uuid()}/IncomingWebhook/",
            f"{_some(_HEX, 32)}/{_uuid()}",
        ),
        "aws key id": ("", aws),
        "aws pair": (f"{aws}:", aws_secret),
        "aws pair in words": (f"{aws} secret ", _some(_ALNUM + "/+", 40)),
        "1password secret key": (
            "A3-ABCDEF-",
            f"{_some(_UPPER, 11)}-{_some(_UPPER, 5)}-{_some(_UPPER, 5)}-{_some(_UPPER, 5)}",
        ),
    }
    return [Canary(kind, f"sent {head}{tail} there", tail, by_form=True) for kind, (head, tail) in parts.items()]


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _documents() -> list[Canary]:
    made = []
    for kind in ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "):
        body = _some(_B64, 64)
        frame = "-----{} " + kind + "PRIVATE KEY-----"
        made.append(
            Canary(
                f"pem {kind}".strip(),
                f"{frame.format('BEGIN')}\nMIIE\n{body}\n{frame.format('END')}",
                body,
                by_form=True,
            )
        )
    body = _some(_B64, 64)
    pgp = "PGP PRIVATE" + " KEY BLOCK-----"
    made.append(Canary("pgp", f"-----BEGIN {pgp}\n\nlQOYBF\n{body}\n-----END {pgp}", body, by_form=True))
    made.append(Canary("pem cut off", f"-----BEGIN RSA {'PRIVATE'} KEY-----\nMIIE\n{body}", body, by_form=True))
    made.append(Canary("pem in json", rf'{{"k": "-----BEGIN {"PRIVATE"} KEY-----\nMIIE{body}\n"}}', body, by_form=True))
    putty = f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n{body}\nPrivate-MAC: 00"
    made.append(Canary("putty", putty, body, by_form=True))
    claims = {"sub": _some(_ALNUM, 12), "exp": 1}
    jwt = f"{_b64({'alg': 'HS256', 'typ': 'JWT'})}.{_b64(claims)}.{_some(_WORD, 43)}"
    made.append(Canary("jwt", f"token {jwt} has expired", jwt.rpartition(".")[2], by_form=True))
    made.append(Canary("jwt without signature", f"got {jwt.rpartition('.')[0]}", jwt.split(".")[1], by_form=True))
    account = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": f"-----BEGIN {'PRIVATE'} KEY-----\n{body}\n-----END {'PRIVATE'} KEY-----\n",
        "client_email": "x@p.iam.gserviceaccount.com",
    }
    made.append(Canary("gcp service account", json.dumps(account), body, by_form=True))
    return made


def _addresses() -> list[Canary]:
    made = []
    for scheme in [
        "postgres",
        "postgresql",
        "mysql",
        "mongodb",
        "mongodb+srv",
        "redis",
        "rediss",
        "amqp",
        "amqps",
        "http",
        "https",
        "ftp",
        "sftp",
        "smtp",
        "ldap",
        "mssql",
        "nats",
        "clickhouse",
        "kafka",
        "postgresql+psycopg",
        "mysql+pymysql",
    ]:
        password = _some(_ALNUM, 12)
        made.append(
            Canary(f"{scheme} address", f"no route to {scheme}://app:{password}@db.internal:5432/shop", password, True)
        )
    slashed = f"a/{_some(_ALNUM, 9)}/b"
    made.append(Canary("slash in a password", f"postgres://app:{slashed}@db:5432/shop refused", slashed, True))
    signed = f"p@{_some(_ALNUM, 9)}"
    made.append(Canary("at sign in a password", f"redis://:{signed}@cache:6379/0", signed, True))
    for key, text in {
        "jdbc": "jdbc:mysql://db:3306/shop?user=app&password={}&useSSL=true",
        "jdbc oracle": "jdbc:oracle:thin:scott/{}@//db:1521/xe",
        "jdbc sqlserver": "jdbc:sqlserver://db:1433;databaseName=shop;user=sa;password={};encrypt=true",
        "ado.net": "Server=db;Database=shop;User Id=sa;Password={};Encrypt=yes",
        "ado.net with a space": "Server=db;User Id=sa;Password=my {};Database=shop;",
        "odbc": "DRIVER={{ODBC Driver 18}};SERVER=db;UID=sa;PWD={};",
        "odbc braces": "DRIVER={{ODBC Driver 18}};SERVER=db;UID=sa;PWD={{x {}}};Encrypt=yes",
        "libpq": "host=db port=5432 user=app password={} dbname=shop",
        "libpq quoted": "host=db user=app password='x {}' dbname=shop",
        "azure storage": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}==;EndpointSuffix=core.windows.net",
        "azure service bus": "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey={}=",
        "azure sas": "https://a.blob.core.windows.net/c/b?sv=2022-11-02&se=2024-01-01&sr=b&sp=r&sig={}%3D",
        "aws presigned": "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={}",
        "google signed": "https://storage.googleapis.com/b/k?X-Goog-Expires=9&X-Goog-Signature={}",
        "sentry dsn": "https://0123456789abcdef0123456789abcdef:{}@sentry.example.org/2",
        "token as user": "https://{}@git.example.org/team/repo.git",
        "mysql command": "mysql -h db -u root -p{} shop",
        "curl user": "curl -u admin:{} https://api.example.org/v1",
        "sshpass": "sshpass -p {} ssh host",
        "redis-cli": "redis-cli -h cache -a {} ping",
    }.items():
        secret = _some(_ALNUM, 44)
        made.append(Canary(key, text.format(secret), secret))
    return made


HEADERS = {
    "authorization bearer": "Authorization: Bearer {}",
    "authorization basic": "authorization: Basic {}",
    "authorization digest": 'Authorization: Digest username="joe", realm="r", nonce="n1", response="{}"',
    "authorization aws": "Authorization: AWS4-HMAC-SHA256 Credential=X/20240101/eu/s3/aws4_request, Signature={}",
    "authorization token": "Authorization: token {}",
    "authorization apikey": "Authorization: ApiKey {}",
    "authorization hawk": 'Authorization: Hawk id="d", ts="1", nonce="j", mac="{}"',
    "authorization oauth": 'Authorization: OAuth oauth_consumer_key="k", oauth_signature="{}"',
    "authorization sas": "Authorization: SharedAccessSignature sr=x&sig={}&se=1",
    "authorization ntlm": "Authorization: NTLM {}",
    "authorization bare": "Authorization: {}",
    "proxy authorization": "Proxy-Authorization: Basic {}",
    "authorization in json": '{{"headers": {{"Authorization": "Bearer {}", "Accept": "*/*"}}}}',
    "authorization in a string": '{{"log": "{{\\"Authorization\\": \\"Bearer {}\\"}}"}}',
    "authorization in a list": '[["Host", "h"], ["Authorization", "Bearer {}"]]',
    "authorization in bytes": "[(b'host', b'h'), (b'authorization', b'Bearer {}')]",
    "bearer alone": "sent Bearer {} to the server",
    "bearer in a query": "GET /x?h=Bearer%20{}",
    "cookie": "Cookie: theme=dark; sid={}; lang=de",
    "set-cookie": "Set-Cookie: id={}; Path=/; HttpOnly; Secure",
    "set-cookie quoted": 'Set-Cookie: id="{}"; Path=/',
    "cookie in json": '{{"cookie": "a=b; c={}"}}',
    "x-api-key": "X-Api-Key: {}",
    "x-auth-token": "X-Auth-Token: {}",
    "x-amz-security-token": "x-amz-security-token: {}",
    "x-csrf-token": "X-CSRF-Token: {}",
    "x-xsrf-token": "X-XSRF-TOKEN={}",
    "x-vault-token": "X-Vault-Token: {}",
    "x-goog-api-key": "x-goog-api-key: {}",
    "ocp-apim": "Ocp-Apim-Subscription-Key: {}",
    "x-functions-key": "x-functions-key: {}",
    "private-token": "PRIVATE-TOKEN: {}",
}

KEYS = [
    "password",
    "passwd",
    "pwd",
    "userPassword",
    "user_password",
    "DB_PASSWORD",
    "dbPass",
    "MYSQL_PWD",
    "smtp_pass",
    "passphrase",
    "passcode",
    "Kennwort",
    "motDePasse",
    "senha",
    "wachtwoord",
    "secret",
    "client_secret",
    "clientSecret",
    "SECRET_KEY",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "authToken",
    "api_key",
    "apiKey",
    "API-KEY",
    "apikey",
    "x-api-key",
    "private_key",
    "privateKey",
    "access_key",
    "secret_access_key",
    "AWS_SECRET_ACCESS_KEY",
    "account_key",
    "AccountKey",
    "SharedAccessKey",
    "encryption_key",
    "signing_key",
    "master_key",
    "session_key",
    "ssh_key",
    "subscription-key",
    "storage_key",
    "license_key",
    "consumer_key",
    "webhook_key",
    "auth",
    "authorization",
    "credential",
    "credentials",
    "creds",
    "otp",
    "totp_secret",
    "csrf",
    "csrf_token",
    "csrfmiddlewaretoken",
    "_xsrf",
    "authenticity_token",
    "__RequestVerificationToken",
    "cookie",
    "set_cookie",
    "PHPSESSID",
    "JSESSIONID",
    "ASP.NET_SessionId",
    "connect.sid",
    "laravel_session",
    "session_token",
    "sessionToken",
    "jwt",
    "mnemonic_phrase",
    "recovery_code",
    "backup_code",
    "verification_code",
    "mfa_code",
    "DD_API_KEY",
    "SENTRY_AUTH_TOKEN",
    "NPM_TOKEN",
    "GITHUB_TOKEN",
    "heroku_api_key",
    "CLOUDFLARE_API_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "MAILGUN_API_KEY",
    "OKTA_CLIENT_SECRET",
    "JIRA_API_TOKEN",
]

SHAPES = {
    "query": "GET /p?a=1&{key}={secret}&b=2",
    "json": '{{"user": "joe", "{key}": "{secret}", "n": 1}}',
    "json in a string": '{{"body": "{{\\"{key}\\": \\"{secret}\\"}}"}}',
    "assignment": "{key}={secret} started",
    "python": "{{'n': 1, '{key}': '{secret}'}}",
    "ruby": '{{"{key}"=>"{secret}", "n"=>1}}',
    "yaml": "n: 1\n{key}: {secret}\nm: 2",
    "xml": "<u><{key}>{secret}</{key}><n>1</n></u>",
    "attribute": '<user {key}="{secret}" n="1"/>',
    "setting": '<add key="{key}" value="{secret}"/>',
    "multipart": '--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{secret}\r\n--b--',
    "named value": '{{"name": "{key}", "value": "{secret}"}}',
    "option": "run --{key} {secret} --verbose",
    "list": '["run", "--{key}", "{secret}"]',
    "escaped line end": "a=1\\n{key}={secret}",
}


def _keyed() -> list[Canary]:
    """Every key in two of the shapes, every shape with many of the keys."""
    made = []
    shapes = list(SHAPES.items())
    for number, key in enumerate(KEYS):
        for shape, text in (shapes[number % len(shapes)], shapes[(number * 7 + 3) % len(shapes)]):
            name = key.lstrip("-_").replace("_", "-").lower() if shape in {"option", "list"} else key
            secret = _some(_ALNUM, 22)
            made.append(Canary(f"{key} in {shape}", text.format(key=name, secret=secret), secret))
    for kind, text in HEADERS.items():
        secret = base64.b64encode(f"joe:{_some(_ALNUM, 20)}".encode()).decode().rstrip("=")
        made.append(Canary(kind, text.format(secret), secret))
    for kind, text, secret in (
        ("password in a sentence", "the password is {}", _some(_ALNUM, 10)),
        ("password in quotes", 'changed, your password is "{}" now', "correct horse"),
        ("token in a sentence", "your token is {}.", _some(_ALNUM, 30)),
        ("code in a sentence", "Your verification code is {}", "481516"),
        ("one-time password", "OTP: {} is valid for 5 minutes", "234290"),
        ("code with an equals sign", "security_code={}", "90210"),
    ):
        made.append(Canary(kind, text.format(secret), secret))
    return made


def _with_luhn(body: str) -> str:
    return body + luhn.calc_check_digit(body)


def _iban(country: str, account: str) -> str:
    number = "".join(str(int(char, 36)) for char in account + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def _people() -> list[Canary]:
    cards = {
        "visa": _with_luhn("4" + _digits(14)),
        "mastercard": _with_luhn("52" + _digits(13)),
        "mastercard 2-series": _with_luhn("2221" + _digits(11)),
        "amex": _with_luhn("37" + _digits(12)),
        "discover": _with_luhn("6011" + _digits(11)),
        "jcb": _with_luhn("3530" + _digits(11)),
        "unionpay": _with_luhn("62" + _digits(13)),
        "diners": _with_luhn("36" + _digits(11)),
    }
    made = [Canary(f"card {kind}", f"card {number} was refused", number, True) for kind, number in cards.items()]
    visa = cards["visa"]
    for sign in " -":
        parted = sign.join(visa[at : at + 4] for at in range(0, 16, 4))
        made.append(Canary(f"card parted by {sign!r}", f"card {parted} was refused", parted, True))
    ibans = {
        "DE": _digits(18), "GB": "WEST" + _digits(14), "FR": _digits(23), "NL": "ABNA" + _digits(10), "ES": _digits(20),
        "IT": "X" + _digits(22), "CH": _digits(17), "BE": _digits(12), "AT": _digits(16), "PL": _digits(24), "NO": _digits(11),
    }  # fmt: skip
    for country, account in ibans.items():
        number = _iban(country, account)
        made.append(Canary(f"iban {country}", f"transfer to {number} failed", number, True))
        parted = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
        made.append(Canary(f"iban {country} parted", f"transfer to {parted} failed", parted, True))
    session = _some(_HEX, 32)
    aadhaar = _digits(11, "23456789")
    aadhaar += verhoeff.calc_check_digit(aadhaar)
    insured = "2950109912626"
    insured += nir.calc_check_digits(insured)
    parted = " ".join(
        (insured[0], insured[1:3], insured[3:5], insured[5:7], insured[7:10], insured[10:13], insured[13:])
    )
    phones = [
        "+49 30 901820",
        "+1 212-555-0142",
        "+442079460958",
        "+33 6 12 34 56 78",
        "+91-98765-43210",
        "(212) 555-0142",
    ]
    phones += ["415-555-2671", "06 12 34 56 78", "+7 (495) 123-45-67", "+55 11 91234-5678", "+353 1 234 5678"]
    made += [Canary(f"phone {number}", f"call {number} now", number, True) for number in phones]
    made += [
        Canary(f"phone after {key}", f"{key}: 030/901820, x", "030/901820")
        for key in ("phone", "customerPhone", "Tel", "fax")
    ]
    made += [
        Canary("email", "no user joe.doe+x@mail.example.com here", "joe.doe+x@mail", True),
        Canary("email encoded", "GET /u?mail=joe%40example.org", "joe%40", True),
        Canary("us ssn", "ssn on file is 078-05-1121", "078-05-1121", True),
        Canary("us ssn after its key", "ssn=078051121;x", "078051121"),
        Canary("uk nino parted", "NI AB 12 34 56 C", "AB 12 34 56 C", True),
        Canary("uk nino after its key", "nino: AB123456C", "AB123456C"),
        Canary("de steuer-id", "Steuer-ID 36 574 261 809", "36 574 261 809", True),
        Canary("de steuer-id after its key", "steuer_id=36574261809", "36574261809"),
        Canary("fr nir", f"assuré {insured}", insured, True),
        Canary("fr nir parted", f"assuré {parted}", parted, True),
        Canary("es dni", "cliente 54362315K no existe", "54362315K", True),
        Canary("es nie", "cliente X2482300W no existe", "X2482300W", True),
        Canary("it codice fiscale", "utente RCCMNL83S18D969H non trovato", "RCCMNL83S18D969H", True),
        Canary("nl bsn", "bsn: 111222333", "111222333"),
        Canary("se personnummer", "personnummer=811228-9874", "811228-9874"),
        Canary("ca sin", "SIN: 123-456-782", "123-456-782"),
        Canary("br cpf", "cliente 390.533.447-05", "390.533.447-05", True),
        Canary("br cpf after its key", "cpf=39053344705", "39053344705"),
        Canary("br cnpj", "empresa 16.727.230/0001-97", "16.727.230/0001-97", True),
        Canary("in aadhaar", f"holder {aadhaar[:4]} {aadhaar[4:8]} {aadhaar[8:]}", f"{aadhaar[4:8]} {aadhaar[8:]}", True),
        Canary("in aadhaar after its key", f"aadhaar_number: {aadhaar}", aadhaar),
        Canary("passport", "passport_number: C01X00T47", "C01X00T47"),
        Canary("tax id", '{"tax_id": "12-3456789"}', "12-3456789"),
        Canary("imei after its key", "imei=490154203237518", "490154203237518"),
        Canary("imei parted", "device 49-015420-323751-8", "49-015420-323751-8", True),
        Canary("mac", "from 3c:22:fb:01:9a:7e at", "3c:22:fb:01:9a:7e", True),
        Canary("mac with dashes", "from 3C-22-FB-01-9A-7E at", "3C-22-FB-01-9A-7E", True),
        Canary("mac of cisco's", "from 3c22.fb01.9a7e at", "3c22.fb01.9a7e", True),
        Canary("home", "cannot open /home/jdoe42/app/main.py", "jdoe42", True),
        Canary("home of a mac", "cannot open /Users/jdoe42/app/main.py", "jdoe42", True),
        Canary("home of windows", r"cannot open C:\Users\Jane Doe42\AppData\x.log", "Jane Doe42", True),
        Canary("home of windows in json", r"cannot open C:\\Users\\jdoe42\\AppData", "jdoe42", True),
        Canary("session id", f"session_id={session} unknown", session),
        Canary("session id in json", f'{{"sessionId": "{session}"}}', session),
    ]  # fmt: skip
    return made


def _ours() -> list[Canary]:
    key = _some(_HEX, 64)
    return [Canary("seawall secret key", f"call with {'sw' + 's_'}{key} failed", key, by_form=True)]


CANARIES: list[Canary] = [
    *_tokens(), *_shaped_tokens(), *_documents(), *_addresses(), *_keyed(), *_people(), *_ours(),
]  # fmt: skip
