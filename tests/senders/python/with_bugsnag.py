import os
import time

import bugsnag
from shop import caught, serve
from told import ENVIRONMENT, KEY, RELEASE, URL, USER

bugsnag.configure(
    api_key=KEY,
    endpoint=f"{URL}/bugsnag/notify",
    session_endpoint=f"{URL}/bugsnag/sessions",
    project_root=os.getcwd(),
    app_version=RELEASE,
    release_stage=ENVIRONMENT,
)
serve(lambda text: bugsnag.notify(caught(text), user={"id": USER}), bugsnag.start_session)
time.sleep(2)  # its threads are daemons, and it has no flush
