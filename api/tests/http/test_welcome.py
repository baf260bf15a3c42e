import re
from collections.abc import Callable

import httpx

from hatchpod_api import __version__


def test_the_page_says_what_this_is_and_how_to_come_in(client: httpx.Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for expected in ("Hatchpod", __version__, "/api/", "Authorization: Bearer", "localhost/api/sessions"):
        assert expected in response.text
    assert "{{" not in response.text


def test_only_the_style_with_this_responses_nonce_applies(client: httpx.Client) -> None:
    first, second = client.get("/"), client.get("/")
    for response in (first, second):
        policy = response.headers["content-security-policy"]
        nonces = re.findall(r"'nonce-([^']+)'", policy)
        assert re.findall(r'<style nonce="([^"]+)"', response.text) == nonces
        assert len(nonces[0]) >= 16
        assert "script-src" not in policy
    assert first.text != second.text


def test_the_page_loads_nothing_and_holds_no_inline_style_or_script(client: httpx.Client) -> None:
    text = client.get("/").text
    assert not re.search(r"<script|<link|<img|<iframe|\son\w+=|\sstyle=|@import|url\(|https?://", text)


def test_the_host_name_cannot_carry_markup(connect: Callable[..., httpx.Client]) -> None:
    response = connect(allowed_hosts=("localhost",)).get("/", headers={"Host": "localhost<b>"})
    assert response.status_code in {400, 403}
    assert "<b>" not in response.text or response.headers["content-type"] == "application/json"
