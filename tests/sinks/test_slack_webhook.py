"""A webhook posts, and cannot update."""

from notices import notice

from seawall.desk.server import Desk
from sinks.slack.webhook import SlackWebhook


async def test_it_posts_what_is_loud_and_leaves_updates_alone() -> None:
    async with Desk() as desk:
        webhook = SlackWebhook(f"{desk.url}/services/T0/B0/key")
        await webhook.open()
        shown = [(await webhook.send(notice(kind=kind))).shown for kind in ("open", "update", "escalate", "resolve")]
        await webhook.close()
        assert shown == [True, False, True, True]
        assert len(desk.messages()) == 3
