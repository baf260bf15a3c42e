import re
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from hatchpod_api.app import create_app
from hatchpod_api.config import Places, Settings


@pytest.fixture
def document(client: httpx.Client) -> Any:
    response = client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    return response.json()


def test_the_document_is_openapi_3_1_and_lists_every_route(document: Any, places: Places) -> None:
    app = create_app(Settings(password_hash="unused", places=places))
    routes = {route.path_format for route in app.routes if isinstance(route, HTTPRoute)}
    assert document["openapi"].startswith("3.1")
    assert routes - set(document["paths"]) == {"/", "/{path}", "/api/docs", "/api/openapi.json"}
    assert {"/healthz", "/api/sessions", "/api/login", "/api/tokens"} <= set(document["paths"])


def test_a_route_is_closed_unless_the_document_says_open(document: Any, client: httpx.Client) -> None:
    assert document["security"] == [{"password": []}, {"login": []}]
    for path, methods in document["paths"].items():
        address = re.sub(r"\{[^}]*\}", "00000000-0000-0000-0000-000000000000", path.replace("{number}", "0"))
        for method, operation in methods.items():
            is_open = operation.get("security") == [{}]
            assert (client.request(method, address).status_code != 401) == is_open, (method, path)


def test_every_error_in_the_document_has_the_one_error_body(document: Any) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status >= "400" and (path, status) != ("/healthz", "503"):  # as healthy as it is ill
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorBody"}, (path, status)


def test_fields_are_documented_as_they_are_sent(document: Any) -> None:
    fields = set(document["components"]["schemas"]["SessionSummary"]["properties"])
    assert {"createdAt", "totalCostUsd", "hasPendingApproval", "permissionMode"} <= fields
    assert set(document["components"]["schemas"]["SessionPage"]["properties"]) == {"items", "next_cursor"}


def test_what_the_server_fills_in_itself_is_no_parameter(document: Any, places: Places) -> None:
    own = set(create_app(Settings(password_hash="unused", places=places)).dependencies)
    named = {p["name"] for path in document["paths"].values() for op in path.values() for p in op.get("parameters", [])}
    assert "limit" in named
    assert named & own == set()
