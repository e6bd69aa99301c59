"""Whether a key may send what it sends, from where it sends it."""

from gateway.contract import Refused
from gateway.origins import allowed_origin
from sinks.postgres.projects import GatewayKey

__all__ = ["authorize"]


def authorize(key: GatewayKey, *, project: str | None, origin: str | None) -> None:
    """Check a request against its key.

    Args:
        key: what the sender has.
        project: as the address names it, by number or name; None: it names none.
        origin: the web page's, where a browser sends.

    Raises:
        Refused: 403.
    """
    if project is not None and project not in {str(key.project_id), key.project}:
        raise Refused(403, "wrong_project", "the key is of another project")
    if origin is None:
        return
    if key.public_key is None:
        raise Refused(403, "secret_in_browser", "a secret key has no place in a browser: use a public one")
    if not allowed_origin(origin, key.origins):
        raise Refused(403, "wrong_origin", "the key is not for pages of this origin")
