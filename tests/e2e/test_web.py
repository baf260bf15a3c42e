"""The web terminal in a real browser, and the API's front door."""

from __future__ import annotations

import base64

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.machine import Host


def terminal(host: Host) -> str:
    """Return the address of the first workstation's web terminal."""
    return f"http://127.0.0.1:{host.first.settings['web_terminal_port']}"


def api(host: Host) -> str:
    """Return the address of the first workstation's API."""
    return f"http://127.0.0.1:{host.first.settings['api_port']}"


def login(host: Host) -> tuple[str, str]:
    """Return the web terminal's user name and password."""
    return host.first.credentials["TTYD_USERNAME"], host.first.credentials["TTYD_PASSWORD"]


def wait_for_output(page: Page, text: str) -> None:
    """Wait until the terminal shows `text`. It draws on a canvas, so the emulator's own buffer is read."""
    page.wait_for_function(
        """text => {
            const buffer = window.term?.buffer.active
            if (!buffer) return false
            const lines = Array.from({ length: buffer.length }, (_, n) => buffer.getLine(n).translateToString(true))
            return lines.join("\\n").includes(text)
        }""",
        arg=text,
        timeout=20_000,
    )


def test_a_command_typed_into_the_web_terminal_answers(host: Host, browser: Browser) -> None:
    username, password = login(host)
    context = browser.new_context(http_credentials={"username": username, "password": password})
    page = context.new_page()
    page.goto(terminal(host))
    wait_for_output(page, "$")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type("echo web-$((40 + 2))-$(whoami); pwd; shopt -q login_shell && echo login-$((1 + 1))\n")
    wait_for_output(page, "web-42-hatchpod")
    wait_for_output(page, "/home/hatchpod/workspace")
    wait_for_output(page, "login-2")

    # the shell follows the window's size
    columns = page.evaluate("window.term.cols")
    page.set_viewport_size({"width": 500, "height": 300})
    page.wait_for_function("columns => window.term.cols < columns", arg=columns)
    page.keyboard.type("echo size-$(stty size | tr ' ' x)-\n")
    wait_for_output(page, page.evaluate("`size-${window.term.rows}x${window.term.cols}-`"))
    context.close()


@pytest.mark.parametrize("path", ["/", "/token", "/ws"])
def test_the_web_terminal_asks_for_a_password(host: Host, path: str) -> None:
    assert httpx.get(terminal(host) + path).status_code == 401
    username, _ = login(host)
    assert httpx.get(terminal(host) + path, auth=(username, "wrong-password")).status_code == 401
    assert httpx.get(terminal(host) + path, auth=("root", login(host)[1])).status_code == 401


def test_the_web_terminal_takes_its_own_password_and_then_its_cookie(host: Host) -> None:
    answer = httpx.get(terminal(host), auth=login(host))
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    name, _, value = cookie.partition(";")[0].partition("=")
    assert httpx.get(f"{terminal(host)}/token", cookies={name: value}).status_code == 200
    assert httpx.get(f"{terminal(host)}/token", cookies={name: value[:-1] + "x"}).status_code == 401


def test_another_site_cannot_open_the_web_terminal_s_socket(host: Host) -> None:
    username, password = login(host)
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode(),
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"0" * 16).decode(),
        "Sec-WebSocket-Protocol": "tty",
    }
    own = httpx.get(
        f"{terminal(host)}/ws", headers={**headers, "Origin": terminal(host)}, timeout=httpx.Timeout(5, read=2)
    )
    assert own.status_code == 101
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{terminal(host)}/ws", headers={**headers, "Origin": "http://evil.example"}).raise_for_status()


def test_the_api_says_that_it_is_well_to_everybody(host: Host) -> None:
    answer = httpx.get(f"{api(host)}/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_the_api_answers_to_its_password_only(host: Host) -> None:
    sessions = f"{api(host)}/api/sessions"
    assert httpx.get(sessions).status_code == 401
    assert httpx.get(sessions, headers={"Authorization": "Bearer wrong-password"}).status_code == 401
    other = host.second.credentials["API_PASSWORD"]
    assert httpx.get(sessions, headers={"Authorization": f"Bearer {other}"}).status_code == 401
    answer = httpx.get(sessions, headers={"Authorization": f"Bearer {host.first.credentials['API_PASSWORD']}"})
    assert answer.status_code == 200
    assert isinstance(answer.json(), list)


def test_the_web_address_lets_people_in_by_the_api_password(host: Host, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(api(host))
    page.get_by_label("Password").fill(host.first.credentials["API_PASSWORD"])
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_have_count(0)
    page.close()
