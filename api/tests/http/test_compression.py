"""Answers are as small as the client takes them; a download is what the file is."""

from collections.abc import Callable

import httpx
import pytest

from hatchpod_api.config import Places

TEXT = "the same again and again\n" * 1000


@pytest.fixture
def owner(connect: Callable[..., httpx.Client], places: Places) -> httpx.Client:
    (places.workspace / "long.txt").write_text(TEXT)
    return connect(authenticated=True)


def test_a_long_answer_is_compressed(owner: httpx.Client) -> None:
    response = owner.get("/api/files", params={"path": "long.txt"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert int(response.headers["content-length"]) < 1000
    assert response.json()["content"] == TEXT


def test_an_answer_is_plain_for_a_client_that_takes_no_other(owner: httpx.Client) -> None:
    response = owner.get("/api/files", params={"path": "long.txt"}, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in response.headers
    assert response.json()["content"] == TEXT


def test_a_short_answer_is_not_worth_it(owner: httpx.Client) -> None:
    assert "content-encoding" not in owner.get("/healthz").headers


def test_a_download_is_sent_as_it_is(owner: httpx.Client) -> None:
    response = owner.get("/api/files/download", params={"path": "long.txt"})
    assert "content-encoding" not in response.headers
    assert response.headers["content-length"] == str(len(TEXT))
