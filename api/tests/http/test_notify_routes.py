"""Webhooks and Web Push over the real application."""

import base64
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Connect = Callable[..., httpx.Client]


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    """A stand-in for somebody's server: it answers with its attribute `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(getattr(self.server, "status", 500))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def create(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    response = client.post("/api/webhooks", json={"name": "mine", "url": "https://example.org/hook", **changes})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def test_a_webhook_test_reports_success_only_on_success(connect: Connect, receiver: ThreadingHTTPServer) -> None:
    client = connect(authenticated=True, allow_private_webhooks=True)
    made = create(client, url=f"http://127.0.0.1:{receiver.server_port}/")
    refused = client.post(f"/api/webhooks/{made['id']}/test")
    assert (refused.status_code, refused.json()["code"]) == (502, "webhook_failed")
    assert "status 500" in refused.json()["error"]
    assert client.get(f"/api/webhooks/{made['id']}").json()["lastDelivery"]["ok"] is False
    receiver.status = 204  # type: ignore[attr-defined]
    taken = client.post(f"/api/webhooks/{made['id']}/test")
    assert (taken.status_code, taken.json()["ok"], taken.json()["status"]) == (200, True, 204)


def test_a_private_address_is_refused_unless_it_is_permitted(connect: Connect, receiver: ThreadingHTTPServer) -> None:
    client = connect(authenticated=True)
    made = create(client, url=f"http://localhost:{receiver.server_port}/")
    refused = client.post(f"/api/webhooks/{made['id']}/test")
    assert (refused.status_code, refused.json()["code"]) == (502, "private_address")


def test_a_secret_is_shown_once(connect: Connect) -> None:
    client = connect(authenticated=True)
    made = create(client, secret="a secret of 16 bytes or more")
    assert made.pop("secret") == "a secret of 16 bytes or more"
    assert client.get("/api/webhooks").json() == [made]
    changed = client.patch(f"/api/webhooks/{made['id']}", json={"enabled": False, "secret": "another secret of mine"})
    assert changed.json() == {**made, "enabled": False}
    assert client.delete(f"/api/webhooks/{made['id']}").status_code == 204
    assert client.get(f"/api/webhooks/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{"url": "file:///etc/passwd"}, {"events": ["lunch"]}, {"name": ""}, {"secret": "short"}, {"url": "http://"}],
)
def test_a_webhook_that_cannot_be_is_not_made(connect: Connect, body: dict[str, Any]) -> None:
    client = connect(authenticated=True)
    response = client.post("/api/webhooks", json={"name": "a", "url": "https://example.org", **body})
    assert response.status_code == 422
    assert response.json()["field"].partition("[")[0] in body
    assert client.get("/api/webhooks").json() == []


def test_a_browser_subscribes_is_told_and_unsubscribes(connect: Connect, receiver: ThreadingHTTPServer) -> None:
    client = connect(authenticated=True, allow_private_webhooks=True)
    point = (
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    endpoint = f"http://127.0.0.1:{receiver.server_port}/push"
    keys = {
        "p256dh": base64.urlsafe_b64encode(point).decode(),
        "auth": base64.urlsafe_b64encode(os.urandom(16)).decode(),
    }
    subscription = {"endpoint": endpoint, "expirationTime": None, "keys": keys}
    assert len(client.get("/api/push/key").json()["publicKey"]) == 87
    assert client.post("/api/push/subscriptions", json=subscription).status_code == 204
    assert client.post("/api/push/test").status_code == 502
    receiver.status = 201  # type: ignore[attr-defined]
    assert client.post("/api/push/test").json() == {"sent": 1, "forgotten": 0}
    receiver.status = 410  # type: ignore[attr-defined]
    assert client.post("/api/push/test").json() == {"sent": 0, "forgotten": 1}
    assert client.request("DELETE", "/api/push/subscriptions", json={"endpoint": endpoint}).status_code == 404
