"""`seawall alert`: previews of every kind, and tests of channels, hop by hop."""

import asyncio
import json
from pathlib import Path

import pytest

from models.severity import Severity
from rules.rulefile.channels import CHANNEL_KINDS
from seawall.alert_testing import Hop, try_channel
from seawall.desk.server import Desk
from seawall.previewing import PREVIEWS, preview, sample
from seawall.settings import Settings
from sinks.rendering import Renderer

TOKEN = "t0ken-t0ken-t0ken-t0ken"


@pytest.mark.parametrize("kind", CHANNEL_KINDS)
@pytest.mark.parametrize("transition", ["open", "escalate", "acknowledge", "resolve"])
def test_every_kind_has_a_preview_that_says_what_is_wrong(kind: str, transition: str) -> None:
    target = "oncall@shop.example" if kind == "email" else "default"
    told = preview(kind, sample(transition, Severity.CRITICAL, target), Renderer())
    if (kind, transition) not in {("pagerduty", "acknowledge"), ("pagerduty", "resolve")}:  # which send no texts
        assert "PaymentRefusedError" in told


def test_there_are_no_previews_of_kinds_that_do_not_exist() -> None:
    assert set(PREVIEWS) == set(CHANNEL_KINDS)


def test_a_preview_uses_the_templates_of_the_settings(seawall, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "sms.body.j2").write_text("Mine: {{ service }}")
    done = seawall("alert", "preview", "sms", env={"SEAWALL_TEMPLATES": str(tmp_path / "templates")})
    assert (done.returncode, done.stdout.strip()) == (0, "Mine: payments")


def test_a_kind_that_does_not_exist(seawall) -> None:
    done = seawall("alert", "preview", "pigeon")
    assert done.returncode == 2
    assert "there are slack, pagerduty, email" in done.stderr


async def hops(settings: Settings, channel: str) -> list[Hop]:
    return [hop async for hop in try_channel(settings, channel, Severity.INFO)]


@pytest.mark.parametrize("channel", ["slack:#ops", "pagerduty:default"])
async def test_a_test_goes_all_the_way_and_is_taken_back(channel: str) -> None:
    async with Desk() as desk:
        told = await hops(Settings(desk_url=desk.url), channel)
        assert [(hop.name, hop.ok) for hop in told] == [
            (name, True) for name in ("name", "settings", "rate limit", "message", "all clear")
        ]
        if channel.startswith("slack"):
            assert "TEST: nothing is wrong" in str(desk.messages("#ops"))
        else:
            assert [incident["status"] for incident in desk.pagerduty().values()] == ["resolved"]


async def test_the_hop_that_fails_is_the_last_and_says_why() -> None:
    async with Desk() as desk:
        desk.faults.add("500")
        told = await hops(Settings(desk_url=desk.url), "slack:#ops")
    assert [hop.ok for hop in told] == [True, True, True, False]
    assert "HTTP 500" in told[-1].told
    assert "would be tried again" in told[-1].told


@pytest.mark.parametrize(
    ("channel", "settings", "at", "told"),
    [
        ("pigeon:x", {}, "name", "there is no channel of kind `pigeon`"),
        ("teams:x", {}, "settings", "nothing is set for channels of kind teams"),
        (
            "teams:x",
            {"teams_webhooks": {"y": f"https://a.example/{TOKEN}"}},
            "message",
            "no workflow's URL is set for `x`",
        ),
        ("teams:y", {"teams_webhooks": {"y": f"http://127.0.0.1:9/{TOKEN}"}}, "message", "network: Client"),
    ],
)
async def test_where_it_ends(channel: str, settings: dict[str, object], at: str, told: str) -> None:
    *_, last = await hops(Settings(**settings), channel)
    assert (last.name, last.ok) == (at, False)
    assert told in last.told
    assert TOKEN not in last.told


def test_the_command_prints_hops_and_exits_by_the_last(seawall) -> None:
    done = seawall("alert", "test", "teams:x", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["ok"], [hop["name"] for hop in told["hops"]]) == (False, ["name", "settings"])


async def test_the_command_reaches_the_desk(seawall) -> None:
    async with Desk() as desk:
        done = await asyncio.to_thread(seawall, "alert", "test", "slack:#ops", env={"SEAWALL_DESK_URL": desk.url})
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 5
