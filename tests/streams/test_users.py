"""Users are looked up where the rules in force say."""

import orjson
from aiohttp import web

from rules.rulefile import RuleFile, load
from streams.users import Users


def rules(port: int | None, fields: str = "plan") -> RuleFile:
    users = f"{{url: 'http://127.0.0.1:{port}/users', fields: {fields}, timeout_ms: 5000}}"
    return load(f"version: 1\nenrichment: {{users: {users}}}\n" if port else "version: 1\n", "rules.yaml")


async def test_a_changed_rule_holds_at_once():
    async def handle(request: web.Request) -> web.Response:
        ids = (await request.json())["ids"]
        return web.Response(body=orjson.dumps({"users": {one: {"plan": "gold", "country": "SE"} for one in ids}}))

    app = web.Application()
    app.router.add_post("/users", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    in_force = rules(None)
    users = Users(lambda: in_force)
    try:
        assert await users.wanted(["ann"]) == {}
        in_force = rules(port)
        assert await users.wanted(["ann", None]) == {"ann": {"plan": "gold"}}
        in_force = rules(port, "country")
        assert await users.wanted(["ann"]) == {"ann": {"country": "SE"}}
        in_force = rules(None)
        assert await users.wanted(["ann"]) == {}
    finally:
        await users.close()
        await runner.cleanup()
