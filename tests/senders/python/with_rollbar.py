import os

import rollbar
from shop import OutOfStockError, reserve, serve
from told import ENVIRONMENT, KEY, RELEASE, URL, USER

rollbar.init(
    KEY,
    environment=ENVIRONMENT,
    code_version=RELEASE,
    endpoint=f"{URL}/api/1/",
    handler="thread",
    root=os.getcwd(),
)


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        rollbar.report_exc_info(payload_data={"person": {"id": USER}})


serve(catch, lambda: rollbar.report_message("stock was counted", level="info"))
rollbar.wait()
