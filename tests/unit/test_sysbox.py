"""The module `sysbox` on a STAND-IN host (tests/standins/sysbox_host.py), with the real `dpkg-deb` and packages."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import sysbox_host
from ansible.module_utils.sysbox_plan import LIMITS, RUNTIME, RUNTIME_PATH, Host, limits_in

from standins.sysbox_host import StandInHost, standin_host
from standins.sysbox_package import Package, build, own_architecture

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Sysbox is root's")
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(tmp_path_factory.mktemp("mirror"))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make this host one that can have Sysbox, but for what is given."""

    def say(**change: Any) -> None:
        one = dataclasses.replace(Host("debian", "13", os.uname().machine, "6.12.0", systemd=True), **change)
        monkeypatch.setattr(sysbox_host, "host", lambda _docker: one)

    say()
    return say


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Any) -> Iterator[StandInHost]:
    with standin_host(tmp_path, monkeypatch) as one:
        yield one


@pytest.fixture
def run(call_module: Any, host: StandInHost, package: Package) -> Run:
    """Run the module; the package is the one of release 0.7.1."""

    def call(*, check_mode: bool = False, **arguments: Any) -> dict[str, Any]:
        wanted = {**package.release, "package": str(package.path), "record_path": str(host.record), **arguments}
        result: dict[str, Any] = call_module("sysbox", wanted, check_mode=check_mode)
        return result

    return call


@pytest.fixture
def earlier(host: StandInHost, run: Run) -> None:
    """An earlier release is there, with a running container and others which are none of its business."""
    run()
    (host.folder / "installed").write_text("0.6.7.linux")
    (host.folder / "log").unlink()
    host.add("pod")
    host.add("resting", running=False)
    host.add("plain", "runc")


def test_bare_host(host: StandInHost, run: Run) -> None:
    foreseen = run(check_mode=True)
    assert (foreseen["changed"], foreseen["actions"], host.log) == (True, ["limits", "install"], [])
    assert not host.limits.exists()
    done = run()
    assert done["actions"] == foreseen["actions"]
    assert (done["installed"], done["reason"]) == ("0.7.1.linux", "")
    assert RUNTIME in done["runtimes"]
    assert limits_in(host.limits.read_text()) == LIMITS
    assert int((host.folder / "proc/kernel/keys/maxkeys").read_text()) == LIMITS["kernel.keys.maxkeys"]
    assert foreseen["diff"] == done["diff"]
    again = run()
    assert (again["changed"], again["actions"], again["diff"]) == (False, [], [])


def test_missing_packages_are_named(run: Run) -> None:
    result = run(check_mode=True, packages=["jq", "fuse3"])
    assert result["missing"] == ["fuse3"]
    assert result["actions"][0] == "packages"


def test_host_that_cannot_have_it(host: StandInHost, run: Run, machine: Any) -> None:
    machine(systemd=False, kernel="5.10.0")
    result = run()
    assert (result["changed"], result["actions"], host.log) == (False, [], [])
    assert result["reason"].startswith("Sysbox needs systemd")
    assert len(result["problems"]) == 2
    required = run(required=True)
    assert required["failed"] is True
    assert required["msg"].startswith("sysbox_required is true, and this host cannot have Sysbox: Sysbox needs systemd")
    assert required["msg"].endswith("Nothing was changed.")


def test_required_and_absent_contradict_each_other(run: Run) -> None:
    assert "set one of them" in run(state="absent", required=True)["msg"]


def test_containers_without_networks_keep_the_package_away(host: StandInHost, run: Run) -> None:
    host.write_config(bip=None)
    host.add("plain", "runc")
    result = run()
    assert result["actions"] == []
    assert "lacks bip and there are 1 containers" in result["reason"]
    assert run(networks_follow=True, check_mode=True)["actions"] == ["limits", "install"]


def test_configuration_in_one_line_is_laid_out_for_the_installer(host: StandInHost, run: Run) -> None:
    host.daemon_json.write_text(json.dumps(host.config))
    before = host.config
    assert run()["actions"] == ["limits", "layout", "install"]
    assert host.daemon_json.read_text().count("\n") > 5
    assert {key: value for key, value in host.config.items() if key != "runtimes"} == before


def test_runtime_that_the_installer_did_not_register(host: StandInHost, run: Run) -> None:
    (host.folder / "silent").touch()
    assert RUNTIME in run()["runtimes"]
    assert host.config["runtimes"] == {RUNTIME: {"path": RUNTIME_PATH}}


def test_runtime_that_someone_took_out_comes_back(host: StandInHost, run: Run) -> None:
    run()
    host.write_config()
    assert run()["actions"] == ["register"]
    assert run()["actions"] == []


def test_services_that_do_not_run_are_started(host: StandInHost, run: Run) -> None:
    run()
    (host.folder / "active").unlink()
    assert run()["actions"] == ["services"]
    assert run()["actions"] == []


@pytest.mark.usefixtures("earlier")
def test_another_release_is_replaced(host: StandInHost, run: Run) -> None:
    assert run(check_mode=True)["actions"] == ["stop", "uninstall", "install", "start"]
    assert host.log == []
    assert run()["installed"] == "0.7.1.linux"
    steps = [line.split()[-2:] for line in host.log if not line.startswith("systemctl")]
    assert [steps[0], steps[1], steps[-1]] == [["stop", "pod"], ["remove", "sysbox-ce"], ["start", "pod"]]
    assert host.running() == {"pod", "plain"}
    assert not host.record.exists()
    assert run()["changed"] is False


@pytest.mark.usefixtures("earlier")
def test_failed_replacement_starts_again_what_runs(host: StandInHost, run: Run) -> None:
    (host.folder / "fails").touch()
    result = run()
    assert result["failed"] is True
    assert "no space left" in result["msg"]
    assert result["msg"].endswith("What had been stopped for the replacement runs again.")
    assert host.running() == {"pod", "plain"}


@pytest.mark.usefixtures("earlier")
def test_failed_replacement_remembers_what_does_not_run_without_it(host: StandInHost, run: Run) -> None:
    (host.folder / "fails").touch()
    host.broken = {"pod"}
    result = run()
    assert "not to be started again without it: pod: the engine answered 500" in result["msg"]
    assert host.running() == {"plain"}
    (host.folder / "fails").unlink()
    host.broken = set()
    assert run()["actions"] == ["install", "start"]
    assert host.running() == {"pod", "plain"}
    assert not host.record.exists()


@pytest.mark.usefixtures("earlier")
def test_container_that_does_not_start_after_a_replacement_is_named(host: StandInHost, run: Run) -> None:
    host.broken = {"pod"}
    assert "Sysbox 0.7.1 is in place, but these containers did not start again: pod" in run()["msg"]
    assert run()["changed"] is False


def test_run_that_was_cut_off_is_completed(host: StandInHost, run: Run) -> None:
    run()
    host.add("pod", running=False)
    host.record.write_text(json.dumps({"stopped": {"pod": "pod", "gone": "gone"}}))
    assert run()["actions"] == ["start"]
    assert host.running() == {"pod"}
    assert run()["changed"] is False


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize(
    "version", ["0.7.2", "0.7.10"], ids=["another release than was asked for", "one that begins alike"]
)
def test_wrong_package_stops_nothing(host: StandInHost, run: Run, tmp_path: Path, version: str) -> None:
    wrong = build(tmp_path / "mirror", version)
    assert (
        f"is sysbox-ce {version}.linux {own_architecture()}, not sysbox-ce 0.7.1" in run(package=str(wrong.path))["msg"]
    )
    (tmp_path / "page.deb").write_text("<html>not found</html>")
    assert "is no Debian package" in run(package=str(tmp_path / "page.deb"))["msg"]
    assert host.running() == {"pod", "plain"}


@pytest.mark.usefixtures("earlier")
def test_removal_is_refused_while_containers_use_it(host: StandInHost, run: Run) -> None:
    result = run(state="absent")
    assert result["failed"] is True
    assert "Containers use Sysbox: pod, resting. Remove them" in result["msg"]
    assert host.log == []


def test_removal(host: StandInHost, run: Run) -> None:
    host.profile.parent.mkdir()
    host.profile.touch()
    assert run()["actions"] == ["limits", "apparmor", "install"]
    assert "/var/lib/sysboxfs/**/" in host.override.read_text()
    assert run()["changed"] is False
    host.add("plain", "runc")
    steps = ["uninstall", "unregister", "limits", "apparmor"]
    assert run(state="absent", check_mode=True)["actions"] == steps
    assert host.limits.exists()
    result = run(state="absent")
    assert result["actions"] == steps
    assert (result["runtimes"], result["installed"]) == (["runc"], "")
    assert "runtimes" not in host.config
    assert (host.limits.exists(), host.override.exists()) == (False, False)
    assert host.running() == {"plain"}
    assert run(state="absent")["changed"] is False
    assert run(state="absent")["reason"] == "sysbox_state is absent"


def test_owners_own_runtime_of_that_name_stays(host: StandInHost, run: Run) -> None:
    host.write_config(runtimes={RUNTIME: {"path": "/opt/sysbox-runc"}})
    assert run(state="absent")["changed"] is False
    assert host.config["runtimes"] == {RUNTIME: {"path": "/opt/sysbox-runc"}}


def test_rule_is_one_that_apparmor_understands(host: StandInHost, run: Run, tmp_path: Path) -> None:
    """With the real parser, where this machine has it; the profile around the rule is cut down from Ubuntu's."""
    parser = "/usr/sbin/apparmor_parser"
    if not Path(parser).exists():
        pytest.skip("apparmor_parser is not installed")
    host.profile.parent.mkdir()
    host.profile.touch()
    run()
    profile = tmp_path / "profile"
    profile.write_text(f"@{{fuse_types}} = {{fuse,fuse.*}}\nprofile p /x {{\n{host.override.read_text()}}}\n")
    done = subprocess.run([parser, "-Q", "-K", str(profile)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
