"""What the programs are told by their environment."""

import os

DSN, URL, KEY = os.environ["SENDER_DSN"], os.environ["SENDER_URL"], os.environ["SENDER_KEY"]
RELEASE, ENVIRONMENT = os.environ["SENDER_RELEASE"], os.environ["SENDER_ENVIRONMENT"]
USER, TRACE = os.environ["SENDER_USER"], os.environ["SENDER_TRACE"]
TRACE_HEADERS = {"sentry-trace": f"{TRACE}-00f067aa0ba902b7-1"}
