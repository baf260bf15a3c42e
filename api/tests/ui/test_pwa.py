"""The UI as an installed app: its service worker, without a connection, with a new version, with notifications."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import http_ece  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, Page, Worker, expect
from tests.live.stack import PASSWORD, Stack
from tests.notify.conftest import Receiver
from tests.ui.conftest import Shot
from tests.ui.conversation import PHONE
from tests.ui.reading import violations

# Chromium reaches no push service here. This stands in for what its vendor would bring; all else is real.
_PUSH_SERVICE = """
    const subscription = {
        ...SUBSCRIPTION,
        toJSON: () => SUBSCRIPTION,
        get options() {
            const { applicationServerKey } = JSON.parse(localStorage.subscribedWith);
            const base64 = applicationServerKey.replaceAll('-', '+').replaceAll('_', '/');
            return { applicationServerKey: Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)).buffer };
        },
        unsubscribe: async () => { delete localStorage.subscribedWith; return true; },
    };
    PushManager.prototype.getSubscription = async () => localStorage.subscribedWith ? subscription : null;
    PushManager.prototype.subscribe = async (options) => {
        localStorage.subscribedWith = JSON.stringify(options);
        return subscription;
    };
    Notification.requestPermission = async () => {
        localStorage.asked = Number(localStorage.asked ?? 0) + 1;
        return 'granted';
    };
"""
_KEPT = """async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const requests = await Promise.all(caches_.map((cache) => cache.keys()));
    return requests.flat().map((request) => new URL(request.url).pathname);
}"""
_SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
    ({ title, body, tag, data }) => ({ title, body, tag, data }))"""
_RESUBSCRIBE = """(subscription) => {
    const made = { toJSON: () => subscription };
    PushManager.prototype.subscribe = async (options) => {
        self.subscribedWith = options;
        return made;
    };
    self.dispatchEvent(Object.assign(new ExtendableEvent('pushsubscriptionchange'), { newSubscription: null }));
}"""
_CLICK = """async (tag) => {
    const [notification] = await self.registration.getNotifications({ tag });
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
}"""


@pytest.fixture(scope="module")
def served(built_ui: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the UI, of which a test makes another version."""
    return Path(shutil.copytree(built_ui, tmp_path_factory.mktemp("served") / "ui"))


@pytest.fixture(scope="module")
def ui_stack(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    options = {"HATCHPOD_UI_DIR": str(served), "WEBHOOK_ALLOW_PRIVATE": "1"}
    with Stack(tmp_path_factory.mktemp("pwa"), **options) as stack:
        stack.start()
        yield stack


@pytest.fixture
def context(browser: Browser, ui_stack: Stack) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=ui_stack.url, **PHONE)
    context.grant_permissions(["notifications"])
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    yield context
    context.close()


@pytest.fixture
def worker(page: Page, context: BrowserContext, ui_stack: Stack) -> Worker:
    """The service worker, active and in charge of `page`."""
    page.goto("/settings")
    page.evaluate("navigator.serviceWorker.ready")
    ui_stack.wait(lambda: page.evaluate("navigator.serviceWorker.controller?.state") == "activated", "it is in charge")
    return context.service_workers[0]


def test_the_app_can_be_installed(page: Page, worker: Worker, context: BrowserContext) -> None:
    debugger = context.new_cdp_session(page)
    errors = debugger.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}  # as all profiles of tests are
    manifest = debugger.send("Page.getAppManifest")
    assert manifest["errors"] == []
    content = json.loads(manifest["data"])
    assert (content["display"], content["start_url"]) == ("standalone", "/")
    assert {icon.get("purpose") for icon in content["icons"]} == {None, "maskable"}
    apple = {"src": "/icons/icon-180.png", "sizes": "180x180", "type": "image/png"}
    for icon in [*content["icons"], apple]:
        answer = context.request.get(icon["src"])
        assert answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", answer.body()[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_without_the_workstation_the_app_opens_and_says_so(
    page: Page, worker: Worker, ui_stack: Stack, shot: Shot
) -> None:
    ui_stack.create("A session that is not kept by the browser")
    ui_stack.kill("serve")
    page.goto("/")
    expect(page.get_by_text("The workstation cannot be reached. What you see may be old.")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    shot(page, "offline-phone")
    ui_stack.start_web()
    expect(page.get_by_text("A session that is not kept").first).to_be_visible()
    expect(page.get_by_text("What you see may be old")).to_have_count(0)
    kept = page.evaluate(_KEPT)
    assert "/" in kept
    assert [path for path in kept if path.startswith(("/api", "/healthz"))] == []


def test_a_new_version_is_told_and_taken_when_it_is_wanted(
    page: Page, worker: Worker, ui_stack: Stack, served: Path, shot: Shot
) -> None:
    before = page.evaluate("caches.keys()")
    _make_another_version(served)
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    expect(page.get_by_text("A new version is there")).to_be_visible()
    assert violations(page) == []
    shot(page, "new-version-phone")
    page.reload()
    expect(page.get_by_text("A new version is there")).to_be_visible()
    expect(page).to_have_title("Settings · Hatchpod")
    page.get_by_role("button", name="Reload").click()
    expect(page).to_have_title("Settings · Hatchpod, another version")
    ui_stack.wait(lambda: set(page.evaluate("caches.keys()")).isdisjoint(before), "the files of before are gone")
    expect(page.get_by_text("A new version is there")).to_have_count(0)


def test_a_file_that_a_new_version_has_replaced_leads_to_that_version(
    page: Page, worker: Worker, ui_stack: Stack, served: Path
) -> None:
    """The worker of the version before would only give the same page again, which names the same file."""
    page.goto("/")
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    _make_another_version(served, "Hatchpod, the third")
    [gone] = served.glob("assets/text-file-*.js")
    kept = {path: path.read_bytes() for path in served.glob(f"{gone.relative_to(served)}*")}
    for path in kept:
        path.unlink()
    (ui_stack.workspace / "read.txt").write_text("Hello\n")
    page.goto("/files?path=read.txt")
    expect(page).to_have_title("Files · Hatchpod, the third")
    for path, content in kept.items():
        path.write_bytes(content)
    page.reload()
    expect(page.get_by_role("textbox").filter(has_text="Hello")).to_be_visible()


def _make_another_version(served: Path, title: str = "Hatchpod, another version") -> None:
    page = served / "index.html"
    page.write_text(re.sub("<title>.*?<", f"<title>{title}<", page.read_text()))
    worker = served / "sw.js"
    text = worker.read_text()
    version = text.split('"version":"')[1][:16]
    worker.write_text(text.replace(version, version[1:] + version[0]))
    for suffix in (".br", ".gz"):
        worker.with_name(worker.name + suffix).unlink(missing_ok=True)


@pytest.fixture
def push_service() -> Iterator[Receiver]:
    receiver = Receiver(201)
    yield receiver
    receiver.close()


class Device:
    """The keys of a browser's subscription: what is sent to it can be read by them alone."""

    def __init__(self, push_service: Receiver) -> None:
        self._push_service = push_service
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)

    @property
    def subscription(self) -> dict[str, Any]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _base64(point), "auth": _base64(self._secret)}
        return {"endpoint": f"{self._push_service.url}/device", "keys": keys}

    @property
    def messages(self) -> list[str]:
        bodies = [body for _, _, body in self._push_service.requests]
        return [http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret).decode() for body in bodies]


@pytest.fixture
def device(context: BrowserContext, push_service: Receiver) -> Device:
    """This browser, as its vendor's push service would have it subscribe."""
    device = Device(push_service)
    context.add_init_script(f"{{ const SUBSCRIPTION = {json.dumps(device.subscription)}; {_PUSH_SERVICE} }}")
    return device


def test_a_person_is_asked_on_a_click_only_notified_and_led_to_the_session(
    device: Device, worker: Worker, page: Page, context: BrowserContext, ui_stack: Stack, shot: Shot
) -> None:
    page.goto("/settings/notifications")
    switch = page.get_by_role("switch", name="Notify this device")
    expect(switch).to_be_enabled()
    assert page.evaluate("localStorage.asked") is None
    switch.click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    expect(switch).to_be_checked()
    assert page.evaluate("localStorage.asked") == "1"
    public_key = ui_stack.get("/api/push/key").json()["publicKey"]
    wanted = {"userVisibleOnly": True, "applicationServerKey": public_key}
    assert json.loads(page.evaluate("localStorage.subscribedWith")) == wanted
    shot(page, "settings-notified-phone")

    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("Sent to 1 device")).to_be_visible()
    session = ui_stack.create("[tool-approval] Go")
    ui_stack.wait(lambda: len(device.messages) == 2, "the push service has the test and the approval")
    deliver = _deliverer(context, page, ui_stack)
    for message in device.messages:
        deliver(message)
        page.wait_for_timeout(1000)  # Chromium forgets a notification that is asked for while it comes up
    ui_stack.wait(lambda: len(page.evaluate(_SHOWN)) == 2, "both are shown")
    test, approval = sorted(page.evaluate(_SHOWN), key=lambda shown: str(shown["data"]))
    assert (test["body"], test["data"]) == ("Notifications work.", "/")
    assert approval["data"] == f"/sessions/{session}"

    worker.evaluate(_CLICK, approval["tag"])
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_be_visible()
    assert page.url.endswith(f"/sessions/{session}")
    ui_stack.wait(lambda: page.evaluate(_SHOWN) == [test], "what was chosen is put away")
    page.goto("/")
    ui_stack.wait(lambda: page.evaluate(_SHOWN) == [], "what is seen is put away")

    page.goto("/settings/notifications")
    switch.click()
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    assert ui_stack.post("/api/push/test").json() == {"sent": 0, "forgotten": 0}


def test_a_workstation_that_was_set_up_anew_is_told_of_the_device_when_the_app_starts(
    device: Device, worker: Worker, page: Page, ui_stack: Stack
) -> None:
    page.goto("/settings/notifications")
    page.get_by_role("switch", name="Notify this device").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    former = ui_stack.get("/api/push/key").json()["publicKey"]
    ui_stack.kill("serve")
    [database] = ui_stack.home.rglob("api.sqlite")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM push_subscriptions")
    (database.parent / "vapid.pem").unlink()
    ui_stack.start_web()
    page.goto("/")
    ui_stack.wait(lambda: ui_stack.post("/api/push/test").json().get("sent") == 1, "the device is known again")
    present = ui_stack.get("/api/push/key").json()["publicKey"]
    assert present != former
    assert json.loads(page.evaluate("localStorage.subscribedWith"))["applicationServerKey"] == present
    assert device.messages


def test_a_subscription_that_the_browser_lost_is_made_anew_by_the_worker(
    device: Device, worker: Worker, ui_stack: Stack
) -> None:
    worker.evaluate(_RESUBSCRIBE, device.subscription)
    ui_stack.wait(lambda: ui_stack.post("/api/push/test").json().get("sent") == 1, "the device is known")
    key = worker.evaluate("self.subscribedWith.applicationServerKey")
    assert key == ui_stack.get("/api/push/key").json()["publicKey"]


def test_a_page_that_is_not_secure_says_why_it_cannot_notify(page: Page, context: BrowserContext) -> None:
    context.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.goto("/settings/notifications")
    expect(page.get_by_role("switch", name="Notify this device")).to_be_disabled()
    expect(page.get_by_text("only over HTTPS")).to_be_visible()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _deliverer(context: BrowserContext, page: Page, stack: Stack) -> Callable[[str], None]:
    """What a push service brings, by Chromium's debugger: it needs no vendor."""
    debugger = context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    debugger.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    debugger.send("ServiceWorker.enable")
    stack.wait(lambda: bool(page.evaluate("true") and registrations), "the debugger knows the service worker")

    def deliver(data: str) -> None:
        registration = registrations[-1]["registrationId"]
        options = {"origin": stack.url, "registrationId": registration, "data": data}
        debugger.send("ServiceWorker.deliverPushMessage", options)

    return deliver
