"""What log shippers add of Kubernetes: Fluent Bit and Fluentd, Filebeat, Vector.

https://docs.fluentbit.io/manual/pipeline/filters/kubernetes
https://www.elastic.co/docs/reference/beats/filebeat/exported-fields-kubernetes-processor
https://vector.dev/docs/reference/configuration/sources/kubernetes_logs/
"""

import re
from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.envelopes.lines import quiet
from rules.normalizing.paths import at, first_text, obj, text_at

__all__ = ["ENVELOPES", "told", "workload"]

_SERVICES = ("app.kubernetes.io/name", "app_kubernetes_io/name", "app", "k8s-app", "service", "name", "component")
_RELEASES = ("app.kubernetes.io/version", "app_kubernetes_io/version", "version")
_ENVIRONMENTS = ("environment", "env")
_OF_CONTROLLERS = frozenset({"pod-template-hash", "controller-revision-hash", "pod-template-generation"})
_MAX_LABELS = 30
_REPLICA = re.compile(r"-[a-z0-9]{1,10}-[a-z0-9]{5}$|-\d{1,4}$")
_LONGEST_NAME = 253
_LEFT_OUT = frozenset(
    {"kubernetes", "log", "message", "stream", "logtag", "_p", "docker", "time", "@timestamp", "date"}
)


def told(metadata: Any) -> Draft:
    """What a record's `kubernetes` object says of where it comes from."""
    metadata = obj(metadata)
    labels = _labels(metadata)
    pod = text_at(metadata, "pod", "name") or text_at(metadata, "pod_name")
    container = text_at(metadata, "container", "name") or text_at(metadata, "container_name")
    namespace = first_text(metadata, "namespace_name", "namespace", "pod_namespace") or text_at(
        metadata, "namespace", "name"
    )
    tags = {"namespace": namespace, "pod": pod, "container": container, **labels}
    context = {
        "service": first_text(labels, *_SERVICES) or _owner(metadata) or container or (pod and workload(pod)),
        "environment": first_text(labels, *_ENVIRONMENTS),
        "release": first_text(labels, *_RELEASES),
        "hostname": first_text(metadata, "host", "pod_node_name") or text_at(metadata, "node", "name"),
        "instance_id": pod,
        "tags": {name: value for name, value in tags.items() if value},
    }
    return {field: value for field, value in context.items() if value}


def workload(pod: str) -> str:
    """What a pod's name says of the deployment or the like that it is one of."""
    return _REPLICA.sub("", pod[:_LONGEST_NAME])


def _labels(metadata: Record) -> dict[str, str]:
    """The pod's labels; without what its controllers count with."""
    given = obj(metadata.get("labels") or metadata.get("pod_labels"))
    labels = [(name, value) for name, value in given.items() if isinstance(value, str) and name not in _OF_CONTROLLERS]
    return dict(labels[:_MAX_LABELS])


def _owner(metadata: Record) -> str | None:
    """The deployment or the like: an object of its own, or `ReplicaSet/shop-7d4b9c6f5d`."""
    for kind in ("deployment", "statefulset", "daemonset", "cronjob"):
        if name := text_at(metadata, kind, "name"):
            return name
    owner = text_at(metadata, "pod_owner")
    if owner is None:
        return None
    kind, _, name = owner.partition("/")
    return name.rpartition("-")[0] or name if kind in ("ReplicaSet", "Job") else name


def _open(record: Record) -> list[Opened]:
    context = told(record["kubernetes"])
    line = record.get("log")
    if not isinstance(line, str) and ("stream" in record or "logtag" in record):
        line = record.get("message")
    if not isinstance(line, str):  # the shipper has read the line already
        inner = record.get("log_processed")
        rest = {name: value for name, value in record.items() if name not in ("kubernetes", "log_processed", "docker")}
        return [Opened(inner if isinstance(inner, dict) else rest, context)]
    return [Opened(line, {**context, **_around(record, line)})]


def _around(record: Record, line: str) -> Draft:
    context = quiet(line, record.get("stream"))
    if moment := first_text(record, "time", "@timestamp"):
        context["timestamp"] = moment
    if not line.lstrip().startswith("{"):  # else the rest may well be what the shipper read in the line
        rest = {name: value for name, value in record.items() if name not in _LEFT_OUT}
        if rest:
            context["extra"] = rest
    return context


def _detect(record: Record) -> bool:
    metadata = record.get("kubernetes")
    return isinstance(metadata, dict) and (
        "pod_name" in metadata or "namespace_name" in metadata or at(metadata, "pod", "name") is not None
    )


ENVELOPES = (Envelope(frozenset({"kubernetes"}), _detect, _open),)
