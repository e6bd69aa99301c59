"""How settings become connections: TLS contexts that really shake hands, SASL as set, clear words otherwise."""

import asyncio
import ssl

import pytest
import trustme

from seawall.errors import KafkaAwayError, SettingsError
from seawall.kafka import admin, client_kwargs, security_kwargs
from seawall.settings import Settings


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority, tmp_path):
    """CA, client certificate and key, as PEM files."""
    certificate = authority.issue_cert("client@example.org")
    paths = {name: tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")}
    authority.cert_pem.write_to_path(paths["ca"])
    certificate.cert_chain_pems[0].write_to_path(paths["cert"])
    certificate.private_key_pem.write_to_path(paths["key"])
    return paths


async def shake_hands(
    authority: trustme.CA, context: ssl.SSLContext, name: str, *, ask_client: bool = False
) -> str | None:
    """Whom the server saw, or nobody; raises what the client's handshake raises."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(server_context)
    if ask_client:
        authority.configure_trust(server_context)
        server_context.verify_mode = ssl.CERT_REQUIRED
    seen: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        certificate = writer.get_extra_info("peercert")
        seen.set_result(str(certificate) if certificate else None)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        whom = await seen
        writer.close()
        return whom


def test_plaintext_is_the_default():
    assert security_kwargs(Settings()) == {"security_protocol": "PLAINTEXT"}


def test_the_brokers_are_a_list():
    assert client_kwargs(Settings(kafka_bootstrap_servers="a:1, b:2"))["bootstrap_servers"] == ["a:1", "b:2"]


async def test_tls_trusts_the_given_authority(authority, files):
    context = security_kwargs(Settings(kafka_security_protocol="SSL", kafka_ssl_ca=files["ca"]))["ssl_context"]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert await shake_hands(authority, context, "localhost") is None


async def test_tls_without_an_authority_trusts_the_systems_only(authority):
    context = security_kwargs(Settings(kafka_security_protocol="SSL"))["ssl_context"]
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(authority, context, "localhost")


async def test_the_hostname_is_checked_unless_told_not_to(authority, files):
    strict = Settings(kafka_security_protocol="SSL", kafka_ssl_ca=files["ca"])
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(authority, security_kwargs(strict)["ssl_context"], "other.example")
    lax = strict.model_copy(update={"kafka_ssl_check_hostname": False})
    assert await shake_hands(authority, security_kwargs(lax)["ssl_context"], "other.example") is None


async def test_mutual_tls_shows_our_certificate(authority, files):
    settings = Settings(
        kafka_security_protocol="SSL",
        kafka_ssl_ca=files["ca"],
        kafka_ssl_cert=files["cert"],
        kafka_ssl_key=files["key"],
    )
    whom = await shake_hands(authority, security_kwargs(settings)["ssl_context"], "localhost", ask_client=True)
    assert "client@example.org" in str(whom)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", None])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_sasl_is_as_set(protocol, mechanism):
    kwargs = security_kwargs(
        Settings(
            kafka_security_protocol=protocol,
            kafka_sasl_mechanism=mechanism,
            kafka_sasl_username="u",
            kafka_sasl_password="hunter22",
        )
    )
    assert kwargs["security_protocol"] == protocol
    assert kwargs["sasl_mechanism"] == (mechanism or "PLAIN")
    assert (kwargs["sasl_plain_username"], kwargs["sasl_plain_password"]) == ("u", "hunter22")
    assert ("ssl_context" in kwargs) == (protocol == "SASL_SSL")


def test_a_certificate_that_is_none_is_refused(files):
    files["ca"].write_text("no certificate")
    with pytest.raises(SettingsError, match=r"SEAWALL_KAFKA_SSL_CA: .*ca\.pem: not a certificate in PEM"):
        security_kwargs(Settings(kafka_security_protocol="SSL", kafka_ssl_ca=files["ca"]))


def test_a_missing_file_is_named(files, tmp_path):
    with pytest.raises(SettingsError, match=r"SEAWALL_KAFKA_SSL_CA: .*gone\.pem: No such file"):
        security_kwargs(Settings(kafka_security_protocol="SSL", kafka_ssl_ca=tmp_path / "gone.pem"))


def test_a_key_of_another_certificate_is_refused(authority, files):
    authority.issue_cert("other").private_key_pem.write_to_path(files["key"])
    settings = Settings(kafka_security_protocol="SSL", kafka_ssl_cert=files["cert"], kafka_ssl_key=files["key"])
    with pytest.raises(SettingsError, match=r"SEAWALL_KAFKA_SSL_CERT and _KEY: .*wrong password"):
        security_kwargs(settings)


async def test_a_broker_that_is_away_is_said_in_one_line():
    with pytest.raises(KafkaAwayError, match=r"Kafka at 127\.0\.0\.1:9 \(PLAINTEXT\) cannot be reached"):
        async with admin(Settings(kafka_bootstrap_servers="127.0.0.1:9")):
            pass
