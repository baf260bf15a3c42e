"""The web UI as its build left it: its files, and its one page for every address that the UI itself understands.

Nothing in it is secret, so it is open: signing in is something that the page does. Nothing is compressed here either;
the build puts `NAME.br` and `NAME.gz` beside a file.
"""

import hashlib
import os
import re
import secrets
from importlib.resources import files
from pathlib import Path

import anyio.to_thread
from litestar import MediaType, Response, route
from litestar.types import ControllerRouterHandler

from hatchpod_api.errors import NotFoundError
from hatchpod_api.http.errors import AnyRequest
from hatchpod_api.http.policies import SCRIPT_POLICY, page_policy, ui_policy

_PAGE = "index.html"
_NOT_BUILT = files("hatchpod_api").joinpath("static/no_ui.html").read_text(encoding="utf-8")
_NONCE_BYTES = 16

# The system's own table differs from one to the next.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_COMPRESSED = {"br": ".br", "gzip": ".gz"}  # best first

_REVALIDATED = "no-cache, private"
_FOREVER = "public, max-age=31536000, immutable"


def ui_route(folder: Path) -> ControllerRouterHandler:
    """The handler that serves the UI built in `folder`, which may come, change and go."""

    @route(
        ["/", "/{path:path}"], http_method=["GET", "HEAD"], opt={"open": True, "as_is": True}, include_in_schema=False
    )
    async def ui(request: AnyRequest) -> Response[bytes]:
        return await anyio.to_thread.run_sync(_answer, request, folder)

    return ui


def _answer(request: AnyRequest, folder: Path) -> Response[bytes]:
    name = request.scope["path"].strip("/")
    if name and name != _PAGE:
        if file := _file(folder, name):
            return _send(request, name, file)
        if _names_a_file(folder, name):
            raise NotFoundError("The web UI has no such file. Open the workstation's address and reload the page.")
    return _page(request, folder / _PAGE)


def _file(folder: Path, name: str) -> Path | None:
    """The file of the UI that has this name. A name that leads out of the UI is the name of none."""
    if "\0" in name:
        return None
    root = os.path.realpath(folder)
    real = os.path.realpath(os.path.join(root, name))  # noqa: PTH118 - says nothing about what a name looks like
    return Path(real) if real.startswith(root + os.sep) and os.path.isfile(real) else None  # noqa: PTH113 - never raises


def _names_a_file(folder: Path, name: str) -> bool:
    """Whether the address means a file, so that the page would be a wrong answer to it."""
    first, slash, _ = name.partition("/")
    return (not slash and "." in first) or os.path.isdir(folder / first)  # noqa: PTH112 - never raises


def _send(request: AnyRequest, name: str, file: Path) -> Response[bytes]:
    found = file.stat()
    headers = {
        "Cache-Control": _FOREVER if name.startswith("assets/") else _REVALIDATED,
        "ETag": f'W/"{found.st_size:x}-{found.st_mtime_ns:x}"',
        "Vary": "Accept-Encoding",
    }
    if file.suffix == ".js":
        headers["Content-Security-Policy"] = SCRIPT_POLICY
    if name == "sw.js":
        headers["Service-Worker-Allowed"] = "/"
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    for encoding in _accepted(request.headers.get("accept-encoding", "")):
        compressed = file.with_name(file.name + _COMPRESSED[encoding])
        if compressed.is_file():
            file, headers["Content-Encoding"] = compressed, encoding
            break
    media_type = _TYPES.get(Path(name).suffix, "application/octet-stream")
    return Response(file.read_bytes(), media_type=media_type, headers=headers)


def _accepted(header: str) -> list[str]:
    """Those of the encodings that the client takes, best first."""
    taken = set()
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight):
            taken.add(name.strip())
    return [encoding for encoding in _COMPRESSED if encoding in taken]


def _page(request: AnyRequest, page: Path) -> Response[bytes]:
    """The page with a nonce of this response.

    The nonce is in the ETag as well: a browser that has the page already keeps it together with the nonce that it has.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except OSError:
        return _not_built()
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    kept = re.search(rf'"{version}-([\w-]{{22}})"', request.headers.get("if-none-match", ""))
    nonce = kept[1] if kept else secrets.token_urlsafe(_NONCE_BYTES)
    headers = {
        "Cache-Control": _REVALIDATED,
        "Content-Security-Policy": ui_policy(nonce),
        "ETag": f'"{version}-{nonce}"',
    }
    if kept:
        return Response(b"", status_code=304, headers=headers)
    return Response(text.replace("{{nonce}}", nonce).encode(), media_type=MediaType.HTML, headers=headers)


def _not_built() -> Response[bytes]:
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    body = _NOT_BUILT.replace("{{nonce}}", nonce).encode()
    headers = {"Content-Security-Policy": page_policy(nonce)}
    return Response(body, status_code=503, media_type=MediaType.HTML, headers=headers)
