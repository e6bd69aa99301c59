"""The report: docs/benchmarks.md from the figures, goals beside them, misses named."""

from typing import Any

from benchmarks.goals import goals
from benchmarks.new_groups import MOST, PER
from benchmarks.texts import number, table

__all__ = ["render"]

Results = dict[str, Any]

INTRO = """# Benchmarks

Written by `make bench` (`python -m benchmarks`), never by hand; the figures as data are in `reports/bench.json`.
Everything runs on one machine: the embedded Kafka, PostgreSQL (fsync on) and Valkey, the producers, and the workers,
which share its cores. Compare ratios rather than absolute figures.

A part of it: `python -m benchmarks --only stages`; a quick try that says little: `--quick`; every event its own group:
`--groups 0`. What the events look like is in `benchmarks/events.py`: 4 KB of JSON with 15 frames, our own schema and a
Sentry body in turn, each with ids, message parameters, variables, user and trace of its own.
"""


def render(results: Results) -> str:
    """The page."""
    parts = [INTRO, *_left_out(results), _machine(results)]
    for name, write in _SECTIONS.items():
        if name in results:
            parts.append(write(results))
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _left_out(results: Results) -> list[str]:
    names = [name for name in _SECTIONS if name not in results]
    return [f"Left out of this run: {', '.join(names)}."] if names else []


def _machine(results: Results) -> str:
    rows = [(what, value) for what, value in results["machine"].items()]
    rows.append(("measured", results["at"]))
    busy = results["load_before"]
    rows.append(("load average before", f"{busy:.2f}" + (": the machine was not idle" if busy > 0.5 else "")))
    return table(("machine", ""), rows)


def _end_to_end(results: Results) -> str:
    groups = results["plan"]["groups"]
    rows = []
    for kind in ("distinct", "storm"):
        for count in (1, 2):
            if kind not in results:
                continue
            figure = results[kind][f"workers_{count}"]
            spread = f"{figure['groups']:,} group" + "s" * (figure["groups"] != 1)
            servers = figure["server_micros"]
            rows.append(
                (
                    f"{kind} ({spread})",
                    str(count),
                    number(figure["per_second"]),
                    number(figure["cpu_micros"]),
                    f"{servers['postgres']:.0f} + {servers['kafka']:.0f}",
                    " / ".join(f"{share:.0%}" for share in figure["shares"]),
                    "yes" if figure["stored"] == figure["events"] else f"{figure['stored']} of {figure['events']}",
                )
            )
    if "limit" in results:
        limit = results["limit"]
        rows.append(("the limit", "", number(limit["per_second"]), number(limit["cpu_micros"]), "", "", "yes"))
    columns = ("events", "workers", "stored/s", "CPU µs an event", "of PostgreSQL + Kafka", "shares", "all stored")
    note = (
        f"Distinct events are spread over {groups:,} groups" if groups else "Every distinct event is a group of its own"
    )
    return (
        "## End to end\n\nThe topic is full before the workers start; the clock runs from a sixth of the events stored"
        f" to the last one. {note}. CPU is that of the workers, all agents included. The limit is one bare process that"
        " reads the same records and copies rows of the same size into the same table, without decoding them.\n\n"
        + table(columns, rows)
    )


def _rivals(results: Results) -> str:
    sizes = {"small": "500 bytes", "distinct": "4 KB"}
    names = list(results["rivals"]["small"])
    rows = []
    for name in names:
        paces = [results["rivals"][kind][name] for kind in sizes]
        rows.append(
            (name, *(text for pace in paces for text in (number(pace["per_second"]), f"{pace['cpu_micros']:.1f}")))
        )
    columns = ["consumer", *(text for size in sizes.values() for text in (f"records/s, {size}", "CPU µs a record"))]
    return (
        "## Beside others\n\nOne process reads the topic from its start and decodes each record with orjson; nothing is"
        " stored. Our batch transport is what the job's agents sit on.\n\n" + table(columns, rows)
    )


def _stages(results: Results) -> str:
    rows = [
        (
            stage["name"],
            f"{stage['own_schema']:.1f}",
            f"{stage['sentry']:.1f}",
            f"≤ {stage['goal']:.0f}" if stage["goal"] else "",
        )
        for stage in results["stages"]
    ]
    return "## CPU by stage\n\nMicroseconds an event, in one process, without any server.\n\n" + table(
        ("stage", "own schema", "Sentry body", "goal"), rows
    )


def _formats(results: Results) -> str:
    rows = [
        (
            cost["name"],
            str(cost["records"]),
            number(cost["size"]),
            *(f"{cost[name]:.0f}" for name in ("normalize", "mask", "group", "whole")),
        )
        for cost in results["formats"]
    ]
    columns = ("format", "records", "bytes", "normalize", "mask", "group", "from bytes to an occurrence")
    return (
        "## CPU by format\n\nMicroseconds an event, of what real loggers and SDKs wrote (tests/fixtures/records/);"
        " bytes are a record's on average. The last column is the whole of it, with filters, ids and the payload.\n\n"
        + table(columns, rows)
    )


def _latency(results: Results) -> str:
    rows = [
        (
            f"{figure['rate']:,.0f} events/s, {float(share):.0%} of what one worker stores",
            *(f"{figure[name] * 1000:,.0f} ms" for name in ("p50", "p99", "longest")),
            f"{figure['arrived']} of {figure['markers']}",
        )
        for share, figure in results["latency"].items()
    ]
    return (
        "## Produce → Slack\n\nFrom the send of the first event of a new group to the arrival of its message at the"
        " local desk, under a steady load. One worker, one notifier; the producer and the desk share the cores.\n\n"
        + table(("load", "p50", "p99", "longest", "arrived"), rows)
    )


def _gateway(results: Results) -> str:
    figures = results["gateway"]
    names = {
        "bare": "a bare app that reads the body",
        "gateway": "the gateway",
        "half": "the gateway at half of that",
        "bare_half": "the bare app at that rate",
    }
    rows = [
        (
            words,
            number(pace["per_second"]),
            f"{pace['cpu_micros']:.0f}",
            f"{pace['p50'] * 1000:.1f} ms",
            f"{pace['p99'] * 1000:.1f} ms",
        )
        for name, words in names.items()
        for pace in [figures[name]]
    ]
    return (
        "## The gateway\n\nSentry envelopes of 4 KB over 256 connections to one process on one core; the gateway"
        " answers once Kafka has them. The bare app runs on the same server and does nothing else.\n\n"
        + table(("", "requests/s", "CPU µs a request", "p50", "p99"), rows)
        + f"\n{figures['connections']:,} idle connections cost {figures['idle_bytes'] / 1e6:,.0f} MB. What was kept"
        f" while Kafka was away is sent at {figures['spool_per_second'] / 1e6:,.0f} MB/s: a full spool (1 GiB) in"
        f" {2**30 / figures['spool_per_second']:,.0f} s.\n"
    )


def _incidents(results: Results) -> str:
    figure = results["incidents"]
    rows = [
        (
            one["kind"],
            str(one["together"]),
            str(one["bundle"] or 1),
            f"{one['worker']:.2f}",
            f"{one['postgres']:.2f}",
            f"{one['worker'] + one['postgres']:.2f}",
        )
        for one in figure["signals"]
    ]
    columns = ("alert", "in one transaction", "incidents told together", "worker", "PostgreSQL", "both")
    return (
        f"## With {figure['open']:,} open incidents\n\nTwo hundred routes and two hundred silences. Milliseconds of CPU"
        " an alert, from the alert to its jobs, by what it does to its incident.\n\n"
        + table(columns, rows)
        + f"\nA person's action: stored after {figure['act']:.0f} ms (the slowest: {figure['act_worst']:.0f} ms),"
        f" and what it tells decided after {figure['told']:.0f} ms.\n"
    )


def _new_groups(results: Results) -> str:
    rows = [
        (
            "of a service in one message" if one["together"] else "each by itself",
            f"{one['sent']:,}",
            *(f"{one[name]:.0f} s" for name in ("stored_seconds", "applied_seconds", "told_seconds")),
            str(one["messages"]),
            f"{one['worker_micros'] / 1000:.2f} + {one['postgres_micros'] / 1000:.2f} ms",
            "yes" if one["groups"] == one["incidents"] == one["counted"] == one["sent"] else "**no**",
        )
        for one in results["new_groups"]
    ]
    columns = ("told", "groups", "stored", "incidents opened", "all told", "messages", "CPU a group", "none lost")
    return (
        "## A storm of new groups\n\nEvery error is the first of its group, and all of them come at once: through two"
        f" workers, the notifier and Slack's rules. A route tells of {MOST} new incidents in {PER} s, and how many more"
        " there were. Seconds count from the first record; CPU is that of the workers, their start included, and of"
        " PostgreSQL.\n\n" + table(columns, rows)
    )


def _memory(results: Results) -> str:
    figure = results["memory"]
    rows = [
        ("joined, nothing read", f"{figure['at_start'] / 1e6:,.0f} MB"),
        (f"with {figure['groups']:,} live groups", f"{figure['at_end'] / 1e6:,.0f} MB"),
        ("most in between", f"{figure['most'] / 1e6:,.0f} MB"),
    ]
    return "## Memory of a worker\n\nResident, one worker owning all partitions.\n\n" + table(("", ""), rows)


_SECTIONS = {
    "machine": goals,
    "distinct": _end_to_end,
    "rivals": _rivals,
    "stages": _stages,
    "formats": _formats,
    "latency": _latency,
    "gateway": _gateway,
    "incidents": _incidents,
    "new_groups": _new_groups,
    "memory": _memory,
}
