"""A volume as claude-box left it, and the `claude` that writes to it."""

from __future__ import annotations

from dataclasses import dataclass

from e2e.machine import docker
from hosts.scenario import Scenario
from standins.messages_endpoint import Endpoint

HOST, VOLUME = "trixie", "claude-box_claude-home"
REMEMBER = "Remember that the egg is blue."
# claude-box's user and paths. Its image is not at hand: the workstation's own has the same `claude`.
MAKE_USER = "useradd -u 1001 -d /home/claude -s /bin/bash claude && chown claude: /home/claude && sleep infinity"
WAIT_FOR_USER = "for _ in $(seq 100); do docker exec claude-box id claude && break; sleep 0.2; done"
FURNISH = f"""
umask 022
mkdir -p ~/shop ~/.npm-global/bin ~/.ssh && chmod 700 ~/.ssh
echo 'export PATH=/home/claude/.npm-global/bin:$PATH' > ~/.bashrc
git config --global core.hooksPath /home/claude/hooks
echo 'prefix=/home/claude/.npm-global' > ~/.npmrc
ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
printf '#!/bin/sh\\necho served\\n' > ~/.npm-global/bin/server && chmod +x ~/.npm-global/bin/server
ln -s /home/claude/.npm-global/bin/server ~/server
cd ~/shop
claude mcp add --scope local tools -- /home/claude/.npm-global/bin/server
claude mcp add --scope user everywhere -- /home/claude/.npm-global/bin/server
echo '{{"hooks": {{}}, "env": {{"TOOLS": "/home/claude/tools"}}}}' > ~/.claude/settings.json
claude -p '{REMEMBER}'
"""


@dataclass
class OldBox:
    """The volume, and the `claude` that writes to it and later reads it."""

    scenario: Scenario
    endpoint: Endpoint

    def environment(self) -> list[str]:
        """Return the options of `docker exec` that lead `claude` to the endpoint."""
        gateway = docker("inspect", "--format", "{{.NetworkSettings.Gateway}}", self.scenario.container(HOST))
        variables = {
            "ANTHROPIC_BASE_URL": f"http://{gateway}:{self.endpoint.port}",
            "ANTHROPIC_API_KEY": "test-key",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        }
        return [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]

    def listing(self) -> str:
        """Return everything in the volume, with modes, owners, times and contents."""
        script = (
            f"cd /var/lib/docker/volumes/{VOLUME}/_data && find . -printf '%p %y %m %U:%G %T@ %l\\n' | sort"
            " && find . -type f -print0 | sort -z | xargs -0 sha256sum"
        )
        return self.scenario.on(HOST, "sh", "-c", script)

    def work(self) -> None:
        """Start claude-box and work in it; its container still runs afterwards."""
        image = self.scenario.on(HOST, "docker", "inspect", "--format", "{{.Image}}", "hatchpod")
        start = ["docker", "run", "--detach", "--name", "claude-box", "--volume", f"{VOLUME}:/home/claude"]
        self.scenario.on(HOST, *start, "--entrypoint", "sh", image, "-c", MAKE_USER)
        self.scenario.on(HOST, "sh", "-c", WAIT_FOR_USER)
        user = ["--user", "claude", "--workdir", "/home/claude", "--env", "HOME=/home/claude"]
        self.scenario.on(HOST, "docker", "exec", *user, *self.environment(), "claude-box", "bash", "-ec", FURNISH)
