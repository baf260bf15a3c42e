"""The page that a person sees on opening the workstation's address, until the web UI takes its place."""

import secrets
from html import escape
from importlib.resources import files

from litestar import MediaType, Response, get

from hatchpod_api import __version__
from hatchpod_api.http.errors import AnyRequest

_PAGE = files("hatchpod_api").joinpath("static/welcome.html").read_text(encoding="utf-8")


@get("/", opt={"open": True}, include_in_schema=False)
async def welcome(request: AnyRequest) -> Response[str]:
    nonce = secrets.token_urlsafe(16)
    values = {"nonce": nonce, "version": __version__, "host": request.headers["host"]}
    page = _PAGE
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", escape(value))
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": policy})
