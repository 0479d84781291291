"""``tools`` is imported as a part of the addon, without the addon, which needs Odoo."""

import datetime
import ipaddress
import ssl
from zoneinfo import ZoneInfo, reset_tzpath

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dev import addon

addon.plant()


@pytest.fixture
def bare_system():
    """A machine without any file of a time zone: none of the names can be looked up there."""
    ZoneInfo.clear_cache()
    reset_tzpath(to=[])
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.fixture
def certificate(tmp_path):
    """Return a function that makes a certificate, by default for 127.0.0.1: its file, a server's
    context."""

    def make(days, host="127.0.0.1"):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        now = datetime.datetime.now(datetime.timezone.utc)
        try:
            address = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            address = x509.DNSName(host)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=days, hours=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / f"{host}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return path, context

    return make
