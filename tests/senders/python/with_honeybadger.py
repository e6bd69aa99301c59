import os

from honeybadger import honeybadger
from shop import caught, serve
from told import ENVIRONMENT, KEY, URL, USER

honeybadger.configure(
    api_key=KEY,
    endpoint=URL,
    environment=ENVIRONMENT,
    project_root=os.getcwd(),
    force_report_data=True,
    insights_enabled=True,
)
honeybadger.set_context(user_id=USER)
serve(lambda text: honeybadger.notify(caught(text)), lambda: honeybadger.event("stock counted", {"items": 3}))
honeybadger.shutdown()
