"""A GPG key from the inventory in the person's key ring."""

from __future__ import annotations

import hashlib

from hatchpod_home.files import HomeError
from hatchpod_home.programs import run, succeeds
from hatchpod_home.record import Change, Record

GPG = ("gpg", "--batch", "--no-tty", "--quiet")


def apply(record: Record, key: str | None) -> None:
    """Import the key once. One that somebody removed stays away; one that was there before is never removed."""
    base: dict[str, str] = record.ours.get("gpg_key", {})
    digest = None if key is None else hashlib.sha256(key.strip().encode()).hexdigest()
    if base.get("digest") == digest:
        if base and not _has(base["fingerprint"]):
            record.kept.append(f"GPG key {base['fingerprint']} (removed by hand)")
        return
    fingerprint = None if key is None else _fingerprint(key)
    if base and base["fingerprint"] != fingerprint:
        _remove(record, base["fingerprint"])
    if key is None or fingerprint is None:
        return
    if not base and _has(fingerprint):
        record.kept.append(f"GPG key {fingerprint} (was there before)")
        return
    record.changes.append(Change(f"GPG key {fingerprint}"))
    if not record.check:
        run(*GPG, "--import", stdin=key)
        run(*GPG, "--import-ownertrust", stdin=f"{fingerprint}:6:\n")  # one's own key: trusted ultimately
    record.own("gpg_key", {"fingerprint": fingerprint, "digest": digest})


def _remove(record: Record, fingerprint: str) -> None:
    if _has(fingerprint):
        record.changes.append(Change(f"GPG key {fingerprint}"))
        if not record.check:
            run(*GPG, "--yes", "--delete-secret-and-public-key", fingerprint)
    record.own("gpg_key", None)


def _has(fingerprint: str) -> bool:
    return succeeds(*GPG, "--list-secret-keys", fingerprint)


def _fingerprint(key: str) -> str:
    """Return the fingerprint of the first private key in a text."""
    try:
        listed = run(*GPG, "--show-keys", "--with-colons", stdin=key)
    except HomeError:
        listed = ""
    private = False
    for line in listed.splitlines():
        fields = line.split(":")
        private = private or fields[0] == "sec"
        if private and fields[0] == "fpr":
            return fields[9]
    raise HomeError("identity_gpg_key holds no private key; set it to what `gpg --export-secret-keys --armor` prints")
