"""What the build made reaches a browser: under the strict policy, compressed, and kept as long as it may be."""

import httpx
from playwright.sync_api import BrowserContext, Page, Response, expect
from tests.live.stack import PASSWORD, Stack


def test_the_login_shows_under_the_strict_policy_and_opens_the_sessions(ui_stack: Stack, page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_have_count(0)
    code = [answer for answer in answers if answer.url.startswith(f"{ui_stack.url}/assets/")]
    assert code
    assert {answer.status for answer in code} == {200}
    assert all(answer.url.startswith(ui_stack.url) for answer in answers)
    assert "script-src 'nonce-" in answers[0].headers["content-security-policy"]
    assert any(answer.header_value("content-encoding") == "br" for answer in code)


def test_a_page_that_the_browser_has_works_again_under_its_own_nonce(page: Page) -> None:
    for _ in range(3):
        page.goto("/")
        expect(page.get_by_label("Password")).to_be_visible()


def test_what_has_no_nonce_does_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_label("Password")).to_be_visible()
    ran = page.evaluate("""() => {
        const markup = '<style>body { opacity: 0.5 }</style><img src="x:" onerror="ran = true">'
        document.body.insertAdjacentHTML('beforeend', markup)
        const script = document.createElement('script')
        script.textContent = 'window.ran = true'
        document.head.append(script)
        return ['ran' in window, getComputedStyle(document.body).opacity]
    }""")
    assert ran == [False, "1"]


def test_a_head_has_no_body_and_the_length_of_one(ui_stack: Stack) -> None:
    answer = httpx.head(ui_stack.url + "/sessions/1")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0
