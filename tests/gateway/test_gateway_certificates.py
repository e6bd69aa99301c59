"""Certificates that are renewed while a listener runs."""

import asyncio
import ssl

import pytest
import trustme
from structlog.testing import capture_logs

from gateway.listening.certificates import LOOK_EVERY, Certificate


class Files:
    def __init__(self, folder):
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        self.now = 0.0
        self.authority = None

    def renew(self, *, only_certificate=False):
        self.authority = trustme.CA()
        given = self.authority.issue_cert("localhost")
        given.cert_chain_pems[0].write_to_path(str(self.certificate))
        if not only_certificate:
            given.private_key_pem.write_to_path(str(self.key))
        return given

    def open(self):
        return Certificate(self.certificate, self.key, lambda: self.now)


@pytest.fixture
def files(tmp_path):
    files = Files(tmp_path)
    files.renew()
    return files


async def is_trusted(context, authority):
    """Whether a client that trusts only `authority` speaks with a server of `context`."""
    client = ssl.create_default_context()
    authority.configure_trust(client)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname="localhost")
        except ssl.SSLCertVerificationError:
            return False
        writer.close()
        return True


async def test_a_renewed_certificate_is_taken_up(files):
    certificate, before = files.open(), files.authority
    assert await is_trusted(certificate.context(), before)
    files.renew()
    files.now += LOOK_EVERY
    assert await is_trusted(certificate.context(), files.authority)
    assert not await is_trusted(certificate.context(), before)


async def test_files_are_not_looked_at_for_each_connection(files):
    certificate, before = files.open(), files.authority
    files.renew()
    files.now += LOOK_EVERY / 2
    assert await is_trusted(certificate.context(), before)


async def test_half_a_renewal_leaves_the_one_before_in_force(files):
    certificate, before = files.open(), files.authority
    given = files.renew(only_certificate=True)
    files.now += LOOK_EVERY
    with capture_logs() as logs:
        assert await is_trusted(certificate.context(), before)
    assert [one["event"] for one in logs] == ["certificate_not_renewed"]
    given.private_key_pem.write_to_path(str(files.key))
    files.now += LOOK_EVERY
    assert await is_trusted(certificate.context(), files.authority)


async def test_a_file_that_is_gone_leaves_the_one_before_in_force(files):
    certificate = files.open()
    files.key.unlink()
    files.now += LOOK_EVERY
    assert await is_trusted(certificate.context(), files.authority)


def test_what_is_no_pair_is_refused_at_the_start(files):
    files.renew(only_certificate=True)
    with pytest.raises(ssl.SSLError):
        files.open()
