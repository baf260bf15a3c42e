"""Of what the backup program writes onto a host, a removal of everything leaves the backups and what opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.backup.test_role import REPOSITORY, run

FOLDERS = ("/etc", "/run", "/usr", "/var")


def below(root: Path, value: Any) -> Any:
    """Return tasks whose paths lead to folders of the test's own."""
    text = yaml.safe_dump(value, width=10_000)
    for folder in FOLDERS:
        text = text.replace(f"{folder}/", f"{root}{folder}/")
    return yaml.safe_load(text)


def test_only_backups_and_what_opens_them_stay(program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the folders are the program's own
    settings, root = program.settings, tmp_path / "root"
    stay = [settings.STORE / "PASSWORD", settings.RECORDS / "pod.json"]
    go = [settings.CACHE / "0123/index/abcd", settings.LOCKS / "pod", Path("/usr/local/sbin/hatchpod-backup")]
    go.append(Path("/usr/local/lib/hatchpod-backup/hatchpod_backup/command.py"))
    unit = "hatchpod-backup-release.service"
    go += [Path("/etc/systemd/system") / unit, Path("/etc/systemd/system/multi-user.target.wants") / unit]
    for path in (*stay, *go):
        file = root / path.relative_to("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    tasks = yaml.safe_load((REPOSITORY / "playbooks/tasks/remove_everything.yml").read_text())
    files = [task for task in tasks if task["name"].startswith(("Files of", "Empty folders of"))]
    assert len(files) == 2
    done = run(tmp_path, below(root, files))
    assert done.returncode == 0, done.stdout
    left = {path for path in root.rglob("*") if path.is_file()}
    assert left == {root / path.relative_to("/") for path in stay}
    assert not (root / "var/cache/hatchpod").exists()
