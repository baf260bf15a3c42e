"""A workstation through an upgrade that works and one that does not. The tests build on each other."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hosts import checkout
from hosts.engine_data import BASE
from hosts.scenario import Scenario, recap
from hosts.visitor import Visitor
from standins import sysbox_package

HOST, NAME = "trixie", "hatchpod"
# Another release of the real package, with another `claude`.
OTHER_SDK = "0.2.186"
# By the variable: a release before the one that is locked, and the newest.
PINNED, CHANNEL = "2.1.329", "latest"
# What somebody does before the upgrade. The older `claude` is a STAND-IN.
WORK = """
umask 077
mkdir -p ~/.ssh ~/.local/bin
echo 'still here' > ~/workspace/notes
touch -d 2001-02-03 ~/workspace/notes
echo 'ls' > ~/.bash_history
printf '#!/bin/sh\\necho 0.0.1 older\\n' > ~/.local/bin/claude
chmod +x ~/.local/bin/claude
tar -C /etc -cf - hostname | docker import - kept:1
"""
# Stops the container while it starts.
BROKEN = "#!/bin/sh\necho 'broken on purpose' >&2\nexit 1\n"


@dataclass
class Life:
    """The workstation, and what somebody left in it before the upgrade."""

    scenario: Scenario
    visitor: Visitor
    checkout: Path
    password: str = ""
    before: dict[str, str] = field(default_factory=dict)

    def inside(self, command: str) -> str:
        """Run a command as the workstation's user, in a login shell."""
        argv = ["docker", "exec", "--user", "hatchpod", NAME, "bash", "-lc", command]
        return self.scenario.on(HOST, *argv)

    def kept(self) -> dict[str, str]:
        """Return everything that an upgrade must not touch."""

        def host(command: str) -> str:
            return self.scenario.on(HOST, "sh", "-c", command)

        return {
            "files": self.inside("cd && find workspace .ssh .bash_history -printf '%p %m %U:%G %T@\\n' | sort"),
            "content": self.inside("cat ~/workspace/notes"),
            "host keys": host(f"docker exec {NAME} sh -c 'cat /home/hatchpod/.hatchpod/ssh/*.pub'"),
            "inner image": self.inside("docker image inspect --format '{{.Id}}' kept:1"),
            "secrets": host("cd /etc/hatchpod && find . -type f | sort | xargs sha256sum"),
        }

    def image(self) -> str:
        """Return the id of the image that the workstation runs."""
        return self.scenario.on(HOST, "docker", "inspect", "--format", "{{.Image}}", NAME)

    def claude(self) -> str:
        """Return the version of `claude` that a login finds."""
        code, output = self.visitor.with_password(self.password, "bash -lc 'claude --version'")
        assert code == 0, output
        return output.split()[0]


@pytest.fixture(scope="module")
def life(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """The workstation after a person has worked in it."""
    visitor = Visitor(scenario, HOST, tmp_path_factory.mktemp("visitor"))
    life = Life(scenario, visitor, checkout.copy(tmp_path_factory.mktemp("checkout")))
    life.password = visitor.credentials()["SSH_PASSWORD"]
    visitor.status()
    life.inside(WORK)
    life.before = life.kept()
    return life


def test_a_new_version_of_claude_code_rolls_in(life: Life) -> None:
    earlier, version = life.image(), life.claude()
    checkout.pin(life.checkout, "claude-agent-sdk", OTHER_SDK)
    done = life.scenario.play("playbooks/upgrade.yml", "--extra-vars", f"image_base={BASE}", root=life.checkout)
    assert recap(done.stdout)[HOST]["failed"] == 0
    assert life.image() != earlier
    assert life.claude() not in {version, "0.0.1"}
    versions = json.loads(life.inside("cat /usr/lib/hatchpod/versions.json"))
    assert life.claude() == versions["claude"]


def test_an_older_claude_in_the_home_is_not_what_anybody_gets(life: Life) -> None:
    for path in ("", "PATH=$HOME/.local/bin:$PATH "):
        _, output = life.visitor.with_password(life.password, f"{path}claude --version")
        assert "older" not in output
    assert "0.0.1 older" in life.inside("~/.local/bin/claude.replaced-by-image")


def test_home_logins_and_inner_images_stay(life: Life) -> None:
    assert life.kept() == life.before


@pytest.mark.parametrize("wanted", [PINNED, CHANNEL])
def test_a_version_or_a_channel_is_what_people_and_the_api_get(life: Life, wanted: str) -> None:
    variables = f"image_base={BASE} image_claude_code_version={wanted}"
    done = life.scenario.play("playbooks/upgrade.yml", "--extra-vars", variables, root=life.checkout)
    assert recap(done.stdout)[HOST]["failed"] == 0
    expected = wanted if wanted == PINNED else life.inside(f"npm view @anthropic-ai/claude-code dist-tags.{wanted}")
    assert life.claude() == expected
    used = "import os; from hatchpod_api.providers.claude.command import executable; print(executable(os.environ))"
    assert life.inside(f"$(/opt/hatchpod/venv/bin/python -c '{used}') --version").split()[0] == expected
    assert life.kept() == life.before


def test_what_does_not_become_ready_is_rolled_back_with_the_reason(life: Life) -> None:
    working = life.image()
    broken = life.checkout / "roles/image/files/rootfs/etc/s6/init/05-broken"
    broken.write_text(BROKEN)
    broken.chmod(0o755)
    try:
        done = life.scenario.play(
            *("playbooks/upgrade.yml", "--extra-vars", f"image_base={BASE} workstation_ready_timeout=20"),
            check=False,
            root=life.checkout,
        )
    finally:
        broken.unlink()
    assert done.returncode != 0
    said = " ".join((done.stdout + done.stderr).split())
    assert f"{NAME} was not upgraded and runs its earlier image again" in said
    assert "broken on purpose" in said
    assert life.image() == working
    assert life.kept() == life.before
    assert life.visitor.with_password(life.password, "true")[0] == 0


def test_the_next_run_finds_nothing_to_do(life: Life) -> None:
    variables = f"image_base={BASE} image_claude_code_version={CHANNEL}"
    done = life.scenario.play("playbooks/site.yml", "--extra-vars", variables, root=life.checkout)
    assert recap(done.stdout)[HOST]["changed"] == 0, done.stdout


def test_another_sysbox_takes_the_place_of_the_one_under_a_running_workstation(life: Life) -> None:
    another = sysbox_package.build(life.scenario.folder / "mirror/sysbox", "0.7.2")
    release = {"sysbox_release": another.release}
    variables = json.dumps({"image_base": BASE, "image_claude_code_version": CHANNEL, **release})
    done = life.scenario.play("playbooks/site.yml", "--extra-vars", variables, root=life.checkout)
    assert recap(done.stdout)[HOST]["failed"] == 0
    installed = life.scenario.on(HOST, "dpkg-query", "--show", "--showformat", "${Version}", "sysbox-ce")
    assert installed == "0.7.2.linux"
    state = life.scenario.on(HOST, "docker", "inspect", "--format", "{{.State.Running}} {{.HostConfig.Runtime}}", NAME)
    assert state == "true sysbox-runc"
    life.visitor.status()
    assert life.kept() == life.before
    again = life.scenario.play("playbooks/site.yml", "--extra-vars", variables, root=life.checkout)
    assert recap(again.stdout)[HOST]["changed"] == 0, again.stdout
