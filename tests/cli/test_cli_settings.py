"""Settings: where they come from, what is refused and how, and that secrets stay secret."""

import json
import os
import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from seawall.docs.__main__ import main as write_docs
from seawall.embedded.running import process_start
from seawall.errors import NothingRunsError, SettingsError
from seawall.settings import Settings, load_settings, problems_of

SECRET = "hunter22-and-more"


def problems(**values: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Settings(**values)
    return problems_of(caught.value)


def run_file(data: Path, **endpoints: str) -> None:
    data.mkdir(parents=True, exist_ok=True)
    run = {"pid": os.getpid(), "started": process_start(os.getpid()), "endpoints": endpoints, "children": []}
    (data / "run.json").write_text(json.dumps(run))


def test_the_strongest_source_wins(tmp_path, monkeypatch):
    run_file(tmp_path / ".seawall", KAFKA_BOOTSTRAP_SERVERS="running:1", DATABASE_URL="postgresql://running/d")
    assert Settings().kafka() == "running:1"
    (tmp_path / ".env").write_text("SEAWALL_KAFKA_BOOTSTRAP_SERVERS=dotenv:2\n")
    assert Settings().kafka() == "dotenv:2"
    monkeypatch.setenv("SEAWALL_KAFKA_BOOTSTRAP_SERVERS", "environment:3")
    assert Settings().kafka() == "environment:3"
    assert Settings(kafka_bootstrap_servers="argument:4").kafka() == "argument:4"
    assert Settings().postgres() == "postgresql://running/d"  # a source fills in what stronger ones leave out


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("SEAWALL_PARTITIONS", "")
    assert Settings().partitions == 4


def test_the_running_stack_is_looked_for_in_the_data_folder(tmp_path, monkeypatch):
    run_file(tmp_path / "elsewhere", REDIS_URL="redis://running:1/0")
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path / "elsewhere"))
    assert Settings().redis() == "redis://running:1/0"


def test_a_dead_stack_is_none(tmp_path):
    run_file(tmp_path / ".seawall", DATABASE_URL="postgresql://gone/d")
    file = tmp_path / ".seawall" / "run.json"
    file.write_text(file.read_text().replace(f'"pid": {os.getpid()}', '"pid": 4194303'))
    with pytest.raises(NothingRunsError, match="no PostgreSQL: start `seawall up`"):
        Settings().postgres()


def test_secrets_are_never_shown():
    settings = Settings(
        database_url=f"postgresql://u:{SECRET}@h/d",
        redis_url=f"redis://:{SECRET}@h",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="u",
        kafka_sasl_password=SECRET,
        hash_key=SECRET,
    )
    for shown in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert SECRET not in shown
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    "name", [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
)
def test_an_error_about_a_secret_does_not_show_it(name):
    with pytest.raises(ValidationError) as caught:
        Settings(**{name: [SECRET]})
    assert SECRET not in " ".join(problems_of(caught.value)) + str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"partitions": 0}, ["SEAWALL_PARTITIONS='0'", "greater than or equal to 1"]),
        ({"metrics_port": 70_000}, ["SEAWALL_METRICS_PORT"]),
        ({"errors_topic": "with blank"}, ["SEAWALL_ERRORS_TOPIC", "only letters"]),
        ({"consumer_group": ".."}, ["SEAWALL_CONSUMER_GROUP"]),
        ({"kafka_bootstrap_servers": "kafka://h:9092"}, ["SEAWALL_KAFKA_BOOTSTRAP_SERVERS", "host:port"]),
        ({"kafka_bootstrap_servers": "h:99999"}, ["host:port"]),
        ({"kafka_bootstrap_servers": " , "}, ["names no server"]),
        ({"database_url": f"postgresql://u:{SECRET}@h:port/d"}, ["SEAWALL_DATABASE_URL", "percent-encoded"]),
        ({"redis_url": "localhost:6379"}, ["SEAWALL_REDIS_URL", "redis://"]),
        ({"slack_api_url": "slack.com/api"}, ["SEAWALL_SLACK_API_URL", "should begin with https://"]),
        ({"desk_url": "http://"}, ["SEAWALL_DESK_URL", "should begin with https://"]),
        ({"hooks_url": "https://h:port"}, ["SEAWALL_HOOKS_URL", "then name a host"]),
        ({"slack_webhook_url": SECRET}, ["SEAWALL_SLACK_WEBHOOK_URL", "should begin with https://"]),
        ({"dedupe_horizon": float("inf")}, ["SEAWALL_DEDUPE_HORIZON"]),
        ({"retention_days": 10**20}, ["SEAWALL_RETENTION_DAYS"]),
        ({"errors_partitions": 10**20}, ["SEAWALL_ERRORS_PARTITIONS"]),
        ({"standstill_channels": ["slak:#ops"]}, ["SEAWALL_STANDSTILL_CHANNELS", "did you mean `slack:#ops`"]),
        ({"log_level": "loud"}, ["SEAWALL_LOG_LEVEL='loud'", "'debug', 'info'"]),
    ],
)
def test_wrong_values_are_refused_with_their_variable(values, words):
    (line,) = problems(**values)
    for word in words:
        assert word in line
    assert SECRET not in line


SASL = {"kafka_sasl_username": "u", "kafka_sasl_password": SECRET}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (SASL, "logs nobody in: set SASL_SSL (or SASL_PLAINTEXT"),
        ({**SASL, "kafka_security_protocol": "SSL"}, "logs nobody in"),
        ({"kafka_security_protocol": "SASL_SSL", "kafka_sasl_password": SECRET}, "needs SEAWALL_KAFKA_SASL_USERNAME"),
        (
            {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_username": "u"},
            "needs SEAWALL_KAFKA_SASL_PASSWORD",
        ),
        ({"kafka_sasl_mechanism": "SCRAM-SHA-512"}, "SEAWALL_KAFKA_SASL_MECHANISM is set"),
        ({"kafka_ssl_ca": "ca.pem"}, "uses no TLS: set SSL"),
        ({**SASL, "kafka_security_protocol": "SASL_PLAINTEXT", "kafka_ssl_ca": "ca.pem"}, "uses no TLS: set SASL_SSL"),
        ({"kafka_security_protocol": "SSL", "kafka_ssl_cert": "c.pem"}, "without SEAWALL_KAFKA_SSL_KEY"),
        ({"kafka_security_protocol": "SSL", "kafka_ssl_key": "k.pem"}, "without SEAWALL_KAFKA_SSL_CERT"),
        ({"kafka_security_protocol": "SSL", "kafka_ssl_key_password": SECRET}, "_KEY_PASSWORD is set without"),
    ],
)
def test_contradictions_are_refused(values, words):
    lines = problems(**values)
    assert any(words in line for line in lines), lines
    assert SECRET not in " ".join(lines)


def test_load_settings_gives_a_line_a_problem(monkeypatch):
    monkeypatch.setenv("SEAWALL_PARTITIONS", "x")
    monkeypatch.setenv("SEAWALL_LATENESS", "-1")
    load_settings.cache_clear()
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("value", ["slack:#alerts", '["slack:#alerts"', '{"'])
def test_a_list_that_is_no_json_is_said_so(monkeypatch, value):
    monkeypatch.setenv("SEAWALL_STANDSTILL_CHANNELS", value)
    load_settings.cache_clear()
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.problems == ('SEAWALL_STANDSTILL_CHANNELS: is no JSON list; write such as ["one", "two"]',)


def test_every_setting_is_described():
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_the_generated_pages_are_current():
    assert write_docs(check=True) == []
