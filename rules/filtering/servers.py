"""Errors of servers that are expected, or that somebody else has to mend."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

from rules.requests import address_of, header_of, host_of, status_of
from rules.searching import finder

__all__ = ["is_client_error", "is_health_check", "is_timeout", "on_localhost"]

Draft = Mapping[str, Any]

_HEALTH: Final = finder(  # https://kubernetes.io/docs/reference/using-api/health-checks/ and what frameworks call it
    r"(?i)healthchecks?\b|heart-?beat|/_*(?:health(?:y|z|-check|_check)?|livez?|liveness|readyz?|readiness|ping|up|alive"
    r"|status/health|actuator/health(?:/[a-z]{1,20})?|startupz?)/?$"
)
_CHECKERS: Final = finder(
    r"(?i)^(?:kube-probe|elb-healthchecker|googlehc|amazon-route53-health-check|consul health)|health ?check"
)

# Those of 400 to 499 that tell of the service itself, or of those who are too many.
_NOT_THE_CLIENT: Final = frozenset({408, 421, 425, 426, 429, 499})
_CLIENT_TYPES: Final = frozenset(
    {
        # of Django, werkzeug and FastAPI
        "Http404", "PermissionDenied", "SuspiciousOperation", "DisallowedHost", "NotFound", "BadRequest",
        "BadRequestKeyError", "Forbidden", "Unauthorized", "MethodNotAllowed", "RequestValidationError",
        # of Spring
        "NoHandlerFoundException", "NoResourceFoundException", "HttpRequestMethodNotSupportedException",
        "HttpMediaTypeNotSupportedException", "HttpMediaTypeNotAcceptableException",
        "MethodArgumentNotValidException", "MissingServletRequestParameterException",
        "HttpMessageNotReadableException",
        # of Rails
        "ActionController::RoutingError", "ActionController::BadRequest",
        "ActionController::InvalidAuthenticityToken", "ActionController::UnknownFormat",
        "ActionController::ParameterMissing", "ActiveRecord::RecordNotFound",
        # of Symfony and Laravel
        "NotFoundHttpException", "MethodNotAllowedHttpException", "AccessDeniedHttpException",
        "UnauthorizedHttpException", "BadRequestHttpException", "ModelNotFoundException", "TokenMismatchException",
        # of Nest
        "NotFoundException", "BadRequestException", "ForbiddenException", "UnauthorizedException",
    }
)  # fmt: skip

_TIMEOUT_TYPES: Final = frozenset(
    {
        "ReadTimeout", "ConnectTimeout", "WriteTimeout", "PoolTimeout", "ReadTimeoutError", "ConnectTimeoutError",
        "ServerTimeoutError", "ConnectionTimeoutError", "SocketTimeoutError", "SocketTimeoutException",
        "HttpTimeoutException", "HttpConnectTimeoutException", "ReadTimeoutException", "ConnectTimeoutException",
        "Net::ReadTimeout", "Net::OpenTimeout", "Net::WriteTimeout", "Faraday::TimeoutError", "HeadersTimeoutError",
        "BodyTimeoutError", "ETIMEDOUT", "ESOCKETTIMEDOUT",
    }
)  # fmt: skip
_TIMEOUTS: Final = finder(
    r"(?i)client\.timeout|net/http: (?:request canceled|timeout|tls handshake timeout)|\bi/o timeout\b"
    r"|\be(?:socket)?timedout\b|timeout of \d{1,9} ?ms exceeded|curl error 28\b|read timed out"
    r"|connect(?:ion)? timed out|operation timed out after|gateway time-?out|deadline exceeded"
)
_BUT_OURS: Final = finder(r"(?i)database|postgres|mysql|redis|mongo|sqlstate|lock wait|statement timeout|query")


_LOCAL_PARTS: Final = ("localhost", "LOCALHOST", "127.", "::")  # of which one is in every URL on this machine


def on_localhost(draft: Draft) -> bool:
    """Whether the request was made to or from the machine of a developer."""
    if not draft.get("request") and not draft.get("extra"):
        return False
    url = (draft.get("request") or {}).get("url") or ""
    if url.startswith("file:"):
        return True
    if url.startswith("http") and not any(part in url for part in _LOCAL_PARTS):
        return False
    host = host_of(draft)
    if host and (host == "localhost" or host.endswith(".localhost") or _is_loopback(host)):
        return True
    address = address_of(draft)  # with a host it is that of a proxy
    return host is None and address is not None and _is_loopback(address)


def _is_loopback(text: str) -> bool:
    if text[:1] not in (":", "1", "["):  # no address of a loopback begins otherwise
        return False
    try:
        return ip_address(text.strip("[]")).is_loopback
    except ValueError:
        return False


def is_health_check(draft: Draft) -> bool:
    """Whether a load balancer, an orchestrator or a monitor asked how the service is."""
    transaction = draft.get("transaction")
    if transaction and _HEALTH(transaction):
        return True
    if not draft.get("request"):
        return False
    url, agent = draft["request"].get("url"), header_of(draft, "User-Agent")
    if url and _HEALTH(url.partition("?")[0].partition("#")[0]):
        return True
    return agent is not None and _CHECKERS(agent)


def is_client_error(draft: Draft) -> bool:
    """Whether the request was answered with a 4xx that tells of the client, or raised what stands for one."""
    status = status_of(draft)
    if status is not None:
        return 400 <= status < 500 and status not in _NOT_THE_CLIENT  # noqa: PLR2004 RFC 9110, 15.5
    return _short(draft.get("error_type")) in _CLIENT_TYPES


def is_timeout(draft: Draft) -> bool:
    """Whether a call of another service took too long; the service's own stores are no third party."""
    chain = draft.get("exception") or ()
    named = [draft.get("error_type"), *(one.get("type") for one in chain)]
    texts = {draft.get("message") or "", *(one.get("value") or "" for one in chain)}
    if not any(_short(name) in _TIMEOUT_TYPES for name in named) and not any(_TIMEOUTS(text) for text in texts):
        return False
    return not any(_BUT_OURS(text) for text in (*texts, *filter(None, named)))


def _short(name: str | None) -> str:
    """The type without its module: what comes last in `java.net.SocketTimeoutException`."""
    if not name:
        return ""
    return name.rpartition(".")[2].rpartition("\\")[2]
