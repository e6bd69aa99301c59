"""docs/metrics.md, from telemetry/metrics.py."""

from telemetry import metrics

__all__ = ["metrics_page"]

HEAD = """\
# Metrics

<!-- Made from telemetry/metrics.py by `python -m seawall.docs`. -->

Each process serves `/metrics` (Prometheus text), `/healthz` and `/readyz` at `SEAWALL_METRICS_HOST` (127.0.0.1) and
`SEAWALL_METRICS_PORT` (0: off). `/healthz` answers 503 when the process is of no use any more and should be started
again, `/readyz` while it cannot do its work yet or waits for a server. Labels hold names of ours, never a producer's
text.

| metric | type | labels | what |
|---|---|---|---|
"""


def metrics_page() -> str:
    """The page's text."""
    rows = []
    for name in metrics.__all__:
        collector = getattr(metrics, name)
        (family,) = collector.describe()
        suffix = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in collector._labelnames)  # noqa: SLF001 -- no public way
        rows.append(f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |")
    return HEAD + "\n".join(rows) + "\n"
