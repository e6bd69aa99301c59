"""What carriers wrap around records: the record within is read, and what only the wrapper says is added."""

import base64
import gzip
import json

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, NotAnError, Unreadable, normalize

AT = 1735787045.0
TIME = "2025-01-02T03:04:05Z"
TRACE = (
    'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 3, in pay\n    charge()\nshop.PayError: no money'
)
JSON_LINE = json.dumps({"level": "error", "msg": "order not stored", "order": 17, "time": 1735787000000})
FLUENT = {
    "pod_name": "shop-7d4b9c6f5d-x2x7k",
    "namespace_name": "eu",
    "host": "node-1",
    "container_name": "web",
    "labels": {"app": "shop", "pod-template-hash": "7d4b9c6f5d", "env": "staging"},
}
BEAT = {
    "namespace": "eu",
    "pod": {"name": "shop-1"},
    "node": {"name": "node-1"},
    "container": {"name": "web"},
    "labels": {"app_kubernetes_io/name": "shop", "app_kubernetes_io/version": "1.4"},
}
IN_POD = {"service": "shop", "hostname": "node-1", "environment": "staging"}


def read_all(record: object, **headers: str) -> list[Draft]:
    value = record.encode() if isinstance(record, str) else json.dumps(record).encode()
    drafts = normalize(value, {name: text.encode() for name, text in headers.items()})
    for draft in drafts:
        ErrorEvent.model_validate(draft)
    return drafts


def read(record: object, **headers: str) -> Draft:
    [draft] = read_all(record, **headers)
    return draft


def subset(expected: dict[str, object], draft: Draft) -> dict[str, object]:
    return {field: draft.get(field) for field in expected}


def cloudwatch(*lines: str, group: str = "/aws/lambda/shop") -> dict[str, object]:
    events = [{"id": f"e-{index}", "timestamp": int(AT * 1000), "message": line} for index, line in enumerate(lines)]
    return {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": group, "logStream": "s", "logEvents": events}


# How each carrier wraps a line, and what it adds.
CARRIERS = {
    "docker json-file": (
        lambda line: {"log": line + "\n", "stream": "stderr", "time": TIME, "attrs": {"com.docker.compose.service": "shop"}},
        {"service": "shop"},
    ),
    "docker fluentd driver": (
        lambda line: {"container_id": "f" * 64, "container_name": "/shop", "source": "stderr", "log": line, "time": TIME},
        {"service": "shop", "instance_id": "f" * 12, "tags": {"container": "shop"}},
    ),
    "fluent bit": (
        lambda line: {"log": line, "stream": "stderr", "time": TIME, "kubernetes": FLUENT},
        IN_POD | {"instance_id": "shop-7d4b9c6f5d-x2x7k", "tags": {"app": "shop", "env": "staging", "namespace": "eu", "pod": "shop-7d4b9c6f5d-x2x7k", "container": "web"}},
    ),
    "fluent bit, a file by http": (lambda line: {"date": AT, "log": line}, {}),
    "fluent bit, a file to kafka": (
        lambda line: {"@timestamp": AT, "log": line, "filename": "/var/log/shop.log"},
        {},
    ),
    "vector, a file": (
        lambda line: {"file": "/var/log/shop.log", "host": "web-1", "message": line, "source_type": "file", "timestamp": TIME},
        {"hostname": "web-1"},
    ),
    "fluentd, cri": (
        lambda line: {"message": line, "logtag": "F", "stream": "stderr", "time": TIME, "kubernetes": FLUENT},
        IN_POD,
    ),
    "filebeat": (
        lambda line: {"@timestamp": TIME, "@metadata": {"beat": "filebeat"}, "message": line, "agent": {"type": "filebeat"}, "log": {"file": {"path": "/var/log/shop.log"}, "offset": 7}, "host": {"name": "web-1"}, "fields": {"service": "shop"}, "input": {"type": "log"}, "ecs": {"version": "8.0.0"}},
        {"service": "shop", "hostname": "web-1", "tags": {"service": "shop"}},
    ),
    "filebeat in kubernetes": (
        lambda line: {"@timestamp": TIME, "message": line, "agent": {"type": "filebeat"}, "stream": "stderr", "kubernetes": BEAT},
        {"service": "shop", "hostname": "node-1", "release": "1.4", "instance_id": "shop-1"},
    ),
    "vector, kubernetes": (
        lambda line: {"message": line, "source_type": "kubernetes_logs", "timestamp": TIME, "stream": "stderr", "kubernetes": {"pod_name": "shop-7d4b9c6f5d-x2x7k", "pod_namespace": "eu", "pod_node_name": "node-1", "pod_owner": "ReplicaSet/shop-7d4b9c6f5d", "container_name": "web"}},
        {"service": "shop", "hostname": "node-1"},
    ),
    "vector, docker": (
        lambda line: {"message": line, "source_type": "docker_logs", "timestamp": TIME, "host": "web-1", "stream": "stderr", "container_name": "shop", "label": {"tier": "front"}},
        {"service": "shop", "hostname": "web-1", "tags": {"tier": "front"}},
    ),
    "vector, syslog": (
        lambda line: {"message": line, "source_type": "syslog", "timestamp": TIME, "host": "h", "hostname": "web-1", "appname": "shop", "severity": "err", "facility": "user", "procid": 17},
        {"service": "shop", "hostname": "web-1"},
    ),
    "docker gelf driver": (
        lambda line: {"version": "1.1", "host": "web-1", "short_message": line, "timestamp": AT, "level": 3, "_container_id": "f" * 64, "_container_name": "shop", "_image_name": "shop:1.4.2"},
        {"service": "shop", "hostname": "web-1", "instance_id": "f" * 12},
    ),
    "loki": (
        lambda line: {"streams": [{"stream": {"app": "shop", "pod": "shop-1"}, "values": [[str(int(AT) * 10**9), line]]}]},
        {"service": "shop", "instance_id": "shop-1", "tags": {"app": "shop", "pod": "shop-1"}},
    ),
    "logcli": (
        lambda line: {"labels": {"service_name": "shop"}, "line": line, "timestamp": TIME},
        {"service": "shop"},
    ),
    "promtail, packed": (
        lambda line: {"_entry": line, "app": "shop"},
        {"service": "shop"},
    ),
    "rsyslog": (
        lambda line: {"msg": " " + line, "rawmsg": "<11>…", "timereported": TIME, "hostname": "web-1", "syslogtag": "shop[17]:", "programname": "shop", "pri": "11", "syslogseverity": "3", "syslogfacility": "1"},
        {"service": "shop", "hostname": "web-1"},
    ),
    "syslog-ng": (
        lambda line: {"PROGRAM": "shop", "PRIORITY": "err", "PID": "17", "MESSAGE": line, "HOST": "web-1", "DATE": TIME},
        {"service": "shop", "hostname": "web-1"},
    ),
    "journald": (
        lambda line: {"MESSAGE": line, "PRIORITY": "3", "_SYSTEMD_UNIT": "shop.service", "_HOSTNAME": "web-1", "__REALTIME_TIMESTAMP": str(int(AT) * 10**6), "_PID": "17"},
        {"service": "shop", "hostname": "web-1", "tags": {"unit": "shop.service"}},
    ),
    "cloudevents": (
        lambda line: {"specversion": "1.0", "id": "e-1", "source": "/shop", "type": "com.acme.order.failed", "time": TIME, "data": line},
        {"service": "shop", "event_id": "e-1", "tags": {"event_type": "com.acme.order.failed"}},
    ),
    "cloudevents, base64": (
        lambda line: {"specversion": "1.0", "id": "e-1", "source": "/shop", "type": "t", "time": TIME, "data_base64": base64.b64encode(line.encode()).decode()},
        {"service": "shop", "event_id": "e-1"},
    ),
    "cloudwatch": (cloudwatch, {"service": "shop", "event_id": "e-0"}),
    "cloudwatch, packed": (
        lambda line: {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(cloudwatch(line)).encode())).decode()}},
        {"service": "shop", "event_id": "e-0"},
    ),
    "google cloud": (
        lambda line: {"insertId": "i-1", "logName": "projects/p/logs/stderr", "resource": {"type": "k8s_container", "labels": {"container_name": "shop", "pod_name": "shop-1"}}, "severity": "ERROR", "textPayload": line, "timestamp": TIME, "trace": "projects/p/traces/4bf9"},
        {"service": "shop", "event_id": f"i-1/{TIME}", "trace_id": "4bf9", "instance_id": "shop-1", "logger": "stderr"},
    ),
    "pub/sub": (
        lambda line: {"message": {"data": base64.b64encode(line.encode()).decode(), "messageId": "m-1", "attributes": {"a": "b"}}, "subscription": "projects/p/subscriptions/s"},
        {"event_id": "m-1", "tags": {"a": "b"}},
    ),
    "azure app service": (
        lambda line: {"records": [{"time": TIME, "resourceId": "/SUBSCRIPTIONS/1/SITES/SHOP", "category": "AppServiceConsoleLogs", "level": "Error", "resultDescription": line}]},
        {"service": "shop"},
    ),
    "logstash": (
        lambda line: {"@version": "1", "@timestamp": TIME, "message": line if line.startswith("{") else json.dumps({"message": line}), "host": {"name": "web-1"}},
        {"hostname": "web-1"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("carrier", CARRIERS)
def test_json_within_is_read_as_if_it_came_alone(carrier: str) -> None:
    wrap, added = CARRIERS[carrier]
    draft = read(wrap(JSON_LINE))
    alone = {"message": "order not stored", "severity": "error", "timestamp": 1735787000.0}
    assert subset(alone | added, draft) == alone | added
    assert draft["extra"]["order"] == 17
    assert draft["remarks"] == []


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_trace_within_is_read(carrier: str) -> None:
    wrap, added = CARRIERS[carrier]
    draft = read(wrap("ERROR order not stored\n" + TRACE))
    assert draft["error_type"] == "PayError"
    assert "order not stored" in draft["message"]
    assert draft.get("severity", "error") == "error"
    assert subset(added, draft) == added


@pytest.mark.parametrize("carrier", set(CARRIERS) - {"promtail, packed", "pub/sub"})
def test_the_carriers_time_counts_where_the_line_has_none(carrier: str) -> None:
    wrap, _ = CARRIERS[carrier]
    assert read(wrap("order not stored"))["timestamp"] == AT


def test_what_the_line_says_counts() -> None:
    line = json.dumps({"service": "basket", "hostname": "h", "level": "warn", "msg": "m", "tags": {"app": "other"}})
    draft = read({"log": line, "stream": "stderr", "time": TIME, "kubernetes": FLUENT})
    expected = {"service": "basket", "hostname": "h", "severity": "warning", "environment": "staging"}
    assert subset(expected, draft) == expected
    assert draft["tags"]["app"] == "other"
    assert draft["tags"]["namespace"] == "eu"


@pytest.mark.parametrize(
    ("line", "stream", "expected"),
    [
        ("GET /orders 200", "stdout", "info"),
        ("GET /orders 200", "stderr", None),
        ("WARN low stock", "stdout", "warning"),
        (TRACE, "stdout", None),
        ('{"msg": "no level"}', "stdout", None),
    ],
)
def test_a_line_without_a_level_on_standard_output_is_no_error(line: str, stream: str, expected: str | None) -> None:
    assert read({"log": line, "stream": stream, "time": TIME}).get("severity") == expected


def test_lines_of_the_container_runtime_lose_their_heads() -> None:
    draft = read(f"2025-01-02T03:04:05.5Z stderr F {JSON_LINE}")
    assert (draft["message"], draft["timestamp"]) == ("order not stored", 1735787000.0)
    head = "2025-01-02T03:04:05.5Z stderr"
    lines = [f"{head} F {line}" for line in TRACE.split("\n")]
    lines[1] = f'{head} P   File "/srv/shop/a.py",\n{head} F  line 3, in pay'
    draft = read("\n".join(lines))
    assert (draft["error_type"], draft["timestamp"]) == ("PayError", AT + 0.5)
    assert draft["exception"][0]["frames"][0]["line"] == 3


def test_a_record_that_the_shipper_has_read_keeps_its_format() -> None:
    draft = read({"log_processed": json.loads(JSON_LINE), "log": None, "kubernetes": FLUENT})
    assert (draft["message"], draft["service"]) == ("order not stored", "shop")
    draft = read({**json.loads(JSON_LINE), "kubernetes": FLUENT})
    assert (draft["message"], draft["service"]) == ("order not stored", "shop")


def test_envelopes_lie_within_each_other_up_to_a_depth() -> None:
    record: object = {"message": "m", "level": "error"}
    for _ in range(3):
        record = {"specversion": "1.0", "id": "i", "source": "/s", "type": "t", "data": record}
    assert read(record)["message"] == "m"
    for _ in range(200):
        record = {"specversion": "1.0", "id": "i", "source": "/s", "type": "t", "data": record}
    draft = read(record)
    assert (draft["error_type"], draft.get("message")) == ("t", None)


def test_each_log_event_of_a_subscription_is_an_error_with_its_own_id() -> None:
    lines = [
        "START RequestId: 1",
        JSON_LINE,
        "2025-01-02T03:04:06Z\tr-1\tERROR\torder not stored",
        "REPORT RequestId: 1",
    ]
    first, second = read_all(cloudwatch(*lines))
    assert (first["event_id"], second["event_id"]) == ("e-1", "e-2")
    expected = {"message": "order not stored", "severity": "error", "correlation_id": "r-1", "timestamp": AT + 1}
    assert subset(expected, second) == expected


@pytest.mark.parametrize(
    "record",
    [
        cloudwatch("START RequestId: 1", "END RequestId: 1"),
        {**cloudwatch(), "messageType": "CONTROL_MESSAGE"},
        {"streams": []},
        {"log": "\n", "stream": "stderr", "time": TIME},
    ],
    ids=["runtime", "control", "no streams", "empty line"],
)
def test_what_holds_no_error_is_passed_over(record: object) -> None:
    with pytest.raises(NotAnError):
        read_all(record)


@pytest.mark.parametrize(
    "record",
    [
        {"awslogs": {"data": "not base64"}},
        {"awslogs": {"data": base64.b64encode(b"no gzip").decode()}},
        {"specversion": "1.0", "source": "/s", "type": "t", "data": 7},
    ],
    ids=["base64", "gzip", "number"],
)
def test_what_cannot_be_opened_is_refused(record: object) -> None:
    with pytest.raises(Unreadable):
        read_all(record)


def test_what_is_packed_is_unpacked_within_bounds() -> None:
    packed = base64.b64encode(gzip.compress(b" " * 50_000_000 + json.dumps(cloudwatch("m")).encode())).decode()
    with pytest.raises((Unreadable, NotAnError)):
        read_all({"awslogs": {"data": packed}})


def test_an_event_without_a_message_is_called_by_its_type() -> None:
    draft = read(
        {"specversion": "1.0", "id": "i", "source": "/shop", "type": "com.acme.order.failed", "data": {"order": 17}}
    )
    assert (draft["error_type"], draft["format"]) == ("com.acme.order.failed", "cloudevents")
    assert draft["extra"] == {"order": 17}


def test_cloudevents_may_lie_in_the_headers() -> None:
    headers = {"ce_specversion": "1.0", "ce_id": "e-1", "ce_source": "/shop", "ce_type": "t", "ce_time": TIME}
    draft = read(JSON_LINE, **headers, ce_traceparent="00-4bf92f-00f067-01")
    expected = {
        "message": "order not stored",
        "event_id": "e-1",
        "service": "shop",
        "trace_id": "4bf92f",
        "span_id": "00f067",
    }
    assert subset(expected, draft) == expected


CONNECT = {
    "__connect.errors.topic": "orders",
    "__connect.errors.partition": "3",
    "__connect.errors.offset": "4711",
    "__connect.errors.connector.name": "orders-to-search",
    "__connect.errors.task.id": "0",
    "__connect.errors.stage": "VALUE_CONVERTER",
    "__connect.errors.class.name": "org.apache.kafka.connect.json.JsonConverter",
    "__connect.errors.exception.class.name": "org.apache.kafka.connect.errors.DataException",
    "__connect.errors.exception.message": "cannot be read",
    "__connect.errors.exception.stacktrace": "org.apache.kafka.connect.errors.DataException: cannot be read\n\tat org.apache.kafka.connect.json.JsonConverter.toConnectData(JsonConverter.java:333)\n",
}


@pytest.mark.parametrize("value", ['{"order": 17}', "no JSON", "{", "17"])
def test_a_dead_letter_of_kafka_connect_tells_the_connectors_failure(value: str) -> None:
    draft = read(value, **CONNECT)
    expected = {
        "format": "kafka-connect",
        "service": "orders-to-search",
        "error_type": "DataException",
        "message": "cannot be read",
        "tags": {
            "connect.topic": "orders",
            "connect.partition": "3",
            "connect.stage": "VALUE_CONVERTER",
            "connect.task.id": "0",
        },
    }
    assert subset(expected, draft) == expected
    assert draft["exception"][0]["frames"][0]["function"] == "toConnectData"
    assert draft["extra"]["record"] in ({"order": 17}, "no JSON", "{", 17)


def test_a_dead_letter_may_have_no_value() -> None:
    headers = {name: text.encode() for name, text in CONNECT.items()}
    [draft] = normalize(None, headers)
    assert draft["error_type"] == "DataException"


def test_springs_dead_letters_are_known() -> None:
    headers = {
        "kafka_dlt-exception-fqcn": b"org.springframework.kafka.listener.ListenerExecutionFailedException",
        "kafka_dlt-exception-message": b"Listener failed",
        "kafka_dlt-original-topic": b"orders",
        "kafka_dlt-original-partition": (3).to_bytes(4, "big"),
        "kafka_dlt-original-offset": (4711).to_bytes(8, "big"),
        "kafka_dlt-original-consumer-group": b"shop",
    }
    [draft] = normalize(b'{"order": 17}', headers)
    expected = {
        "service": "shop",
        "message": "Listener failed",
        "tags": {"kafka.topic": "orders", "kafka.partition": "3"},
    }
    assert subset(expected, draft) == expected
    assert draft["extra"] == {"kafka.offset": "4711", "record": {"order": 17}}
