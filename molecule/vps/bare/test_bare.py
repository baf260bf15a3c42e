"""The machine before anything was done to it."""

from __future__ import annotations

import json
import platform

from hosts.scenario import changed_tasks, recap
from hosts.virtual.reached import Reached, difference, remember

HOST = "vps"


def test_it_is_a_machine_of_its_own(scenario: Reached) -> None:
    assert scenario.on(HOST, "uname", "-r") != platform.release()
    assert scenario.on(HOST, "cat", "/proc/1/comm") == "systemd"
    assert scenario.on(HOST, "stat", "-fc", "%T", "/sys/fs/cgroup") == "cgroup2fs"
    assert scenario.on(HOST, "systemd-detect-virt", "--container", check=False) == "none"


def test_it_is_bare(scenario: Reached) -> None:
    assert scenario.on(HOST, "sh", "-c", "command -v docker dockerd containerd runc || echo none") == "none"
    assert scenario.on(HOST, "sh", "-c", "ls -d /etc/docker /etc/hatchpod 2>/dev/null || echo none") == "none"


def test_check_mode_tells_and_changes_nothing(scenario: Reached) -> None:
    before = scenario.traces(HOST)
    output = scenario.play("playbooks/site.yml", "--check").stdout
    assert recap(output)[HOST]["failed"] == 0
    assert any("Packages would be installed" in task for task in changed_tasks(output))
    after = scenario.traces(HOST)
    assert difference(before, after) == {kind: [] for kind in before}
    remember(scenario, "before", before)
    print(json.dumps({kind: len(found) for kind, found in before.items()}))  # noqa: T201 - what was compared
