"""A repository in S3, on a real server behind TLS."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.backup.conftest import PASSWORD, World
from unit.backup.furniture import furnish, listing
from unit.backup.servers import ACCESS_KEY, SECRET_KEY, S3Server, free_port


@pytest.fixture
def server(world: World, tmp_path: Path) -> Iterator[S3Server]:
    """A server whose credentials and authority the host has."""
    server = S3Server(tmp_path / "server")
    (world.store / "S3_ACCESS_KEY").write_text(f"{ACCESS_KEY}\n")
    (world.store / "S3_SECRET_KEY").write_text(f"{SECRET_KEY}\n")
    shutil.copy(server.certificate, world.store / "s3_ca.pem")
    world.configure(repository=server.repository, s3_region="us-east-1")
    with server.up():
        yield server


def refused(world: World, match: str) -> None:
    """A backup says this, and the workstation is not even held."""
    calls = world.calls()
    with pytest.raises(world.program.BackupError, match=match):
        world.create()
    assert world.calls() == calls


def test_home_comes_back(world: World, server: S3Server, tmp_path: Path) -> None:
    real = shutil.which("restic")
    wrapper = world.folder.parent / "bin/restic"
    wrapper.write_text(f'#!/bin/sh\n{{ echo "$*"; env; }} >>{tmp_path}/seen\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    furnish(world.home)
    before = listing(world.home)
    assert world.program.candidate.check(world.store) == {"repository": "absent"}
    world.configure(keep={"last": 1})
    world.create()
    assert world.create()["removed"] == 1
    assert world.program.candidate.check(world.store) == {"repository": "ready"}
    (world.home / "notes").write_text("later")
    world.restore()
    assert listing(world.home) == before
    seen = (tmp_path / "seen").read_text()
    assert server.repository in seen
    assert not {SECRET_KEY, ACCESS_KEY, PASSWORD} & set(seen.replace("=", "\n").split("\n"))
    assert SECRET_KEY not in seen


def test_wrong_credentials_are_refused(world: World, server: S3Server) -> None:
    world.create("none")
    (world.store / "S3_SECRET_KEY").write_text("not-the-secret-key-of-this-server")
    refused(world, r"127\.0\.0\.1 \(port \d+\) refuses the credentials.*backup_s3_secret_key")
    (world.store / "S3_SECRET_KEY").unlink()
    refused(world, "S3_SECRET_KEY is not there: set backup_s3_secret_key")


def test_server_of_an_unknown_authority_gets_nothing(world: World, server: S3Server) -> None:
    (world.store / "s3_ca.pem").unlink()
    refused(world, "certificate that this host does not trust.*backup_s3_ca_certificate")
    assert not (server.folder / "data/bucket").exists()


def test_server_that_is_not_there_is_named(world: World, server: S3Server) -> None:
    world.configure(repository=f"s3:https://127.0.0.1:{free_port()}/bucket")
    refused(world, r"127\.0\.0\.1 cannot be reached on port \d+ for backup_repository: Connection refused")


def test_server_that_never_answers_is_given_up(world: World, server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something listens, and says nothing."""
    monkeypatch.setattr(world.program.restic, "OPEN_LIMIT", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        world.configure(repository=f"s3:https://127.0.0.1:{silent.getsockname()[1]}/bucket")
        refused(world, "did not answer within 2 s")


def test_wrong_password_is_refused_and_a_vanished_repository_is_missed(world: World, server: S3Server) -> None:
    world.create("none")
    (world.store / "PASSWORD").write_text("another password")
    refused(world, "does not open the repository")
    (world.store / "PASSWORD").write_text(PASSWORD)
    shutil.rmtree(server.folder / "data/bucket")
    refused(world, "held a repository, and is empty now or not there")
    assert not (server.folder / "data/bucket").exists()
