"""Does the public edge answer as recipients need it? Asked over the real network. No ORM."""

import ipaddress
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import requests

from ..relay.engagement_relay.protocol import answers
from .finding import ATTENTION, FAILED, OK, Finding

TIMEOUT = 10
# Certificates are renewed a month before their end; two weeks mean that it did not work.
CERTIFICATE_DAYS = 14


def check(base_url: str) -> list[Finding]:
    """DNS, TLS and the pixel of an edge, as far as each lets the next be asked.

    :param base_url: where pixels and links begin, without a final slash
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    found = [check_dns(host)]
    if found[-1].level == FAILED:
        return found
    if parts.scheme != "https":
        found.append(Finding("tls_none", ATTENTION, {"host": host}))
    else:
        found.append(check_tls(host, parts.port or 443))
        if found[-1].level == FAILED:
            return found
    return [*found, check_pixel(base_url)]


def check_dns(host: str) -> Finding:
    """Whether the name leads anywhere, and to an address that strangers reach."""
    try:
        addresses = {str(item[4][0]) for item in socket.getaddrinfo(host, None)}
    except OSError as error:
        return Finding("dns_none", FAILED, {"host": host, "error": error.strerror or str(error)})
    shown = {"host": host, "addresses": ", ".join(sorted(addresses))}
    # A link-local address comes with its zone.
    if not any(ipaddress.ip_address(item.partition("%")[0]).is_global for item in addresses):
        return Finding("dns_inside", ATTENTION, shown)
    return Finding("dns", OK, shown)


def check_tls(host: str, port: int) -> Finding:
    """Whether mail clients trust the certificate, and for how long."""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            # Verified, so there is one.
            certificate: Any = secured.getpeercert()
            ends = ssl.cert_time_to_seconds(certificate["notAfter"])
    except ssl.SSLCertVerificationError as error:
        return Finding("tls_bad", FAILED, {"host": host, "error": error.verify_message})
    except OSError as error:
        return Finding("tls_unreachable", FAILED, {"host": host, "error": _words(error)})
    days = int((ends - time.time()) // 86400)
    if days < CERTIFICATE_DAYS:
        return Finding("tls_ends", ATTENTION, {"host": host, "days": days})
    return Finding("tls", OK, {"host": host, "days": days})


def check_pixel(base_url: str) -> Finding:
    """Whether the edge is ready and gives the pixel, itself and at once: to a token that is none,
    so that nothing is written down."""
    shown = {"url": base_url}
    try:
        ready = requests.get(f"{base_url}/readyz", timeout=TIMEOUT, allow_redirects=False)
        pixel = requests.get(f"{base_url}/o/check.gif", timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        return Finding("pixel_unreachable", FAILED, {**shown, "error": _words(error)})
    if pixel.status_code != 200 or pixel.content != answers.GIF:
        return Finding("pixel_other", FAILED, {**shown, "status": pixel.status_code})
    if ready.status_code != 200:
        return Finding("pixel_unready", FAILED, {**shown, "status": ready.status_code})
    if "no-store" not in pixel.headers.get("Cache-Control", ""):
        return Finding("pixel_cached", ATTENTION, shown)
    return Finding("pixel", OK, shown)


def _words(error: Exception) -> str:
    """What went wrong, without the objects' names and addresses that libraries put around it."""
    reason = getattr(error.args[0] if error.args else error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason).rpartition(": ")[2]
