"""Health and metrics over HTTP."""

import aiohttp
import pytest

from seawall.errors import SettingsError
from seawall.health import bound, serve_health
from telemetry import metrics


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_it_says_what_it_is_told():
    state = {"live": True, "ready": False}
    health = await serve_health(bound("127.0.0.1", 0), live=lambda: state["live"], ready=lambda: state["ready"])
    async with health.closing():
        base = f"http://127.0.0.1:{health.port}"
        assert await get(f"{base}/healthz") == (200, "ok\n")
        assert await get(f"{base}/readyz") == (503, "no\n")
        state.update(live=False, ready=True)
        assert await get(f"{base}/healthz") == (503, "no\n")
        assert await get(f"{base}/readyz") == (200, "ok\n")
        assert (await get(f"{base}/tables"))[0] == 404


async def test_metrics_are_there_by_their_names():
    metrics.REWINDS.labels("telemetry-test").inc(3)
    async with (await serve_health(bound("127.0.0.1", 0))).closing() as health:
        status, text = await get(f"http://127.0.0.1:{health.port}/metrics")
    assert status == 200
    assert 'seawall_rewinds_total{topic="telemetry-test"} 3.0' in text
    assert "# HELP seawall_lag_records Records not yet read, by topic and partition" in text


async def test_a_port_that_is_taken_is_an_error():
    async with (await serve_health(bound("127.0.0.1", 0))).closing() as health:
        with pytest.raises(SettingsError, match="Address already in use; see SEAWALL_METRICS_HOST"):
            bound("127.0.0.1", health.port)


@pytest.mark.parametrize("host", ["a b", "☃", "x" * 300, "nowhere.invalid"])
def test_a_host_that_is_none_is_an_error(host):
    with pytest.raises(SettingsError, match="see SEAWALL_METRICS_HOST"):
        bound(host, 0)


async def test_closed_it_listens_no_more():
    health = await serve_health(bound("127.0.0.1", 0))
    await health.close()
    with pytest.raises(aiohttp.ClientConnectorError):
        await get(f"http://127.0.0.1:{health.port}/healthz")


def test_every_metric_is_ours_and_says_what_it_is():
    for name in metrics.__all__:
        (family,) = getattr(metrics, name).describe()
        assert family.name.startswith("seawall_")
        assert len(family.documentation) > 10
