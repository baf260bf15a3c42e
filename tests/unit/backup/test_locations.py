"""What backup_repository may be."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "host", "port", "restic"),
    [
        ("/mnt/disk", "", 0, "/mnt/disk"),
        ("sftp:me@nas:/srv/pods", "nas", 2022, "sftp://me@nas:2022//srv/pods"),
        ("sftp:me@nas.lan:relative/my pods", "nas.lan", 2022, "sftp://me@nas.lan:2022/relative/my%20pods"),
        ("sftp:me@[fd00::1]:/x", "fd00::1", 2022, "sftp://me@[fd00::1]:2022//x"),
        ("s3:https://s3.example.org/bucket", "s3.example.org", 443, "s3:https://s3.example.org/bucket"),
        ("s3:http://nas:9000/bucket/a/b", "nas", 9000, "s3:http://nas:9000/bucket/a/b"),
        ("s3:s3.example.org/bucket", "s3.example.org", 443, "s3:s3.example.org/bucket"),
    ],
)
def test_known_forms(program: Any, text: str, host: str, port: int, restic: str) -> None:
    found = program.locations.parse(text, 2022)
    assert (found.host, found.port, found.for_restic, found.text) == (host, port, restic, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("backups", "an absolute path such as"),
        ("rclone:x:y", "an absolute path such as"),
        ("sftp:nas:/srv", "backup_sftp_port"),
        ("sftp:me:secret@nas:/srv", "backup_sftp_port"),
        ("sftp:-oProxyCommand=x@nas:/srv", "backup_sftp_port"),
        ("sftp:me@-oProxyCommand=x:/srv", "backup_sftp_port"),
        ('sftp:me@nas:/a"\n!sh', "backup_sftp_port"),
        ("sftp:me@nas:", "backup_sftp_port"),
        ("s3:https://nas", "a host and a bucket"),
        ("s3:https://nas/", "a host and a bucket"),
        ("s3:ftp://nas/bucket", "an absolute path such as"),
        ("s3:https://nas:99999/bucket", "an absolute path such as"),
        ("s3:https://nas/bucket?x=1", "a host and a bucket"),
    ],
)
def test_others_are_refused_with_what_to_do(program: Any, text: str, reason: str) -> None:
    with pytest.raises(program.BackupError, match="backup_repository cannot be") as caught:
        program.locations.parse(text)
    assert reason in str(caught.value)
    assert "Nothing was changed" in str(caught.value)


def test_credentials_in_an_address_are_refused_and_not_repeated(program: Any) -> None:
    with pytest.raises(program.BackupError, match="backup_s3_secret_key") as caught:
        program.locations.parse("s3:https://name:topsecret@nas/bucket")
    assert "topsecret" not in str(caught.value)
