"""Every metric there is. docs/metrics.md is generated from this file."""

from prometheus_client import Counter, Gauge, Histogram

__all__ = [
    "BATCH_SECONDS",
    "CHECK_INS",
    "CONDITIONS_FAILED",
    "DEAD",
    "DELIVERIES",
    "DELIVERY_SECONDS",
    "DROPPED",
    "FORECASTS",
    "GAPS",
    "GATEWAY_BURIED",
    "GATEWAY_BYTES",
    "GATEWAY_IGNORED",
    "GATEWAY_LOST",
    "GATEWAY_RECORDS",
    "GATEWAY_REFUSED",
    "GATEWAY_SECONDS",
    "GATEWAY_SPOOLED",
    "HELD_BACK",
    "HOOKS",
    "LAG",
    "LOOKUPS_REFUSED",
    "MONITOR_FAILURES",
    "OCCURRENCES",
    "PROMETHEUS_QUERIES",
    "RECORDS",
    "REWINDS",
    "RULES_REFUSED",
    "STALE_BATCHES",
    "USER_LOOKUPS",
]

RECORDS = Counter("seawall_records", "Records taken from a topic, by agent", ["agent"])
OCCURRENCES = Counter("seawall_occurrences", "Occurrences stored")
DROPPED = Counter("seawall_dropped", "Records passed over on purpose, by reason", ["reason"])
DEAD = Counter("seawall_dead", "Records sent to the dead-letter topic, by reason", ["reason"])
BATCH_SECONDS = Histogram("seawall_batch_seconds", "Time from taking a batch to its effect, seconds", ["agent"])
LAG = Gauge("seawall_lag_records", "Records not yet read, by topic and partition", ["topic", "partition"])
REWINDS = Counter("seawall_rewinds", "Times a partition was read again from the agent's own position", ["topic"])
STALE_BATCHES = Counter("seawall_stale_batches", "Batches fetched before a rewind, left alone", ["topic"])
GAPS = Counter(
    "seawall_gaps", "Holes in a partition that a rewind did not fill: retention took records away", ["topic"]
)
CONDITIONS_FAILED = Counter(
    "seawall_conditions_failed", "Events that a threshold's condition could not be answered for, by rule", ["rule"]
)
PROMETHEUS_QUERIES = Counter(
    "seawall_prometheus_queries", "Questions to Prometheus for thresholds, by outcome", ["outcome"]
)
RULES_REFUSED = Counter("seawall_rules_refused", "Rule files refused; the last good one stayed")
FORECASTS = Gauge("seawall_forecasts", "Forecasts that this worker made when it did last")
CHECK_INS = Counter("seawall_check_ins", "Check-ins of monitored jobs, by status", ["status"])
MONITOR_FAILURES = Counter("seawall_monitor_failures", "Failures of monitored jobs that are errors, by type", ["type"])
HELD_BACK = Counter("seawall_held_back", "Changes of incidents that people were not told of, by reason", ["reason"])
LOOKUPS_REFUSED = Counter("seawall_lookups_refused", "Files for enrichment refused; what was last read of each stayed")
USER_LOOKUPS = Counter("seawall_user_lookups", "Requests that look users up, by outcome", ["outcome"])
DELIVERIES = Counter("seawall_deliveries", "Attempts to deliver, by channel kind and outcome", ["channel", "outcome"])
DELIVERY_SECONDS = Histogram("seawall_delivery_seconds", "Time of one attempt to deliver, seconds", ["channel"])
GATEWAY_RECORDS = Counter("seawall_gateway_records", "Records taken over HTTP, by protocol", ["protocol"])
GATEWAY_BYTES = Counter("seawall_gateway_bytes", "Bytes of their requests, decompressed, by protocol", ["protocol"])
GATEWAY_REFUSED = Counter("seawall_gateway_refused", "Requests refused, by protocol and reason", ["protocol", "reason"])
GATEWAY_IGNORED = Counter("seawall_gateway_ignored", "Items understood that are no errors, by kind", ["kind"])
GATEWAY_BURIED = Counter(
    "seawall_gateway_buried", "Records that the gateway could write to no topic and put aside, by reason", ["reason"]
)
HOOKS = Counter(
    "seawall_hooks", "What Slack and PagerDuty sent, by address and status of our answer", ["path", "status"]
)
GATEWAY_LOST = Counter(
    "seawall_gateway_lost", "Errors that SDKs say they lost or left out before they sent them, by reason", ["reason"]
)
GATEWAY_SECONDS = Histogram("seawall_gateway_seconds", "Time of a request, seconds, by protocol", ["protocol"])
GATEWAY_SPOOLED = Gauge("seawall_gateway_spooled_bytes", "Bytes on the gateway's disk that wait for Kafka")
