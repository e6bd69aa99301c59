"""From the errors topic to PostgreSQL, Slack and PagerDuty, for every format there is."""

import orjson

from tests.streams.job_support import event, until

SENTRY = {
    "event_id": "a" * 32,
    "platform": "python",
    "level": "error",
    "server_name": "host-1",
    "environment": "production",
    "tags": {"service": "sentry-shop"},
    "exception": {
        "values": [
            {
                "type": "KeyError",
                "value": "'sku'",
                "stacktrace": {
                    "frames": [{"function": "price", "module": "shop.cart", "filename": "shop/cart.py", "lineno": 7}]
                },
            }
        ]
    },
}
LOGGER = {
    "levelname": "CRITICAL",
    "logger": "payments",
    "service_name": "logger-shop",
    "msg": "no money left",
    "asctime": "2026-01-31 12:00:00,123",
}
PYTHON = b"""2026-01-31 12:00:00 ERROR could not sell
Traceback (most recent call last):
  File "/srv/app/sell.py", line 12, in sell
    raise OutOfStock("no bolts")
warehouse.OutOfStock: no bolts
"""
JAVA = b"""java.lang.IllegalStateException: cart is locked
\tat com.example.cart.Cart.add(Cart.java:41)
\tat com.example.Main.main(Main.java:9)
Caused by: java.io.IOException: disk full
\tat com.example.cart.Store.save(Store.java:77)
\t... 2 more
"""
JAVASCRIPT = b"""TypeError: Cannot read properties of undefined (reading 'id')
    at checkout (/srv/web/checkout.js:10:15)
    at Server.handle (/srv/web/server.js:55:3)
"""


async def test_every_format_becomes_a_row_and_alerts_arrive_once(new_job):
    async with new_job("worker-1", "notifier-1") as job:
        await job.send(
            event("own", environment="production", user_id="7"),
            orjson.dumps(SENTRY),
            orjson.dumps(LOGGER),
            PYTHON,
            JAVA,
            JAVASCRIPT,
            *[event("burst", number, severity="critical", error_type="Down") for number in range(6)],
        )
        await job.until_read()
        found = {
            kind: (service, str(severity), count)
            for kind, service, severity, count in await job.rows(
                "SELECT type, service, severity, occurrences FROM groups ORDER BY type"
            )
        }
        assert found == {
            "TestError": ("own", "error", 1),
            "KeyError": ("sentry-shop", "error", 1),
            None: ("logger-shop", "critical", 1),
            "OutOfStock": ("unknown", "error", 1),
            "IllegalStateException": ("unknown", "error", 1),
            "TypeError": ("unknown", "error", 1),
            "Down": ("burst", "critical", 6),
        }
        rows = await job.rows("SELECT count(*), count(DISTINCT group_id) FROM occurrences WHERE payload IS NOT NULL")
        assert rows == [(12, 7)]
        # Seven new errors, and the threshold; PagerDuty has the critical ones of them.
        await until(lambda: len(job.desk.messages("#alerts")) >= 8 and len(job.desk.pagerduty()) >= 3)
        titles = [incident["payload"]["summary"] for incident in job.desk.pagerduty().values()]
        assert sum("critical-burst" in title for title in titles) == 1, titles
        assert await job.rows("SELECT status, count(*) FROM incidents GROUP BY 1") == [("new", 8)]
