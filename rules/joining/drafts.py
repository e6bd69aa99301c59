"""Drafts of records that are single lines: which source wrote them, and one draft of several."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rules.bounding import Remarks, bound
from rules.joining.marks import LINKS, Mark, mark_of
from rules.normalizing.completing import complete, read_traces
from rules.normalizing.draft import Draft
from rules.stacktraces.colours import without_colours

__all__ = ["line_of", "put_together", "source_of"]

# Of programs' output as carriers bring it, and of loggers whose first line may introduce a trace. Loggers that write
# JSON keep a trace in their record.
_FORMATS = frozenset({
    "text", "syslog", "journald", "otlp", "google-cloud", "azure", "aws-lambda", "aws-cloudwatch", "python-text",
    "java-text", "dotnet-text", "go-text", "rust-text", "ruby-logger", "loguru", "klog", "monolog-text",
    "semantic-logger-text",
})  # fmt: skip
_LONGEST = 16_384  # characters of a line; container runtimes cut longer ones
_GO = re.compile(r"[^\s:]{1,500}\.go:\d{1,9}(?: \+0x|$)")
_MAX_PART = 200  # characters of a name
_POD = ("pod", "pod_name", "k8s.pod.name")
_DERIVED = ("exception", "stack_trace", "error_type", "source_file", "line_number", "language", "message")
_QUIET = frozenset({"debug", "info", "notice"})


def source_of(draft: Draft) -> str:
    """What wrote the record: a container, a pod's container, a host's file, unit or process; `""` where nothing says.

    Two records of one source are in the order in which the program wrote them, if its shipper keeps it.
    """
    tags, extra = _object(draft.get("tags")), _object(draft.get("extra"))
    resource = _object(extra.get("resource"))
    host, service, instance = draft.get("hostname"), draft.get("service"), draft.get("instance_id")
    file = extra.get("log_file") or extra.get("log.file.path")
    pod = next((tags[name] for name in _POD if tags.get(name)), None)
    container = tags.get("container_id") or resource.get("container.id")
    if container:
        return _named("container", container, file)
    if pod:
        space = tags.get("namespace") or tags.get("namespace_name") or tags.get("k8s.namespace.name")
        return _named("pod", space, pod, tags.get("container") or tags.get("container_name"), file)
    if file:
        return _named("file", host, file)
    process = extra.get("pid")
    if process or tags.get("unit"):
        return _named("process", host, tags.get("unit") or service, process, instance)  # dockerd writes for many
    if instance:
        return _named("instance", service, instance)
    return _named("host", host, service) if host else ""


def line_of(draft: Draft) -> str | None:
    """The one line that the record is; None where it has more, or is none of a program's output."""
    if draft.get("format") not in _FORMATS:
        return None
    line = draft.get("stack_trace") or draft.get("message")  # one line may read as a trace by itself
    if not isinstance(line, str) or len(line) > _LONGEST or "\n" in line:
        return None
    return without_colours(line) if "\x1b" in line else line


def put_together(drafts: Sequence[Draft]) -> Draft:
    """One draft of those whose lines are a trace: the first with the trace read, bounded and complete."""
    first = drafts[0]
    lines = [line for draft in drafts if (line := line_of(draft)) is not None]
    text = "\n".join(_laid_out(lines))
    made = {field: value for field, value in first.items() if field not in _DERIVED}
    made["message"] = text
    read_traces(made)
    if made.get("exception") and made.get("severity") in _QUIET and mark_of(lines[0]) > Mark.MENTION:
        del made["severity"]  # of a stream that is quiet by itself, not of the trace
    made["extra"] = {**_object(first.get("extra")), "joined_lines": len(lines)}
    made["remarks"] = Remarks(first.get("remarks") or ())
    bounded = bound(made, len(text))
    complete(bounded)
    return bounded


def _laid_out(lines: list[str]) -> Iterator[str]:
    """The lines with what carriers take from them: blank lines around links, indentation that tells what is what."""
    below_place = False
    for line in lines:
        if line.startswith(LINKS):
            yield f"\n{line}\n"
        elif line.startswith('File "'):
            yield f"  {line}"
        elif below_place and not line[:1].isspace() and mark_of(line) is not Mark.HEADER:
            yield f"    {line}"
        else:
            yield f"\t{line}" if _GO.match(line) else line
        below_place = line.lstrip().startswith('File "')


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _named(*parts: Any) -> str:
    return "/".join(str(part)[:_MAX_PART] if part else "" for part in parts)
