from typing import Any

import httpx
import pytest


@pytest.fixture
def document(client: httpx.Client) -> Any:
    response = client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    return response.json()


def test_the_document_is_openapi_3_1_and_lists_every_route(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/healthz", "/api/sessions", "/api/login", "/api/logout"}


def test_a_route_is_closed_unless_the_document_says_open(document: Any, client: httpx.Client) -> None:
    assert document["security"] == [{"password": []}, {"login": []}]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            is_open = operation.get("security") == [{}]
            assert (client.request(method, path).status_code != 401) == is_open


def test_every_error_in_the_document_has_the_one_error_body(document: Any) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorBody"}, (path, status)


def test_fields_are_documented_as_they_are_sent(document: Any) -> None:
    fields = set(document["components"]["schemas"]["SessionSummary"]["properties"])
    assert {"createdAt", "totalCostUsd", "hasPendingApproval", "permissionMode"} <= fields
    assert set(document["components"]["schemas"]["SessionPage"]["properties"]) == {"items", "next_cursor"}


def test_what_the_server_fills_in_itself_is_no_parameter(document: Any) -> None:
    names = [p["name"] for path in document["paths"].values() for op in path.values() for p in op.get("parameters", [])]
    assert names == ["limit"]
