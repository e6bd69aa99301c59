"""What docs/formats.md says beside its tables, and which libraries wrote the records that prove them."""

__all__ = ["CARRIERS", "HEAD", "HINTS", "LANGUAGES", "TRACES", "WRITERS"]

HEAD = """\
# Formats

<!-- Made from rules/normalizing/, rules/stacktraces/ and tests/fixtures/ by `python -m seawall.docs`. -->

What a record is, Seawall finds out by itself, record by record, in any mix on one topic. The tables say by what it
knows: of a JSON object some key, of a text its beginning. That much makes a record a candidate; its format has
further marks that must be there. The first format in the order of the tables that a record fits is taken.

*Proof*: records that the named libraries have written, in those versions, when real errors were raised
(`tests/fixtures/`; `make fixtures` writes them anew). What becomes of each is kept beside it, and compared in whole.
Where no library is named, records were written by hand after the linked document.

A record that its logger says is no error is counted and passed over (`SEAWALL_MINIMUM_SEVERITY`). What cannot be read
goes to the dead letters.

## Formats of records
"""

HINTS = """
## Hints

Nothing needs to be set. Where you know better:

- `SEAWALL_ERRORS_FORMAT`, one of the names above, is taken at its word for every record of the errors topic. A hint is
  for objects, texts or bytes, as its format is; records of another kind are read as if there were none.
- The header `content-type` of a record: one of the content types above is taken at its word; with `text/plain`
  nothing is read as JSON.
- `seawall explain --format NAME FILE` tries a hint without changing anything.

## Envelopes

What carries records of other formats is taken off first, up to three around each other, and what it knows (host,
container, pod, time, service) goes to the event where the record says nothing itself. The form of an envelope becomes
the event's `format` where what lies within has none of its own.
"""

TRACES = """
## Stack traces in texts

In a text, and in any message or stack field of the formats above. Colours of terminals, escaped line ends and a
logger's head before the trace do no harm.
"""

# Format -> packages that wrote its records; a version is looked up in tests/fixtures/programs.
WRITERS: dict[str, tuple[str, ...]] = {
    "airbrake": ("pybrake", "@airbrake/node"),
    "apache": ("Apache httpd",),
    "api-error": ("fastapi", "djangorestframework", "Spring Boot 3.5.3", "fastify", "@hapi/boom"),
    "aws-lambda": ("@aws-lambda-powertools/logger",),
    "azure": ("applicationinsights",),
    "bugsnag": ("bugsnag", "@bugsnag/node"),
    "bunyan": ("bunyan",),
    "ecs": ("logback-ecs-encoder", "@elastic/ecs-pino-format", "@elastic/ecs-winston-format", "Spring Boot 3.5.3"),
    "gelf": ("logback-gelf", "log4j-layout-template-json", "graypy"),
    "go-text": ("go.uber.org/zap", "github.com/rs/zerolog", "github.com/sirupsen/logrus"),
    "google-cloud": ("@google-cloud/logging-winston", "log4j-layout-template-json"),
    "honeybadger": ("honeybadger", "@honeybadger-io/js"),
    "java-text": ("logback-classic", "log4j-core", "Spring Boot 3.5.3"),
    "klog": ("k8s.io/klog/v2",),
    "log4j2": ("log4j-core", "log4j-layout-template-json"),
    "logfmt": ("github.com/sirupsen/logrus", "Go's log/slog"),
    "lograge": ("lograge",),
    "logrus": ("github.com/sirupsen/logrus",),
    "logstash": ("logstash-logback-encoder", "log4j-layout-template-json", "Spring Boot 3.5.3"),
    "loguru": ("loguru",),
    "monolog": ("monolog",),
    "monolog-text": ("monolog",),
    "nginx": ("nginx",),
    "otlp": ("opentelemetry-sdk", "@opentelemetry/sdk-logs", "go.opentelemetry.io/otel"),
    "pino": ("pino",),
    "postgresql": ("PostgreSQL 18",),
    "postgresql-text": ("PostgreSQL 18",),
    "python-json-logger": ("python-json-logger",),
    "python-text": ("loguru", "celery", "Python's logging"),
    "rollbar": ("rollbar==", "rollbar@"),
    "ruby-logger": ("Ruby's Logger",),
    "rust-text": ("env_logger", "tracing-subscriber"),
    "semantic-logger": ("semantic_logger",),
    "semantic-logger-text": ("semantic_logger",),
    "otlp-protobuf": ("opentelemetry-sdk", "go.opentelemetry.io/otel"),
    "sentry-envelope": ("sentry-sdk", "@sentry/node", "github.com/getsentry/sentry-go", "sentry-logback", "sentry"),
    "sentry": ("sentry-sdk", "@sentry/node", "github.com/getsentry/sentry-go", "sentry-logback", "sentry"),
    "slog": ("Go's log/slog",),
    "structlog": ("structlog",),
    "text": ("the runtimes below",),
    "tracing": ("tracing-subscriber",),
    "winston": ("winston",),
    "zap": ("go.uber.org/zap",),
    "zerolog": ("github.com/rs/zerolog",),
}

# Module of rules/normalizing/envelopes -> the forms that it gives, and where its records lie.
CARRIERS: dict[str, tuple[str, str]] = {
    "cloudevents": ("`cloudevents`", "cloudevents/*"),
    "connect": ("`debezium`", "debezium/*"),
    "headers": ("`kafka-connect`, `spring-kafka`", "kafka-connect/*"),
    "aws": ("`aws-cloudwatch`", "aws-lambda/cloudwatch*"),
    "google_cloud": ("`google-cloud`", "google-cloud/entry-*"),
    "azure": ("`azure`", "azure/*"),
    "journald": ("`journald`", "journald/*"),
    "syslog_lines": ("`syslog`", "syslog/*"),
    "syslog": ("`syslog-json`", "syslog-json/*"),
    "shippers": ("", "carried/[fv]*"),
    "kubernetes": ("", "carried/*kubernetes*"),
    "containers": ("", "carried/docker*"),
    "loki": ("", "carried/loki*"),
}

# Modules of rules/stacktraces -> how the records begin whose traces they read.
LANGUAGES: dict[str, tuple[str, ...]] = {
    "python python_fault python_rich": ("python", "traced"),
    "java": ("java",),
    "javascript": ("node",),
    "go go_errors go_recovery": ("go",),
    "rust": ("rust",),
    "dotnet": (),
    "ruby": ("ruby",),
    "php": ("php",),
    "native sanitizers": ("cpp",),
    "elixir": ("elixir",),
    "erlang": ("erlang",),
}
