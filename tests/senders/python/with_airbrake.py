import os

import pybrake
from shop import caught, serve
from told import ENVIRONMENT, KEY, RELEASE, URL, USER

brake = pybrake.Notifier(
    project_id=1,
    project_key=KEY,
    host=URL,
    environment=ENVIRONMENT,
    root_directory=os.getcwd(),
    remote_config=False,
)


def catch(text):
    notice = brake.build_notice(caught(text))
    notice["context"].update(user={"id": USER}, version=RELEASE)
    brake.send_notice(notice)


serve(catch)
brake.close()
