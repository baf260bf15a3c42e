import asyncio
import logging
from collections.abc import Callable

import httpx
import pytest
from litestar import Litestar, get
from litestar.testing import RequestFactory

from hatchpod_api import errors
from hatchpod_api.http.errors import HANDLERS, STATUS, on_hatchpod_error


def test_an_unknown_address_is_a_json_404(client: httpx.Client) -> None:
    response = client.get("/api/nothing/here")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.json()["code"] == "not_found"


def test_a_wrong_method_is_a_json_405_that_names_the_right_ones(client: httpx.Client) -> None:
    response = client.delete("/healthz")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert "GET" in response.headers["allow"]


def test_a_missing_credential_is_a_401_that_says_what_to_send(client: httpx.Client) -> None:
    response = client.get("/api/sessions")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthorized"
    assert "Authorization: Bearer" in response.json()["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"password":1}', b"\xff\xfe", b"[" * 9000]
)
def test_a_body_that_is_not_as_described_is_a_400(client: httpx.Client, body: bytes) -> None:
    response = client.post("/api/login", content=body)
    assert response.status_code == 400
    assert response.json()["code"] == "bad_request"


def test_an_empty_body_is_called_empty(client: httpx.Client) -> None:
    assert "empty" in client.post("/api/login").json()["error"]


def test_a_wrong_type_names_its_field(client: httpx.Client) -> None:
    assert client.post("/api/login", json={"password": 1}).json()["field"] == "password"


def test_a_body_over_one_mebibyte_is_a_413(client: httpx.Client) -> None:
    response = client.post("/api/login", json={"password": "x" * 1024 * 1024})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_every_error_meant_for_clients_has_a_status() -> None:
    internal = {errors.ConfigurationError, errors.CannotListenError, errors.PasswordRefusedError}
    assert set(errors.HatchpodError.__subclasses__()) - internal == set(STATUS)


def test_a_subclass_has_the_status_of_its_cause() -> None:
    class CursorNotAllowedError(errors.ValueNotAllowedError):
        pass

    response = on_hatchpod_error(RequestFactory().get(), CursorNotAllowedError("no", field="cursor"))
    assert (response.status_code, response.content.field) == (422, "cursor")


def test_an_unexpected_error_keeps_its_details_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    @get("/", sync_to_thread=False)
    def broken() -> None:
        raise RuntimeError("the secret is out")

    app = Litestar([broken], exception_handlers=HANDLERS, openapi_config=None, logging_config=None)
    with caplog.at_level(logging.ERROR):
        response = _get(app)
    assert response.status_code == 500
    assert response.json()["code"] == "internal"
    assert "secret" not in response.text
    record = caplog.records[-1]
    assert record.exc_info
    assert record.__dict__["fields"]["id"] in response.json()["error"]


def _get(app: Litestar) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/")

    return asyncio.run(call())


def test_errors_without_a_field_do_not_mention_one(connect: Callable[..., httpx.Client]) -> None:
    assert set(connect().get("/api/nothing").json()) == {"error", "code"}
