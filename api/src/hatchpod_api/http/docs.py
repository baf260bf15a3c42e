"""The reference for people: the OpenAPI document as one page, made here, so that it needs no script and no internet."""

import re
import secrets
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.types import ControllerRouterHandler
from markdown_it import MarkdownIt

from hatchpod_api.http.policies import page_policy

_PAGE = files("hatchpod_api").joinpath("static/docs.html").read_text(encoding="utf-8")
_METHODS = ("get", "post", "put", "patch", "delete")


def docs_route(document: Callable[[], bytes]) -> ControllerRouterHandler:
    """The handler that shows what `document` returns."""
    body = cache(lambda: _html(msgspec.json.decode(document())))

    @get("/api/docs", opt={"open": True}, sync_to_thread=True, include_in_schema=False)
    def docs() -> Response[str]:
        nonce = secrets.token_urlsafe(16)
        page = _PAGE.replace("{{nonce}}", nonce).replace("{{body}}", body())
        return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": page_policy(nonce)})

    return docs


def _html(document: dict[str, Any]) -> str:
    schemas: dict[str, Any] = document["components"]["schemas"]
    sections = [f"# {document['info']['title']} {document['info']['version']}", document["info"]["description"]]
    sections.append("The same for programs: [/api/openapi.json](/api/openapi.json).")
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if operation := operations.get(method):
                sections += _operation(method, path, operation)
    sections.append("# Bodies and frames")
    for name, schema in sorted(schemas.items()):
        sections += _schema(name, schema)
    page = MarkdownIt("commonmark", {"html": False}).enable("table").render("\n\n".join(sections))
    return re.sub(r"<h2>(\w+)</h2>", lambda heading: f'<h2 id="{_anchor(heading[1])}">{heading[1]}</h2>', page)


def _operation(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    parts = [f"## `{method.upper()} {path}`", str(operation.get("description") or operation.get("summary") or "")]
    if operation.get("security") == [{}]:
        parts.append("*Open: needs no credential.*")
    if parameters := operation.get("parameters"):
        rows = [
            (f"`{p['name']}`", p["in"] + (", required" if p.get("required") else ""), _type(p.get("schema", {})))
            for p in parameters
        ]
        parts.append(_table(("parameter", "where", "type"), rows))
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"Takes {kind}: {_type(media.get('schema', {}))}")
    rows = []
    for status, response in sorted(operation.get("responses", {}).items()):
        kinds = ", ".join(_type(media.get("schema", {})) for media in response.get("content", {}).values())
        rows.append((status, _cell(response.get("description", "")), kinds))
    return [*parts, _table(("status", "when", "body"), rows)]


def _schema(name: str, schema: dict[str, Any]) -> list[str]:
    required = schema.get("required", [])
    rows = [
        (f"`{field}`", _type(value), "required" if field in required else "")
        for field, value in schema.get("properties", {}).items()
    ]
    parts = [f"## {name}", str(schema.get("description", ""))]
    return [*parts, _table(("field", "type", ""), rows)] if rows else [*parts, _type(schema)]


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, as Markdown for a cell of a table."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{_anchor(name)})"
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(dict.fromkeys(map(_type, choices)))
    if "const" in schema or "enum" in schema:
        return " ".join(f"`{_cell(str(value))}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = schema.get("type", "any")
    return str(kind if isinstance(kind, str) else " or ".join(kind))


def _anchor(name: str) -> str:
    return escape(name, quote=True).lower()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
