"""Where the `workstation_image` module gets the base image from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unit.workstation_image.conftest import BASE, Host, Run

# --- the base image ---


def test_base_that_is_there_is_not_pulled(host: Host, run: Run) -> None:
    host.has_image(BASE, None)
    assert run()["base_origin"] == "registry"
    assert "pull" not in [call[0] for call in host.calls]


def test_base_is_bootstrapped_from_the_hosts_mirror_where_no_registry_can_be_reached(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    assert run()["base_origin"] == "mirror"
    (_variant, _include, suite, root, last), lines = json.loads((host.folder / "mmdebstrap").read_text())
    assert (suite, root, last) == ("trixie", str(host.folder / "work" / "base.tar"), "-")
    assert lines == [
        "deb http://mirror.example.org/debian trixie main",
        "deb http://mirror.example.org/debian trixie-updates main",
        "deb http://mirror.example.org/security trixie-security main",
    ]
    assert ["import", root, "hatchpod/base:trixie"] in host.calls
    assert "BASE=hatchpod/base:trixie" in host.calls[2]
    assert not Path(root).exists()


def test_bootstrapped_base_is_made_once(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    host.has_image("hatchpod/base:trixie", None)
    assert run()["base_origin"] == "mirror"
    assert not (host.folder / "mmdebstrap").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"apt/sources.list.d/debian.sources": ""}, "name no mirror for bookworm", id="no mirror"),
        pytest.param({"os-release": "ID=ubuntu\nVERSION_CODENAME=noble\n"}, "is not Debian", id="not Debian"),
    ],
)
def test_no_mirror_for_the_base(host: Host, run: Run, change: dict[str, str], says: str) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    for name, text in change.items():
        (host.folder / name).write_text(text)
    result = run()
    assert says in result["msg"]
    assert "set image_base to an image that this host can reach" in result["msg"]


def test_no_program_that_could_make_the_base(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    (host.folder / "bin" / "mmdebstrap").unlink()
    assert "install mmdebstrap" in run()["msg"]


def test_failing_bootstrap_leaves_nothing(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    host.fails("mmdebstrap", "E: Temporary failure resolving 'mirror.example.org'")
    result = run()
    assert "cannot be bootstrapped from the mirror. A package mirror could not be reached" in result["msg"]
    assert not (host.folder / "work" / "base.tar").exists()


def test_failing_import(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    host.fails("import", "no space left on device")
    assert "cannot be imported. The disk is full" in run()["msg"]
    assert not (host.folder / "work" / "base.tar").exists()
