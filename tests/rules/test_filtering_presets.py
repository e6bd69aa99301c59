"""The filters that come with Seawall: what they take, and what looks like it and is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.filtering import PRESETS

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)


def agent(text: str) -> dict:
    return {"request": {"headers": {"user-agent": text}}}


def said(value: str, **more) -> dict:
    return {"language": "javascript", "exception": [{"type": "Error", "value": value, **more}]}


def raised_in(path: str) -> dict:
    frames = [{"abs_path": "https://shop.test/app.js"}, {"abs_path": path}, {"file": "<anonymous>"}]
    return said("x", frames=frames)


def url(text: str) -> dict:
    return {"request": {"url": text}}


TAKEN = {
    "browser-extensions": [
        said("top.GLOBALS is not defined"),
        said("Extension context invalidated."),
        said("TypeError: can't access dead object"),
        raised_in("chrome-extension://abcdef/inject.js"),
        raised_in("moz-extension://abcdef/inject.js"),
        raised_in("safari-web-extension://abcdef/a.js"),
        raised_in("webkit-masked-url://hidden/"),
        {"message": "null is not an object (evaluating 'elt.parentNode')"},
    ],
    "legacy-browsers": [
        agent("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)"),
        agent("Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko"),
        agent("Opera/9.80 (X11; Linux i686; Ubuntu/14.10) Presto/2.12.388 Version/12.16"),
        agent("Opera/9.80 (J2ME/MIDP; Opera Mini/8.0.35158/36.2534; U; en) Presto/2.12.423 Version/12.16"),
        agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/28.0.1500.52 Safari/537.36 OPR/15.0"),
        agent("Mozilla/5.0 (Linux; U; Android 3.2; nl; GT-P6800) AppleWebKit/534.13 (KHTML, like Gecko) Version/4.0 Safari/534.13"),
        agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_3) AppleWebKit/537.75.14 (KHTML, like Gecko) Version/7.0.3 Safari/7046A"),
        agent("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0 Safari/537.36 Edge/17.17134"),
        agent("Mozilla/5.0 (Windows NT 6.1; rv:60.0) Gecko/20100101 Firefox/60.0"),
    ],
    "web-crawlers": [
        agent("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        agent("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
        agent("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
        agent("Twitterbot/1.0"),
        agent("facebookexternalhit/1.1"),
        agent("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)"),
        agent("MyOwnCrawler/3"),
        agent("some spider"),
    ],
    "react-hydration": [
        said("Hydration failed because the initial UI does not match what was rendered on the server."),
        said("Minified React error #418; visit https://react.dev/errors/418 for the full message"),
        said("See https://reactjs.org/docs/error-decoder.html?invariant=423"),
    ],
    "chunk-load": [
        {"error_type": "ChunkLoadError", "message": "x"},
        said("Loading chunk 42 failed.\n(error: https://shop.test/42.js)"),
        said("Failed to fetch dynamically imported module: https://shop.test/a.js"),
    ],
    "localhost": [
        url("http://localhost:3000/cart"),
        url("http://app.localhost/cart"),
        url("https://127.0.0.1/"),
        url("http://[::1]:8080/"),
        url("file:///home/me/shop.html"),
        {"request": {"headers": {"host": "localhost:8000"}}},
        {"extra": {"user": {"ip_address": "127.0.0.1"}}},
        {"extra": {"user": {"ip_address": "::1"}}},
    ],
    "health-checks": [
        {"transaction": "GET /healthz"},
        {"transaction": "healthcheck"},
        url("https://shop.test/actuator/health/liveness?full=1"),
        url("https://shop.test/ready"),
        agent("kube-probe/1.29"),
        agent("ELB-HealthChecker/2.0"),
    ],
    "client-errors": [
        {"tags": {"status": "404"}},
        {"tags": {"http.status_code": "422"}},
        {"extra": {"res": {"statusCode": 401}}},
        {"extra": {"contexts": {"response": {"status_code": 400}}}},
        {"error_type": "django.http.response.Http404"},
        {"error_type": "Symfony\\Component\\HttpKernel\\Exception\\NotFoundHttpException"},
        {"error_type": "ActionController::RoutingError"},
    ],
    "third-party-timeouts": [
        {"error_type": "java.net.SocketTimeoutException", "message": "Read timed out"},
        {"error_type": "requests.exceptions.ReadTimeout"},
        {"error_type": "Net::ReadTimeout"},
        {"message": 'Get "https://pay.test": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'},
        {"error_type": "AxiosError", "message": "timeout of 5000ms exceeded"},
        {"message": "cURL error 28: Operation timed out after 10001 milliseconds"},
        {"message": "connect ETIMEDOUT 192.0.2.1:443"},
        {"message": "no price", "exception": [{"type": "ConnectTimeout", "value": "x"}, {"type": "PriceError", "value": "no price"}]},
    ],
}  # fmt: skip

LEFT = {
    "browser-extensions": [said("x is not defined"), raised_in("https://shop.test/a.js"), {"language": "python", "message": "top.GLOBALS"}],
    "legacy-browsers": [
        agent(CHROME),
        agent("Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"),
        agent("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"),
        agent(f"{CHROME} Edg/120.0.2210.91"),
        agent("curl/8.5"),
        {},
    ],
    "web-crawlers": [agent(CHROME), agent("Robotics-Client 1.0"), agent("python-requests/2.31"), {}],
    "react-hydration": [said("Minified React error #31"), {"language": "python", "message": "Hydration failed because of x"}],
    "chunk-load": [said("Loading failed"), {"language": "java", "message": "Loading chunk 3 failed"}],
    "localhost": [
        url("https://shop.test/?next=http://localhost/"),
        url("https://localhost.shop.test/"),
        url("https://shop.test/127.0.0.1"),
        {"request": {"url": "https://shop.test/"}, "extra": {"request": {"env": {"REMOTE_ADDR": "127.0.0.1"}}}},
        {"extra": {"user": {"ip_address": "203.0.113.9"}}},
        {"extra": {"user": {"ip_address": 5}}},
        url("http://[bad"),
        {},
    ],
    "health-checks": [{"transaction": "GET /health-insurance"}, url("https://shop.test/delivery"), url("https://shop.test/already"), {}],
    "client-errors": [
        {"tags": {"status": "500"}, "error_type": "NotFound"},
        {"tags": {"status": "429"}},
        {"tags": {"status": "408"}},
        {"tags": {"status": "4040"}},
        {"extra": {"status": True}},
        {"extra": {"status": "failed"}},
        {"error_type": "KeyError"},
        {},
    ],
    "third-party-timeouts": [
        {"error_type": "TimeoutError", "message": "canceling statement due to statement timeout"},
        {"error_type": "psycopg.errors.QueryCanceled", "message": "connection timed out"},
        {"error_type": "redis.exceptions.TimeoutError", "message": "Read timed out"},
        {"error_type": "ValueError", "message": "timeout must be positive"},
        {},
    ],
}  # fmt: skip


def cases(table):
    return [
        pytest.param(name, draft, id=f"{name}-{number}")
        for name, drafts in table.items()
        for number, draft in enumerate(drafts)
    ]


@pytest.mark.parametrize(("name", "draft"), cases(TAKEN))
def test_taken(name, draft):
    assert PRESETS[name].fits(draft) is True


@pytest.mark.parametrize(("name", "draft"), cases(LEFT))
def test_left_alone(name, draft):
    assert PRESETS[name].fits(draft) is False


def test_every_preset_is_tried():
    assert set(TAKEN) == set(LEFT) == set(PRESETS)


TEXT = st.text(max_size=20) | st.sampled_from(
    ["http://[", "file:", "::", "1", "127.0.0.1:", "Opera/", "MSIE 99999", "\ud800"]
)
JSON = st.recursive(
    TEXT | st.none() | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "message": TEXT,
        "error_type": TEXT,
        "transaction": TEXT,
        "tags": st.dictionaries(st.sampled_from(["status", "a"]), TEXT),
        "extra": st.dictionaries(st.sampled_from(["status", "user", "request", "res", "http"]), JSON),
        "request": st.fixed_dictionaries({}, optional={"url": TEXT, "headers": st.dictionaries(st.sampled_from(["Host", "user-agent"]), TEXT)}),
        "exception": st.lists(st.fixed_dictionaries({}, optional={"type": TEXT, "value": TEXT, "frames": st.just([{}, {"file": "a"}])}), max_size=2),
    },
)  # fmt: skip


@given(DRAFTS)
def test_no_draft_makes_a_preset_fail(draft):
    assert all(preset.fits(draft) in (True, False) for preset in PRESETS.values())
