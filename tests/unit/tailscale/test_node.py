"""tailscale_node with the real Tailscale and Headscale: a node joins, changes, stays as it is, and leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tailnet.headscale import Headscale
from tailnet.node import Node

from .conftest import Apply

SETTINGS = {"hostname": "one", "advertise_routes": ["10.9.0.0/16"], "accept_routes": True}


def wait_until(reached: Any, what: str) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_ladder(node: Node, headscale: Headscale, apply: Apply) -> None:
    predicted = apply(check_mode=True, key=headscale.key(), **SETTINGS)
    assert (predicted["changed"], predicted["joined"]) == (True, False)
    assert node.status()["BackendState"] == "NeedsLogin"

    joined = apply(**SETTINGS)
    assert (joined["changed"], joined["joined"], joined["reason"], joined["problems"]) == (True, True, "", [])
    assert joined["actions"] == predicted["actions"]
    assert joined["dns_name"].startswith("one.")
    assert joined["addresses"] == node.status()["Self"]["TailscaleIPs"]
    known = headscale.node("one")
    assert known["online"]

    # The key could be used once, so nothing from here on is a login.
    assert apply(**SETTINGS)["actions"] == []
    prefs = node.preferences()
    assert (prefs["CorpDNS"], prefs["RouteAll"], prefs["AdvertiseRoutes"]) == (False, True, ["10.9.0.0/16"])

    changed = {**SETTINGS, "hostname": "two", "advertise_routes": [], "advertise_exit_node": True, "ssh": True}
    would = apply(check_mode=True, **changed)
    assert would["actions"] == ["hostname", "ssh", "routes"]
    assert "hostname: one\n" in would["diff"]["before"]
    assert "hostname: two\n" in would["diff"]["after"]
    assert node.preferences() == prefs
    done = apply(**changed)
    assert (done["actions"], done["diff"]) == (would["actions"], would["diff"])
    assert done["dns_name"].startswith("two."), "what depends on the name is done in the same run"
    assert set(node.preferences()["AdvertiseRoutes"]) == {"0.0.0.0/0", "::/0"}
    assert apply(**changed)["changed"] is False
    wait_until(lambda: "two" in {one["name"] for one in headscale.nodes()}, "the server knows the new name")
    assert [one["id"] for one in headscale.nodes() if one["id"] == known["id"]], "it is the same node"

    # What somebody changed by hand is put right, and what Tailscale itself sets is nobody's drift.
    node.command("set", "--hostname=by-hand", "--shields-up")
    assert apply(**changed)["actions"] == ["hostname"]
    assert node.preferences()["ShieldsUp"] is True
    node.command("down")
    assert apply(**changed)["actions"] == ["joined"]

    node.restart()
    again = apply(**changed)
    assert (again["changed"], again["addresses"]) == (False, joined["addresses"])


def test_leaving(node: Node, headscale: Headscale, apply: Apply) -> None:
    assert apply(key=headscale.key(), hostname="leaving")["joined"]
    assert node.process is not None
    state = {"state_directory": str(node.folder / "state"), "stop_command": ["kill", str(node.process.pid)]}
    assert apply(check_mode=True, state="absent", **state)["actions"] == ["joined", "state_directory"]
    assert headscale.node("leaving")["online"]

    gone = apply(state="absent", **state)
    assert (gone["actions"], gone["reason"], gone["problems"]) == (["joined", "state_directory"], "", [])
    assert (gone["joined"], gone["addresses"]) == (False, [])
    node.process.wait(20)
    assert not (node.folder / "state").exists()
    assert "expiry" in headscale.node("leaving"), "the server has logged it out"
    assert apply(state="absent", **state)["changed"] is False


def test_wrong_key_is_told_and_the_right_one_helps(node: Node, headscale: Headscale, apply: Apply) -> None:
    for key in ("hskey-auth-aaaaaaaaaaaa-" + "b" * 64, headscale.expired_key()):
        refused = apply(key=key, hostname="late")
        assert (refused["changed"], refused["joined"], refused["backend_state"]) == (False, False, "NeedsLogin")
        assert refused["reason"].startswith("it is not logged in")
        assert "the login failed: " in refused["problems"][0]
        assert refused["warnings"]
        assert key not in json.dumps(refused)
        assert key.split("-")[3] not in json.dumps(refused)
    assert apply(key=headscale.key(), hostname="late")["joined"]
    # A key that is of no use any more hurts nothing.
    assert apply(key=headscale.expired_key(), hostname="later")["actions"] == ["hostname"]


def test_node_whose_key_expired_comes_back_with_a_new_one(node: Node, headscale: Headscale, apply: Apply) -> None:
    addresses = apply(key=headscale.key(), hostname="expiring")["addresses"]
    headscale.expire("expiring")
    node.wait_for("log out", lambda status: status["BackendState"] == "NeedsLogin")
    back = apply(key=headscale.key(), hostname="expiring")
    assert (back["actions"], back["addresses"]) == (["joined"], addresses)


def test_control_server_that_is_down_and_comes_back(node: Node, headscale: Headscale, apply: Apply) -> None:
    key = headscale.key(reusable=True)
    headscale.stop()
    try:
        waiting = apply(key=key, hostname="patient", timeout=2)
    finally:
        headscale.start()
    assert (waiting["changed"], waiting["joined"]) == (False, False)
    assert "connection refused" in waiting["reason"]
    assert apply(hostname="patient")["joined"]

    node.stop()
    headscale.stop()
    try:
        node.start()
        offline = apply(hostname="patient-too")
        assert offline["problems"] == []
        assert "hostname" in offline["actions"]
    finally:
        headscale.start()
    node.wait_for("come back", lambda status: status["BackendState"] == "Running")
    assert apply(hostname="patient-too")["changed"] is False


def test_other_tags_are_a_login_and_keep_the_node(node: Node, headscale: Headscale, apply: Apply) -> None:
    first = apply(key=headscale.key(), hostname="tagged")
    # Headscale takes the tags from the key, and Tailscale's own server from what the node asks for.
    tagged = apply(key=headscale.key(tags=("tag:pod",)), hostname="tagged", tags=["tag:pod"])
    assert (tagged["actions"], tagged["joined"]) == (["tags"], True)
    assert tagged["addresses"] == first["addresses"]
    assert headscale.node("tagged")["tags"] == ["tag:pod"]
    assert apply(hostname="tagged", tags=["tag:pod"])["changed"] is False


def test_another_control_server_is_a_login(
    node: Node, headscale: Headscale, apply: Apply, tmp_path: Path, short: Path
) -> None:
    assert apply(key=headscale.key(), hostname="moving")["joined"]
    with Headscale(short / "second") as second:
        moved = apply(key=second.key(), login_server=f"{second.url}/", hostname="moving")
        assert (moved["actions"], moved["joined"]) == (["login_server"], True)
        assert second.node("moving")["online"]
        assert apply(login_server=second.url, hostname="moving")["changed"] is False


def test_served_port(node: Node, headscale: Headscale, apply: Apply) -> None:
    def serve(state: str = "present", target: str = "http://127.0.0.1:8080") -> dict[str, Any]:
        return {"hostname": "server", "serve": [{"port": 80, "protocol": "http", "target": target, "state": state}]}

    assert apply(key=headscale.key(), **serve())["actions"][-1] == "serve 80"
    assert apply(**serve())["changed"] is False
    node.command("serve", "--bg", "--http=81", "http://127.0.0.1:9999")
    assert apply(**serve(target="http://127.0.0.1:8081"))["actions"] == ["serve 80"]
    assert apply(**serve("absent", "http://127.0.0.1:8081"))["actions"] == ["serve 80"]
    assert apply(**serve("absent", "http://127.0.0.1:8081"))["changed"] is False
    assert list(json.loads(node.command("serve", "status", "--json").stdout)["TCP"]) == ["81"]

    # Headscale has no certificates: what cannot be had is told, and all else is as wanted.
    refused = apply(hostname="server-2", serve=[{"port": 443, "target": "http://127.0.0.1:8080"}])
    assert (refused["actions"], refused["joined"]) == (["hostname"], True)
    assert refused["problems"][0].startswith("serve 443: ")


def test_exit_node_that_is_not_there_hurts_no_other_setting(headscale: Headscale, apply: Apply) -> None:
    assert apply(key=headscale.key(), hostname="client")["joined"]
    missing = apply(hostname="client-2", exit_node="nowhere")
    assert missing["actions"] == ["hostname"]
    assert missing["problems"][0].startswith("exit_node: ")


def test_two_logins_at_once_wait_for_each_other(node: Node, headscale: Headscale, apply: Apply) -> None:
    lock = node.socket.with_name("login.lock")
    holder = subprocess.Popen(["flock", str(lock), "sleep", "3"])
    wait_until(lock.exists, "the lock is held")
    assert apply(key=headscale.key(), hostname="second")["joined"]
    assert holder.poll() == 0


def test_no_key_is_in_a_process(node: Node, headscale: Headscale, apply: Apply) -> None:
    key = headscale.key()
    seen: set[bytes] = set()
    hold = ["flock", str(node.socket.with_name("login.lock")), "sleep", "600"]
    with subprocess.Popen(hold) as holder, ThreadPoolExecutor() as pool:
        # What waits for the lock stands in the list of processes until the lock's holder ends.
        joining = pool.submit(apply, key=key, hostname="silent")
        deadline = time.monotonic() + 60
        while not any(b"--auth-key=file:" in line for line in seen) and time.monotonic() < deadline:
            seen |= {line for path in Path("/proc").glob("[0-9]*/cmdline") if (line := read(path))}
        end_sleep(holder)
        assert joining.result()["joined"]
    assert any(b"--auth-key=file:" in line for line in seen)
    assert not any(key.encode() in line for line in seen)


def end_sleep(holder: subprocess.Popen[bytes]) -> None:
    """End the command that flock runs, so that the lock is free."""
    children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
