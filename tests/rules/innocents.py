"""Texts as logs are full of them, without a secret: what masking must leave as it is."""

__all__ = ["INNOCENTS"]

INNOCENTS = """
Traceback (most recent call last):
  File "/srv/app/shop/cart.py", line 42, in add
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
KeyError: 'customer_id'
ValueError: invalid literal for int() with base 10: 'ten'
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) could not connect to server: Connection refused
django.db.utils.IntegrityError: duplicate key value violates unique constraint "orders_pkey"
DETAIL:  Key (id)=(4711) already exists.
ERROR: relation "user_tokens" does not exist at character 15
ERROR: column "password_hash" of relation "users" does not exist
FATAL: password authentication failed for user "app"
FATAL: remaining connection slots are reserved for non-replication superuser connections
deadlock detected: Process 1234 waits for ShareLock on transaction 56789; blocked by process 4321
could not serialize access due to concurrent update
java.lang.NullPointerException: Cannot invoke "String.length()" because "token" is null
java.lang.IllegalStateException: Session/EntityManager is closed
Caused by: java.net.ConnectException: Connection refused (Connection refused)
	at com.example.auth.TokenService.verify(TokenService.java:87)
	at org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter.doFilter(UsernamePasswordAuthenticationFilter.java:93)
	at sun.reflect.GeneratedMethodAccessor123456789.invoke(Unknown Source)
com.example.Foo$$EnhancerBySpringCGLIB$$1a2b3c4d@5e6f7a8b
java.lang.Object@1a2b3c4d
TypeError: Cannot read properties of undefined (reading 'accessToken')
SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON
SyntaxError: Unexpected token: }
    at Object.<anonymous> (/app/node_modules/jsonwebtoken/verify.js:171:19)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)
JsonWebTokenError: jwt malformed
TokenExpiredError: jwt expired at 2024-01-02T03:04:05.000Z
invalid token: unexpected end of input
invalid token
the token is expired
the token is missing or malformed
token is not yet valid
password is incorrect
password is too short, at least 8 characters are needed
password: must be at least 8 characters
the password was wrong three times
your password has expired
wrong password for user joe
secret not found: shop/production
the secret is mounted at /run/secrets/db
missing required header: Authorization
Authorization: required
authorization header is malformed
Authorization failed for user 42
401 Unauthorized: Bearer authentication failed
WWW-Authenticate: Bearer realm="shop", error="invalid_token"
basic usage is described in the manual
Basic auth is disabled
csrf check failed for /checkout
CSRF verification failed. Request aborted.
cookie rejected because it has the "SameSite=None" attribute but is missing "secure"
Cookies must be enabled
session expired, please log in again
session_id=42 not found
Session 1234 was closed by the peer
otp expired
OTP service answered 503
verification code expired
security code is required
error code: 500123
status code 404 after 1523 ms
exit code 137 (OOMKilled)
order 1234567890123456 shipped
order 112-3456789-1234567 was not found
order-4111111111111111
order number 100000012345
invoice 2024-000123 is overdue
invoice no. 90210-4711
ticket SHOP-12345 reopened
parcel 00340434161094042557 lost
tracking number 1Z999AA10123456784
tracking RR123456785DE delivered
EAN 4006381333931 has no price
EAN 5901234123457, UPC 036000291452
ISBN 978-3-16-148410-0 is out of print
ISBN 9783161484100
sku 123-45-678 has no stock
article 12-345-678 is not for sale
ratio 0.4111111111111111
4111111111111112 fails Luhn
1.23456789012345e+15 is out of range
9007199254740993 cannot be represented
-9223372036854775808 to 9223372036854775807
at 1700000000000 and 1700000000000000 and 20240102030405
epoch 1709164800
nanoseconds 1709164800123456789
2024-01-02T03:04:05.678Z
2024-02-29 12:34:56,789 ERROR [main] c.e.shop.Cart - failed
Thu Feb 29 12:34:56 UTC 2024
29/Feb/2024:12:34:56 +0100
Mon, 02 Jan 2006 15:04:05 -0700
took 12:34:56.789012
20240229-1234
build 240229-1234 failed
550e8400-e29b-41d4-a716-446655440000
{550E8400-E29B-41D4-A716-446655440000}
urn:uuid:550e8400-e29b-41d4-a716-446655440000
event 0d3c1e9a5b0e4f579f0e6f0b9c8f7a11 was dropped
00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7
X-B3-TraceId: 463ac35c9f6413ad48485a3953bb6124
X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678
request id 8f14e45fceea167a5a36dedd4bea2543
RequestId: 8f5a1b2c-3d4e-5f60-7182-93a4b5c6d7e8 Duration: 102.25 ms Billed Duration: 103 ms
x-request-id: 01HQ8ZK3V6W8M0N2P4R6T8V0X2
ulid 01ARZ3NDEKTSV4RRFFQ69G5FAV
ksuid 0ujtsYcgvSTl8PAuAdqWYSMnLOv
snowflake 175928847299117063
objectid 507f1f77bcf86cd799439011
nanoid V1StGXR8_Z5jdHi6B-myT
commit 3f2a1b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a
HEAD is now at 3f2a1b9 Fix the build
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
md5 d41d8cd98f00b204e9800998ecf8427e does not match
etag "33a64df551425fcc55e4d42a148795d9f25f89d4"
integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==
image registry.example.com/shop@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
crc32 0xcbf43926
checksum mismatch: expected 3735928559, got 4277009102
version 1.2.3.4, port 5432, pid 77
shop@1.2.3 react-dom@18.2.0
@babel/core@7.23.9 requires a peer of typescript@^5.0.0
org.springframework:spring-core:6.1.3
Python/3.11.2 aiohttp/3.9.1
Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.6261.69 Safari/537.36
okhttp/4.12.0
kernel 5.15.0-1051-aws
go1.22.0 linux/amd64
v2024.02.29-rc.1+build.4711
Chrome 122.0.6261.69
10.0.0.1:8080
connect to 192.168.178.20 port 443 failed: Connection refused
http://10.0.0.1:8080/path?page=2&sort=asc
https://shop.example/cart/4711/charge?currency=EUR&retry=3#top
https://api.example.com/v1/users/42/tokens
GET /api/v2/password/reset HTTP/1.1
POST /oauth/token 200 12ms
GET /users/42/orders
GET /home/settings/profile 404
DELETE /api/sessions/17 403
/login?next=/account/security
redirect_uri=https%3A%2F%2Fshop.example%2Fcallback&response_type=code&state=xyz
token_type=bearer&expires_in=3600
grant_type=authorization_code
max_tokens=4096 temperature=0.7
total_tokens: 1532, prompt_tokens: 1200, completion_tokens: 332
author=joe authority=shop
passenger=2 compass=north bypass=true
primary_key=id foreign_key=order_id
keyboard=de monkey=1
key=value
cache key user:42:profile
Key: 4711
routing_key=orders.created exchange=shop
partition key tenant-7
public_key_path=/etc/keys/public.pem
ssl_key_file=/etc/tls/server.key
PWD=/srv/app
OLDPWD=/srv/app/shop
SECRET_NAME=shop/production/db
token_count=17
password_length=12
PASSWORD_MIN_LENGTH=8
has_password=true
reset_password_url=https://shop.example/reset
access_key_id is required
secretary=Jane
auth_user=joe
auth.type=oauth2
login with auth_method=ldap
connect(token=None, password=null)
    token = self.get_token()
def login(user: str, password: str) -> None:
password = request.form["password"]
const token = await getToken(user);
if (!password) throw new Error("no password");
    private final String password;
Auth::Session#token
std::vector<std::string>::operator[]
tokenizer.next_token() returned EOF
lexer: unexpected token "end_of_file" at 12:7
parser error: token=IDENTIFIER expected
Assembly, Version=1.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089
System.Private.CoreLib, Version=8.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e
@app.route and @dataclass
logo@2x.png
icon@3x.webp
git@github.com:org/repo.git
ssh://git@github.com/org/repo.git
java.util.HashMap@7a81197d
user@host
uid=1000(app) gid=1000(app)
docker run -u 1000:1000 shop
kubectl get pods -n shop
shop-api-7d9f8b6c5d-x2x7k
ip-10-0-12-34.eu-central-1.compute.internal
ec2-18-184-1-2.eu-central-1.compute.amazonaws.com
arn:aws:iam::123456789012:role/shop-worker
arn:aws:lambda:eu-central-1:123456789012:function:shop:42
projects/shop-prod/topics/orders
/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop
C:\\Windows\\System32\\drivers\\etc\\hosts
C:\\Program Files\\Shop\\shop.exe
C:\\Users\\Public\\Documents\\report.pdf
D:\\a\\shop\\shop\\src\\Cart.cs:line 42
/home/runner/work/shop/shop/src/cart.ts
/home/ubuntu/app/main.py
/var/lib/docker/overlay2/3f2a1b9c0d1e/merged
/tmp/tmpa1b2c3d4/upload
/proc/1234/status
file:///srv/app/index.js
node:internal/modules/cjs/loader:1143
webpack-internal:///(rsc)/./app/page.tsx
0x00007ffe12345678
EIP: 0010:[<c01a2b3c>]
goroutine 42 [running]:
main.(*Server).handle(0xc000123456, 0x12, 0x34)
#12 0x000055d5c1a2b3c4 in charge () at cart.c:42
00000010: 3031 3233 3435 3637 3839 6162 6364 6566
01 02 03 04 05 06 07 08 09 0a 0b 0c
06 12 34 56 78 9a bc de f0 12
de:ad:be:ef
SHA1 Fingerprint=2F:3A:1B:9C:0D:1E:2F:3A:4B:5C:6D:7E:8F:9A:0B:1C:2D:3E:4F:5A
ff:ff:ff:ff:ff:ff
::1
fe80::1%eth0
12:34:56
1:2:3:4
temperature -12.5, +3.4 to +15.2
offset +0200
UTC+01:00
diff +12345678 -87654321
+1 to all of this
100% of 1,234,567 rows
1.234.567,89 EUR
$1,234.56
(123) items
phone: unknown
phone_model=Pixel 8
mobile: true
tel: n/a
fax not configured
sin: 0.5
nie wieder
tin: can
mac: M1
pan: left
phone_verified=true
card: declined
card number is invalid
iban: invalid checksum
DE00 0000 0000 0000 0000 00
GB-LON-01
AB123456
A1B2C3D4
12345678A
X1234567
Y2K
RSSMRA85T10A562X
123-45-67
12.345.678/0001-00
123.456.789-00
2024 0229 1234
1234 5678 9012
23 456 789 012
rate 4 5 6 7
ERR_SSL_VERSION_OR_CIPHER_MISMATCH
ECONNREFUSED 127.0.0.1:5432
ETIMEDOUT
EACCES: permission denied, open '/etc/shop/secret.yaml'
OSError: [Errno 28] No space left on device
MemoryError: Unable to allocate 7.45 GiB for an array with shape (1000000, 1000) and data type float64
Killed process 1234 (java) total-vm:8388608kB, anon-rss:4194304kB
segfault at 0 ip 00007f12a1b2c3d4 sp 00007ffe12345678 error 4 in libc.so.6
panic: runtime error: index out of range [5] with length 3
thread 'main' panicked at src/main.rs:42:13
Error: 12 INVALID_ARGUMENT: field mask is required
rpc error: code = Unauthenticated desc = invalid credentials
Message size 10485760 exceeds the limit 4194304
Consumer group shop-workers is rebalancing, generation 17
Offset 1234567890 out of range for partition orders-3
kafka: client has run out of available brokers to talk to
LEADER_NOT_AVAILABLE
slow query: SELECT id, password_hash FROM users WHERE id = 42
SELECT * FROM orders WHERE token IS NOT NULL
UPDATE accounts SET balance = balance - 100 WHERE id = 7
INSERT INTO sessions (id, user_id) VALUES ($1, $2)
secrets.token_hex(16)
os.environ["DATABASE_URL"]
${SECRET_KEY} is not set
{{ secrets.API_KEY }}
$PASSWORD: unbound variable
feature sk-toggle is off
SG.1 zone
glob-pattern
pypi-server
xoxo
A3-paper
live_reload
npm_config_registry
key-value-store
api-gateway-2
sdk-core
s.split
hf_hub
"""

INNOCENTS = [line.replace("\\\\", "\\") for line in INNOCENTS.strip("\n").splitlines()]
