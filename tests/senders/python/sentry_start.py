"""Sentry's SDK, as its documentation starts it."""

import sentry_sdk
import told


def start(**options):
    sentry_sdk.init(
        dsn=told.DSN, release=told.RELEASE, environment=told.ENVIRONMENT, traces_sample_rate=1.0, **options
    )
    sentry_sdk.set_user({"id": told.USER})


def noise():
    """A transaction, and a session."""
    sentry_sdk.get_isolation_scope().start_session()
    with sentry_sdk.start_transaction(name="noise", op="task"):
        pass
    sentry_sdk.get_isolation_scope().end_session()
