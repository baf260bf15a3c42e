"""Dotfiles in real workstations: what the playbook installed, and each way in which it can end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from hosts.git_servers import ODD_BRANCH, TOKEN, git, publish, web_address
from hosts.scenario import Scenario, recap

HOST = "trixie"
SAYS = "#!/bin/sh\necho ${0##*/} >>~/ran\n"
PROGRAM = "/usr/lib/hatchpod/dotfiles"


@dataclass(frozen=True)
class Pod:
    """A workstation of the host."""

    scenario: Scenario
    name: str

    def run(self, *command: str, user: str = "hatchpod") -> str:
        """Run a command in it; return what it printed, whatever its exit code."""
        return self.scenario.on(HOST, "docker", "exec", "--user", user, self.name, *command, check=False)

    def dotfiles(self) -> dict[str, Any]:
        """Return what its status says of the dotfiles."""
        return dict(json.loads(self.run("/usr/lib/hatchpod/status", "--wait", "60", user="root"))["dotfiles"])

    def anew(self, repository: str, **settings: str) -> dict[str, Any]:
        """Install other dotfiles in place of those that are there, as the module does; return the report."""
        self.run("sh", "-c", "rm -rf ~/dotfiles ~/ran ~/.local/state/hatchpod/dotfiles.*")
        return self.again(repository, **settings)

    def again(self, repository: str, **settings: str) -> dict[str, Any]:
        """Run the program as the module does; return the report."""
        values = {"REPO": repository, "BRANCH": "", "UPDATE": "", "TIMEOUT": "", "KNOWN_HOSTS": "", "TOKEN": ""}
        values |= {name.upper(): value for name, value in settings.items()}
        given = json.dumps({f"DOTFILES_{name}": value for name, value in values.items()})
        return dict(json.loads(self.run(PROGRAM, "--json", "--settings", given, user="root")))

    def ran(self) -> list[str]:
        """Return the scripts that ran."""
        return self.run("sh", "-c", "cat ~/ran 2>/dev/null").split()


@pytest.fixture(scope="session")
def key(scenario: Scenario) -> Pod:
    return Pod(scenario, "key")


@pytest.fixture(scope="session")
def token(scenario: Scenario) -> Pod:
    return Pod(scenario, "token")


@pytest.fixture(scope="session")
def address(scenario: Scenario) -> str:
    """The address of the git servers."""
    inventory = yaml.safe_load((scenario.folder / "inventory/dotfiles.yml").read_text())
    return str(inventory["all"]["vars"]["git_address"])


def test_a_deploy_key_and_odd_names(key: Pod) -> None:
    found = key.dotfiles()
    assert (found["state"], found["branch"], found["script"]) == ("installed", ODD_BRANCH, "install.sh"), found
    assert key.run("cat", found["log"]) == "hatchpod ran install.sh"
    assert key.run("stat", "-c", "%U", "/home/hatchpod/dotfiles/.git") == "hatchpod"
    assert key.run("sh", "-c", "find / -xdev -name oops 2>/dev/null") == ""


def test_a_failure_hurts_nothing_and_is_done_over_by_its_tag(scenario: Scenario, key: Pod, token: Pod) -> None:
    """The server's certificate is trusted only later; then the token opens the repository and its submodule."""
    failed = token.dotfiles()
    assert failed["state"] == "failed"
    assert "image_ca_certificates" in failed["reason"]
    assert token.run("/usr/lib/hatchpod/healthcheck", user="root") == ""  # every service is ready
    certificate = (scenario.folder / "keys/certificate.pem").read_text()
    token.run("sh", "-c", 'printf %s "$1" >~/ca.pem; git config --global http.sslCAInfo ~/ca.pem', "sh", certificate)

    played = scenario.play("playbooks/site.yml", "--tags", "dotfiles", "-vvvv")
    assert token.dotfiles()["state"] == "installed", token.dotfiles()
    assert token.run("cat", "/home/hatchpod/dotfiles/sub/inner") == "1"
    assert "Dotfiles" in played.stdout
    private = (scenario.folder / "keys/deploy").read_text().splitlines()[2]
    everything = "for one in key token; do docker inspect $one; docker logs $one 2>&1; docker top $one -ef; done; env"
    seen = {"run": played.stdout + played.stderr, "host": scenario.on(HOST, "sh", "-c", everything)}
    seen |= {pod.name: pod.run("grep", "-rlF", "-e", TOKEN, "-e", private, "/home") for pod in (key, token)}
    assert [place for place in ("run", "host") if TOKEN in seen[place] or private in seen[place]] == []
    assert (seen["key"], seen["token"]) == ("", "")


def test_the_remote_moves_with_and_without_local_edits(scenario: Scenario, token: Pod) -> None:
    commit = publish(scenario.folder, "private/top.git", {"more": "1"})
    played = scenario.play("playbooks/site.yml", "--tags", "dotfiles")
    assert recap(played.stdout)[HOST]["changed"] == 1
    assert token.dotfiles()["commit"] == commit

    token.run("sh", "-c", "echo mine >~/dotfiles/more")
    publish(scenario.folder, "private/top.git", {"more": "2"})
    played = scenario.play("playbooks/site.yml", "--tags", "dotfiles")
    assert recap(played.stdout)[HOST]["changed"] == 0
    assert "edits of its own in more" in " ".join((played.stdout + played.stderr).split())
    assert (token.dotfiles()["state"], token.dotfiles()["commit"]) == ("stale", commit)
    assert token.run("cat", "/home/hatchpod/dotfiles/more") == "mine"


def test_wrong_settings_are_refused_before_anything_changes(scenario: Scenario) -> None:
    wrong = json.dumps({"workstations": [{"name": "key", "dotfiles_repository": "https://me:hunter2@host/a"}]})
    played = scenario.play("playbooks/site.yml", "--extra-vars", wrong, check=False)
    assert played.returncode != 0
    assert "Nothing was changed. key: dotfiles_repository holds a password" in played.stdout
    assert recap(played.stdout)[HOST]["changed"] == 0


@pytest.mark.parametrize(
    ("files", "script"),
    [
        (["install.sh", "setup.sh", "bootstrap.sh", "Makefile"], "install.sh"),
        (["setup.sh", "bootstrap.sh", "Makefile"], "setup.sh"),
        (["bootstrap.sh", "Makefile"], "bootstrap.sh"),
        (["Makefile"], "make"),
        (["README"], ""),
    ],
)
def test_each_script_in_its_turn(scenario: Scenario, key: Pod, address: str, files: list[str], script: str) -> None:
    name = f"scripts-{script or 'none'}.git"
    publish(scenario.folder, name, {one: SAYS if one != "Makefile" else "all:\n\techo make >>~/ran\n" for one in files})
    report = key.anew(web_address(address, name))
    assert (report["state"], report["script"], report["changed"]) == ("installed", script, True), report
    assert key.ran() == ([script] if script else [])


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo oh no; exit 3", "failed with exit code 3"),
        ("sleep 1000 & echo $! >~/ran; wait", "did not end within 5 s and was ended"),
        ("head -c 30000000 /dev/zero | tr '\\0' x; exit 1", "failed with exit code 1"),
    ],
)
def test_each_way_to_fail(scenario: Scenario, key: Pod, address: str, script: str, reason: str) -> None:
    name = f"fails-{len(script)}.git"
    publish(scenario.folder, name, {"install.sh": f"#!/bin/sh\n{script}\n"})
    report = key.anew(web_address(address, name), timeout="5")
    assert report["state"] == "failed"
    assert reason in report["reason"]
    assert int(key.run("stat", "-c", "%s", report["log"])) < 1_100_000
    assert [pid for pid in key.ran() if key.run("sh", "-c", f"kill -0 {pid} && echo alive")] == []
    publish(scenario.folder, name, {"install.sh": SAYS})
    report = key.again(web_address(address, name), update="1")
    assert (report["state"], report["script"]) == ("installed", "install.sh")


def test_a_branch_over_the_web(scenario: Scenario, key: Pod, address: str) -> None:
    name = "it's $(a) repository.git"
    publish(scenario.folder, name, {"install.sh": SAYS})
    work = scenario.folder / "authors" / name
    git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{ODD_BRANCH}")
    report = key.anew(web_address(address, name), branch=ODD_BRANCH)
    assert (report["state"], report["branch"]) == ("installed", ODD_BRANCH), report


def test_a_start_goes_on_with_what_failed(scenario: Scenario, key: Pod) -> None:
    """Without the playbook, in the background, and with the settings that are in place."""
    key.run("sh", "-c", "rm -rf ~/dotfiles ~/.local/state/hatchpod/dotfiles.*")
    scenario.on(HOST, "docker", "restart", "key")
    waited = (
        "for n in $(seq 600); do [ -d ~/dotfiles ] && grep -q installed ~/.local/state/hatchpod/dotfiles.json && exit"
    )
    key.run("bash", "-c", f"{waited}; sleep 0.1; done")
    assert key.dotfiles()["state"] == "installed"
    assert "dotfiles: info: " in scenario.on(HOST, "sh", "-c", "docker logs key 2>&1")


def test_without_a_repository_the_settings_go_and_the_clone_stays(scenario: Scenario, key: Pod) -> None:
    inventory = yaml.safe_load((scenario.folder / "inventory/dotfiles.yml").read_text())["all"]["vars"]["workstations"]
    none = [{name: value for name, value in one.items() if "dotfiles" not in name} for one in inventory]
    arguments = ["--tags", "dotfiles", "--extra-vars", json.dumps({"workstations": none})]
    scenario.play("playbooks/site.yml", *arguments)
    assert scenario.on(HOST, "sh", "-c", "ls -d /etc/hatchpod/*/container/dotfiles 2>/dev/null || true") == ""
    assert key.dotfiles()["state"] == "off"
    assert key.run("ls", "/home/hatchpod/dotfiles") == "install.sh"
    again = scenario.play("playbooks/site.yml", *arguments)
    assert recap(again.stdout)[HOST]["changed"] == 0
