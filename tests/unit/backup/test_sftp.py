"""A repository behind SFTP, on a real sshd."""

from __future__ import annotations

import getpass
import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.backup.conftest import PASSWORD, World
from unit.backup.furniture import furnish, listing
from unit.backup.servers import SftpServer, free_port, key_pair


@pytest.fixture
def server(world: World, tmp_path: Path) -> Iterator[SftpServer]:
    """A server that the host may log in to, and whose host key is known."""
    server = SftpServer(tmp_path / "server")
    key = key_pair(world.store / "SFTP_KEY")
    server.authorized.write_text(key.with_suffix(".pub").read_text())
    know(world, server.host_key)
    world.configure(repository=server.repository, sftp_port=server.port)
    with server.up():
        yield server


def know(world: World, *keys: Path) -> None:
    lines = [f"backup {key.with_suffix('.pub').read_text()}" for key in keys]
    (world.store / "known_hosts").write_text("".join(lines))


def refused(world: World, match: str) -> None:
    """Both a backup and the check say this, and the workstation is not even held."""
    calls = world.calls()
    for action in (world.create, lambda: world.program.candidate.check(world.store)):
        with pytest.raises(world.program.BackupError, match=match):
            action()
    assert world.calls() == calls


def test_home_comes_back(world: World, server: SftpServer) -> None:
    furnish(world.home)
    before = listing(world.home)
    assert world.program.candidate.check(world.store) == {"repository": "absent"}
    world.create()
    assert world.program.candidate.check(world.store) == {"repository": "ready"}
    (world.home / "notes").write_text("later")
    world.restore()
    assert listing(world.home) == before


def test_no_secret_is_in_arguments_or_environment(world: World, server: SftpServer, tmp_path: Path) -> None:
    """A program of restic's name notes how it is called, then does what restic does."""
    real = shutil.which("restic")
    wrapper = world.folder.parent / "bin/restic"
    wrapper.write_text(f'#!/bin/sh\n{{ echo "$*"; env; }} >>{tmp_path}/seen\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    world.create()
    seen = (tmp_path / "seen").read_text()
    assert "BatchMode=yes" in seen
    assert PASSWORD not in seen
    assert (world.store / "SFTP_KEY").read_text().splitlines()[1] not in seen


def test_server_with_another_host_key_gets_nothing(world: World, server: SftpServer) -> None:
    know(world, key_pair(world.folder / "other"))
    refused(world, r"The host key of 127\.0\.0\.1 \(port \d+\) is not the one that is known.*backup_sftp_host_keys;")
    (world.store / "known_hosts").unlink()
    refused(world, "The host key of")
    assert list(server.data.iterdir()) == []


def test_key_taken_at_first_use_is_the_only_one_from_then_on(world: World, tmp_path: Path) -> None:
    server = SftpServer(tmp_path / "server")
    key = key_pair(world.store / "SFTP_KEY")
    server.authorized.write_text(key.with_suffix(".pub").read_text())
    world.configure(repository=server.repository, sftp_port=server.port, sftp_accept_host_key=True)
    with server.up():
        world.create("none")
    accepted = world.program.settings.RECORDS / "known_hosts"
    assert server.host_key.with_suffix(".pub").read_text().split()[1] in accepted.read_text()
    server.replace_host_key("new")
    with server.up():
        refused(world, f"put that into backup_sftp_host_keys or remove {accepted}")


def test_a_try_out_that_is_only_a_check_keeps_nothing(world: World, tmp_path: Path) -> None:
    server = SftpServer(tmp_path / "server")
    key = key_pair(world.store / "SFTP_KEY")
    server.authorized.write_text(key.with_suffix(".pub").read_text())
    world.configure(repository=server.repository, sftp_port=server.port, sftp_accept_host_key=True)
    settings, try_out = world.program.settings, world.program.candidate.try_out
    shutil.rmtree(settings.RECORDS)
    with server.up():
        assert try_out("{}", world.store, dry_run=True) == {"repository": "absent"}
        assert not settings.RECORDS.exists()
        world.create("none")
        shutil.rmtree(settings.CACHE)
        assert try_out("{}", world.store, dry_run=True) == {"repository": "ready"}
        assert not settings.CACHE.exists()
    accepted = settings.RECORDS / "known_hosts"
    before = accepted.read_text()
    server.replace_host_key("new")
    with server.up(), pytest.raises(world.program.BackupError, match=f"or remove {accepted}"):
        try_out("{}", world.store, dry_run=True)
    assert accepted.read_text() == before
    assert list(settings.RUN.iterdir()) == []


def test_server_that_does_not_let_in_is_told_which_key_it_needs(world: World, server: SftpServer) -> None:
    server.authorized.write_text("")
    public = (world.store / "SFTP_KEY.pub").read_text().strip()
    refused(world, f"Add this line to ~/.ssh/authorized_keys of {getpass.getuser()} there: {re.escape(public)}")


def test_server_that_is_not_there_is_named(world: World, server: SftpServer) -> None:
    world.configure(sftp_port=free_port())
    refused(world, r"127\.0\.0\.1 cannot be reached on port \d+ for backup_repository: Connection refused")


def test_server_that_never_answers_is_given_up_for_every_workstation(
    world: World, command: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something listens, and says nothing; ssh itself would wait longer."""
    monkeypatch.setattr(world.program.restic, "OPEN_LIMIT", 2)
    shutil.copytree(world.folder / "volumes/pod_home", world.folder / "volumes/other_home")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        repository = {"repository": "sftp:me@127.0.0.1:/backups", "sftp_port": silent.getsockname()[1]}
        world.configure(**repository, workstations=["pod", "other"])
        refused(world, "sftp:me@127.0.0.1:/backups did not answer within 2 s. Nothing was changed.")
        with pytest.raises(SystemExit, match=r"(?s)pod: .* did not answer .*other: .* did not answer"):
            command("run")
    for name in ("pod", "other"):
        failure = json.loads((world.program.settings.RECORDS / f"{name}.failure.json").read_text())
        assert "did not answer" in failure["failure"]


def test_server_whose_ssh_never_answers_is_named_with_the_reason(world: World, server: SftpServer) -> None:
    said = "Connection timed out during banner exchange\nConnection closed\n"  # ssh's own words after 20 seconds
    told = world.program.troubles.known(said, world.repository.location, world.store, None)
    assert re.match(r"127\.0\.0\.1 \(port \d+\) cannot be reached: Connection timed out during", told)


def test_other_content_on_the_server_is_left_alone(world: World, server: SftpServer) -> None:
    folder = Path(server.repository.split(":", 2)[2])
    folder.mkdir()
    (folder / "photo").touch()
    refused(world, "neither empty nor a restic repository")
    assert [path.name for path in folder.iterdir()] == ["photo"]


def test_empty_folder_on_the_server_becomes_a_repository(world: World, server: SftpServer) -> None:
    folder = Path(server.repository.split(":", 2)[2])
    folder.mkdir()
    world.create("none")
    assert (folder / "config").exists()


def test_wrong_password_is_refused_and_a_vanished_repository_is_missed(world: World, server: SftpServer) -> None:
    world.create("none")
    (world.store / "PASSWORD").write_text("another password")
    refused(world, "does not open the repository")
    (world.store / "PASSWORD").unlink()
    refused(world, "does not know its password: set backup_password")
    (world.store / "PASSWORD").write_text(PASSWORD)
    shutil.rmtree(server.data)
    server.data.mkdir()
    refused(world, "held a repository, and is empty now or not there")
    assert list(server.data.iterdir()) == []
