"""The web UI's files and its page, from a small UI that is made by hand as a build makes it."""

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from hatchpod_api.config import Places

PAGE = """<!doctype html>
<meta property="csp-nonce" nonce="{{nonce}}">
<script type="module" nonce="{{nonce}}" src="/assets/a-1.js"></script>
"""


@pytest.fixture
def built(places: Places) -> Path:
    """The built UI: a page, code with its compressed copies, a service worker, an icon."""
    content = {
        "index.html": PAGE,
        "assets/a-1.js": "console.log(1);" * 99,
        "assets/a-1.js.br": "a brotli file in name",
        "assets/a-1.css": "body {}" * 99,
        "assets/font-1.woff2": "font",
        "icons/icon-192.png": "png",
        "manifest.webmanifest": "{}",
        "sw.js": "self.skipWaiting()",
    }
    for name, text in content.items():
        path = places.ui / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.suffix in {".js", ".css"}:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text.encode()))
    return places.ui


def nonces(response: httpx.Response) -> set[str]:
    return set(re.findall(r"'nonce-([^']+)'", response.headers["content-security-policy"]))


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/login", "/terminal", "/sessions/0b6c", "/files/src/main.py", "/git?cwd=a/b.c", "/x/"]
)
def test_every_address_of_the_ui_is_its_page(built: Path, client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache, private"
    (nonce,) = nonces(response)
    assert response.text == PAGE.replace("{{nonce}}", nonce)


def test_the_page_runs_what_has_this_responses_nonce_and_asks_no_other_server(
    built: Path, client: httpx.Client
) -> None:
    first, second = client.get("/"), client.get("/")
    assert nonces(first).isdisjoint(nonces(second))
    policy = first.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert not re.search(r"unsafe|https?:|\*", policy)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == rules["style-src"] == f"'nonce-{nonces(first).pop()}'"
    assert rules["connect-src"] == "'self'"
    assert rules["img-src"] == "'self' data: blob:"
    assert rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"


def test_a_page_that_the_browser_has_keeps_its_nonce_until_a_new_build(built: Path, client: httpx.Client) -> None:
    first = client.get("/")
    again = client.get("/login", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert nonces(again) == nonces(first)
    (built / "index.html").write_text(PAGE + "<p>new</p>")
    new = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert new.status_code == 200
    assert nonces(new).isdisjoint(nonces(first))


@pytest.mark.parametrize("tag", ['"x"', "*", '"{version}-short"', "\"{version}-'; script-src *; '\"", '"-{nonce}"'])
def test_a_client_cannot_choose_what_a_page_may_do(built: Path, client: httpx.Client, tag: str) -> None:
    version, _, nonce = client.get("/").headers["etag"].strip('"').partition("-")
    response = client.get("/", headers={"If-None-Match": tag.format(version=version, nonce=nonce)})
    assert response.status_code == 200
    assert "*" not in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/assets/a-1.js", "text/javascript; charset=utf-8"),
        ("/assets/a-1.css", "text/css; charset=utf-8"),
        ("/assets/font-1.woff2", "font/woff2"),
        ("/icons/icon-192.png", "image/png"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/sw.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_has_its_type_and_is_kept_only_where_its_name_changes_with_it(
    built: Path, client: httpx.Client, path: str, media_type: str
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.content == (built / path[1:]).read_bytes()
    assert response.headers["content-type"] == media_type
    kept = "public, max-age=31536000, immutable" if path.startswith("/assets/") else "no-cache, private"
    assert response.headers["cache-control"] == kept
    assert response.headers["x-content-type-options"] == "nosniff"
    again = client.get(path, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == kept


@pytest.mark.parametrize(
    ("path", "accepted", "encoding"),
    [
        ("/assets/a-1.js", "gzip, deflate, br, zstd", "br"),
        ("/assets/a-1.js", "gzip;q=1.0, br;q=0", "gzip"),
        ("/assets/a-1.js", "GZIP", "gzip"),
        ("/assets/a-1.js", "identity", None),
        ("/assets/a-1.js", "gzip; q=0.000", None),
        ("/assets/a-1.js", "", None),
        ("/assets/a-1.css", "br, gzip", "gzip"),
        ("/assets/font-1.woff2", "br, gzip", None),
    ],
)
def test_a_file_is_sent_as_small_as_the_client_takes_it(
    built: Path, client: httpx.Client, path: str, accepted: str, encoding: str | None
) -> None:
    response = client.get(path, headers={"Accept-Encoding": accepted})
    sent = built / (path[1:] + {"br": ".br", "gzip": ".gz", None: ""}[encoding])
    assert response.headers["content-length"] == str(sent.stat().st_size)
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"


def test_a_service_worker_may_serve_every_address_and_ask_its_own_server_only(
    built: Path, client: httpx.Client
) -> None:
    response = client.get("/sw.js")
    assert response.headers["service-worker-allowed"] == "/"
    assert "connect-src 'self'; " in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/assets/gone-2.js", "/assets/", "/assets", "/icons/none.png", "/favicon.ico", "/robots.txt", "/.env"]
)
def test_a_file_that_is_not_there_is_never_the_page(built: Path, client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/sessions/x/y/z"])
def test_what_belongs_to_the_api_is_never_the_page(built: Path, client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code in {401, 404}
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/assets/../../secret",
        "/assets/%2e%2e/%2e%2e/secret",
        "/assets/..%2f..%2fsecret",
        "/assets//..//..//secret",
        "//{root}/secret",
        "/%2f{root}/secret",
        "/assets/link",
        "/assets/folder/secret",
        "/assets/%00",
        "/assets/" + "x" * 5000,
        "/assets/%ff%fe",
    ],
)
def test_no_address_leads_out_of_the_ui(built: Path, client: httpx.Client, path: str) -> None:
    (built.parent / "secret").write_text("the secret")
    (built / "assets/link").symlink_to(built.parent / "secret")
    (built / "assets/folder").symlink_to(built.parent)
    response = client.send(httpx.Request("GET", httpx.URL("http://localhost").copy_with(raw_path=_raw(path, built))))
    assert response.status_code in {200, 404}
    assert "the secret" not in response.text


def _raw(path: str, built: Path) -> bytes:
    return path.replace("{root}", str(built.parent)).encode()


@pytest.mark.parametrize("path", ["/", "/sessions/1", "/sw.js"])
def test_a_head_has_the_same_headers(built: Path, client: httpx.Client, path: str) -> None:
    plain = client.get(path)
    head = client.head(path)
    assert head.status_code == 200
    for name in ("content-type", "cache-control", "content-length"):
        assert head.headers[name] == plain.headers[name]


def test_the_ui_takes_no_changes_and_does_not_write_them_down(
    built: Path, connect: Callable[..., httpx.Client]
) -> None:
    owner = connect(authenticated=True)
    assert connect().post("/sessions/1").status_code == 405
    assert owner.get("/api/audit").json()["items"] == []


def test_without_a_ui_the_page_says_what_to_run(client: httpx.Client, places: Places) -> None:
    assert not os.path.lexists(places.ui)
    response = client.get("/sessions/1")
    assert response.status_code == 503
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "make ui" in response.text
    assert re.findall(r'<style nonce="([^"]+)"', response.text) == list(nonces(response))
    assert not re.search(r"<script|<link|<img|\son\w+=|\sstyle=|url\(|https?://|\{\{", response.text)
