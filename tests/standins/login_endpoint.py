"""A STAND-IN for the servers behind a Claude login: an HTTPS proxy that answers for them, and renews tokens.

The `claude` command that talks to it is the real one: it refuses other addresses for this, but it honours a proxy and
extra certificates, as workstations need. Like the real server it takes each refresh token only once.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOSTS = ("platform.claude.com", "console.anthropic.com", "api.anthropic.com", "claude.ai")


class LoginServer(ThreadingHTTPServer):
    """`renewed` are the refresh tokens that were taken, `refused` those that came a second time."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, lifetime: int) -> None:
        super().__init__(("127.0.0.1", 0), _Proxy)
        self.context = context
        self.lifetime = lifetime
        self.renewed: list[str] = []
        self.refused: list[str] = []
        self._lock = threading.Lock()

    def renew(self, refresh_token: str) -> dict[str, Any] | None:
        """Return new tokens, None for a refresh token that was used before."""
        with self._lock:
            if refresh_token in self.renewed:
                self.refused.append(refresh_token)
                return None
            self.renewed.append(refresh_token)
            number = len(self.renewed)
        return {
            "token_type": "Bearer",
            "access_token": f"sk-ant-oat01-standin{number}",
            "refresh_token": f"sk-ant-ort01-standin{number}",
            "expires_in": self.lifetime,
            "scope": "user:inference user:profile",
        }


class _Quiet(BaseHTTPRequestHandler):
    server: LoginServer

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


class _Renewal(_Quiet):
    """What comes through the proxy."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        tokens: dict[str, Any] | None = {}
        if self.path == "/v1/oauth/token":
            tokens = self.server.renew(json.loads(body)["refresh_token"])
        answer = json.dumps({"error": "invalid_grant"} if tokens is None else tokens).encode()
        self.send_response(400 if tokens is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_error(404)


class _Proxy(_Quiet):
    """Takes every host for its own."""

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        # A client that goes away is its own business.
        with contextlib.suppress(OSError), self.server.context.wrap_socket(self.connection, server_side=True) as inner:
            _Renewal(inner, self.client_address, self.server)


@contextlib.contextmanager
def login_server(folder: Path, *, lifetime: int) -> Iterator[tuple[LoginServer, dict[str, str]]]:
    """Serve tokens that last `lifetime` seconds; yield the server, and the variables that lead `claude` to it."""
    authority, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    server = LoginServer(context, lifetime)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield (
            server,
            {
                "HTTPS_PROXY": f"http://127.0.0.1:{server.server_address[1]}",
                "NO_PROXY": "127.0.0.1",
                "NODE_EXTRA_CA_CERTS": str(authority),
            },
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stand-in")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, secret = folder / "authority.pem", folder / "key.pem"
    authority.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return authority, secret
