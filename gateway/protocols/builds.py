"""Builds that failed, and releases, as GitHub, GitLab and Jenkins tell of them.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events
https://plugins.jenkins.io/notification/
"""

import hashlib
import hmac
from typing import Any

from gateway.contract import Accepted, Endpoint, Received, Record, Refused
from gateway.protocols.common import checked, header, json_answer, json_of, refused_as_detail
from gateway.protocols.own import event_record
from gateway.protocols.plain import plain_key
from gateway.protocols.telling import told

__all__ = ["GITHUB", "GITLAB", "JENKINS"]

# Tuples: what is looked for in them may be anything, also what no set can hold.
_GITHUB_FAILED = ("failure", "timed_out", "startup_failure")
_GITHUB_RELEASES = ("release", "deployment_status")
_GITLAB_RELEASES = ("release", "deployment")
_JENKINS_FAILED = ("FAILURE", "UNSTABLE")


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return str(value)[:1_024] if isinstance(value, str | int) and value != "" else None


def _accepted(records: list[Record], kind: str) -> Accepted:
    return Accepted(checked(records), json_answer(200, {}), {} if records else {kind: 1})


def _failure(same: tuple[object, ...], *, build: str, branch: str | None, **fields: Any) -> Record:
    where = f" on {branch}" if branch else ""
    return event_record(
        same,
        error_type="BuildFailed",
        message=f"{build} failed{where}",
        severity="error",
        fingerprint=["build", build, branch or ""],
        tags={name: value for name, value in (("build", build), ("branch", branch)) if value},
        **fields,
    )


def _released(received: Received) -> Accepted:
    """As it came: the job knows what is in these hooks."""
    return told("releases", received)


def _github(received: Received) -> Accepted:
    """Runs of workflows. The webhook's secret is the key, which stands in the address as well: `?key=`."""
    _check_signature(received)
    event = _object(json_of(received.body))
    if header(received, b"x-github-event") in _GITHUB_RELEASES:
        return _released(received)
    run, repository = _object(event.get("workflow_run")), _object(event.get("repository"))
    if header(received, b"x-github-event") != "workflow_run" or run.get("conclusion") not in _GITHUB_FAILED:
        return _accepted([], "build")
    record = _failure(
        ("github", repository.get("id"), run.get("id"), run.get("run_attempt")),
        build=_text(run.get("name")) or "workflow",
        branch=_text(run.get("head_branch")),
        timestamp=_text(run.get("updated_at")),
        service=_text(repository.get("name")),
        commit=_text(run.get("head_sha")),
        logger="github",
        extra={"url": _text(run.get("html_url")), "number": _text(run.get("run_number"))},
    )
    return _accepted([record], "build")


def _check_signature(received: Received) -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. Raises Refused."""
    given = header(received, b"x-hub-signature-256") or ""
    key = (plain_key(received) or "").encode()
    wanted = "sha256=" + hmac.new(key, received.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Refused(401, "signature", "the signature is not made with the key: let the webhook's secret be the key")


def _gitlab_key(received: Received) -> str | None:
    return header(received, b"x-gitlab-token") or plain_key(received)


def _gitlab(received: Received) -> Accepted:
    """Pipelines; which of their jobs failed is told along."""
    event = _object(json_of(received.body))
    if event.get("object_kind") in _GITLAB_RELEASES:
        return _released(received)
    pipeline, project = _object(event.get("object_attributes")), _object(event.get("project"))
    if event.get("object_kind") != "pipeline" or pipeline.get("status") != "failed":
        return _accepted([], "build")
    builds = event.get("builds")
    jobs = [_object(job) for job in builds] if isinstance(builds, list) else []
    failed = [_text(job.get("name")) for job in jobs if job.get("status") == "failed" and not job.get("allow_failure")]
    record = _failure(
        ("gitlab", project.get("id"), pipeline.get("id")),
        build=_text(pipeline.get("name")) or "pipeline",
        branch=_text(pipeline.get("ref")),
        service=_text(project.get("name")),
        commit=_text(pipeline.get("sha")),
        logger="gitlab",
        extra={"url": _text(pipeline.get("url")), "jobs": [name for name in failed if name]},
    )
    return _accepted([record], "build")


def _jenkins(received: Received) -> Accepted:
    """What the Notification plugin sends when a build is over."""
    event = _object(json_of(received.body))
    build = _object(event.get("build"))
    if build.get("phase") != "FINALIZED" or build.get("status") not in _JENKINS_FAILED:
        return _accepted([], "build")
    source = _object(build.get("scm"))
    record = _failure(
        ("jenkins", build.get("full_url"), event.get("name"), build.get("number")),
        build=_text(event.get("display_name")) or _text(event.get("name")) or "job",
        branch=_text(source.get("branch")),
        commit=_text(source.get("commit")),
        logger="jenkins",
        extra={"url": _text(build.get("full_url")), "number": _text(build.get("number"))},
    )
    return _accepted([record], "build")


GITHUB = Endpoint("github", plain_key, _github, refused_as_detail)
GITLAB = Endpoint("gitlab", _gitlab_key, _gitlab, refused_as_detail)
JENKINS = Endpoint("jenkins", plain_key, _jenkins, refused_as_detail)
