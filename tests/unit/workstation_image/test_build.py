"""The `workstation_image` module: whether, from what and how it builds."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.module_utils.workstation_image import image_digest

from unit.workstation_image.conftest import BASE, DIGEST, IMAGE, MODULE, PEM, PLUGINS, Host, Run, arguments_in

# --- whether to build ---


def test_image_that_is_there_is_not_built_again(host: Host, run: Run) -> None:
    host.has_image(IMAGE, DIGEST)
    result = run()
    assert (result["changed"], result["build_required"]) == (False, False)
    assert (result["image"], result["image_id"], result["size"]) == (IMAGE, "sha256:0", 5)
    assert host.calls == []


@pytest.mark.parametrize("label", [None, "0" * 64])
def test_image_of_that_name_with_another_label_does_not_count(host: Host, run: Run, label: str | None) -> None:
    host.has_image(IMAGE, label)
    result = run(build=False)
    assert (result["build_required"], result["image_id"], result["size"]) == (True, None, None)


@pytest.mark.parametrize(
    ("build", "check_mode", "changed"), [(False, False, False), (False, True, True), (True, True, True)]
)
def test_missing_image_is_reported_and_not_built(
    host: Host, run: Run, build: bool, check_mode: bool, changed: bool
) -> None:
    result = run(build=build, check_mode=check_mode)
    assert (result["build_required"], result["changed"], result["image_id"]) == (True, changed, None)
    assert host.calls == []
    assert not (host.folder / "log").exists()


def test_check_mode_needs_no_docker(host: Host, run: Run) -> None:
    (host.folder / "bin" / "docker").unlink()
    assert run(check_mode=True)["build_required"] is True


def test_build(host: Host, run: Run) -> None:
    arguments = {"B": "two words", "A": "1"}
    digest = image_digest("c0", arguments, BASE, [])
    image = f"pod/image:{digest[:16]}"
    result = run(build_args=arguments)
    assert (result["changed"], result["image"], result["image_id"], result["size"]) == (True, image, "sha256:1", 7)
    assert result["base_origin"] == "registry"
    build = ["build", "--tag", image, "--label", f"hatchpod.digest={digest}", "--build-arg", f"BASE={BASE}"]
    assert host.calls == [
        ["pull", BASE],
        [*build, "--build-arg", "A=1", "--build-arg", "B=two words", "-"],
        ["tag", image, "pod/image:latest"],
    ]
    assert "STAND-IN: build" in (host.folder / "log" / "build.log").read_text()
    assert run(build_args=arguments)["changed"] is False


def test_forced_build_takes_nothing_from_the_cache(host: Host, run: Run) -> None:
    host.has_image(IMAGE, DIGEST)
    result = run(force=True)
    assert result["changed"] is True
    assert "--no-cache" in host.calls[1]


def test_results_are_the_documented_ones(host: Host, run: Run) -> None:
    assert set(run()) - {"invocation"} == set(yaml.safe_load(MODULE.RETURN)) | {"changed"}


# --- certificates ---


def test_certificates_are_part_of_the_context_and_of_the_digest(host: Host, run: Run) -> None:
    other = PEM.replace("QUJD", "REVG")
    result = run(ca_certificates=[f"# company\n{PEM}{other}"])
    assert result["ca_certificates"] == [PEM, other]
    assert result["image"] != IMAGE
    assert {name: text for name, text in host.context.items() if name.endswith((".crt", "file"))} == {
        "Dockerfile": "FROM x",
        "ca/000.crt": PEM,
        "ca/001.crt": other,
    }


def test_folder_of_certificates_is_always_there(host: Host, run: Run) -> None:
    run()
    assert set(host.context) == {"Dockerfile", "ca/README"}


def test_hosts_own_certificates_are_taken_when_none_are_given(host: Host, run: Run) -> None:
    (host.folder / "bundle").write_text(PEM)
    assert run(build=False)["ca_certificates"] == [PEM]
    assert run(build=False, ca_certificates=[])["ca_certificates"] == []


@pytest.mark.parametrize("given", [["/etc/ssl/company.crt"], [PEM + PEM, "nothing"]])
def test_what_is_no_certificate_is_refused(host: Host, run: Run, given: list[str]) -> None:
    result = run(ca_certificates=given)
    assert "must be the text of a PEM certificate, not a file's name" in result["msg"]
    assert host.calls == []


# --- builds that fail ---


def test_failing_build_names_cause_fix_and_log(host: Host, run: Run) -> None:
    host.fails("build", "".join(f"step {number}\n" for number in range(40)) + "write: no space left on device")
    result = run()
    assert result["failed"] is True
    assert "what ran before goes on unchanged. The disk is full." in result["msg"]
    assert str(host.folder) in result["msg"]  # where Docker keeps its data
    assert "docker image prune" in result["msg"]
    assert f"whole output is in {host.folder / 'log' / 'build.log'}" in result["msg"]
    assert result["last_lines"][0] == "step 26"
    assert "no space left" in result["last_lines"][-1]
    assert "tag" not in [call[0] for call in host.calls]


def test_too_little_space_is_refused_before_anything_starts(
    host: Host, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as the standard library has it
    monkeypatch.setattr(MODULE.shutil, "disk_usage", lambda _place: usage(0, 0, 5_900_000_000))
    result = run(free_space=6)
    assert "needs 6 GB free" in result["msg"]
    assert "5.9 GB are" in result["msg"]
    assert "Nothing was changed" in result["msg"]
    assert host.calls == []


def test_build_that_takes_too_long_is_ended(host: Host, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(host.folder / "wait-build")
    monkeypatch.setattr(MODULE, "BUILD_LIMIT", 1)
    assert "It took too long and was ended" in run()["msg"]


# --- two at a time ---


@pytest.fixture
def other_build(host: Host) -> Iterator[subprocess.Popen[bytes]]:
    """A run of the module in another process, in the middle of its build."""
    os.mkfifo(host.folder / "wait-build")
    program = (
        "import importlib, pathlib, sys, ansible.module_utils as utils\n"
        f"utils.__path__.append({str(PLUGINS / 'module_utils')!r})\n"
        f"sys.path.append({str(PLUGINS)!r})\n"
        "module = importlib.import_module('modules.workstation_image')\n"
        f"module.WORK = pathlib.Path({str(host.folder / 'work')!r})\n"
        f"module.TRUST_BUNDLE = pathlib.Path({str(host.folder / 'bundle')!r})\n"
        "from ansible.module_utils.testing import patch_module_args\n"
        f"with patch_module_args({arguments_in(host.folder)!r}):\n"
        "    module.main()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.mark.timeout(60)
def test_second_build_waits_for_the_first_and_changes_nothing(
    host: Host, other_build: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, call_module: Any
) -> None:
    waited, output = [], []

    def let_the_first_go_on(_seconds: float) -> None:
        """Stand in for the second run's wait: the first is in its build, so end that."""
        waited.append((host.folder / "log" / "build.log").read_text())
        (host.folder / "wait-build").write_text("go on")  # returns when the build reads it
        (host.folder / "wait-build").unlink()
        output.append(other_build.communicate()[0])

    while not (host.folder / "building").exists():
        assert other_build.poll() is None
        os.sched_yield()
    monkeypatch.setattr(MODULE, "time", SimpleNamespace(monotonic=time.monotonic, sleep=let_the_first_go_on))
    second = call_module("workstation_image", arguments_in(host.folder))
    first = json.loads(output[0])
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["image_id"] == second["image_id"] == "sha256:1"
    assert [call[0] for call in host.calls] == ["pull", "build", "tag"]
    assert len(waited) == 1
    assert "STAND-IN: build" in (host.folder / "log" / "build.log").read_text()
    assert (host.folder / "log" / "build.log").read_text().startswith(waited[0])
    assert list(host.folder.glob("context-*")) == []


def test_build_that_never_ends_is_named(host: Host, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 10**6, MODULE.BUILD_LIMIT // 2))
    clock = SimpleNamespace(monotonic=lambda: next(now), sleep=lambda _seconds: None)
    monkeypatch.setattr(MODULE, "time", clock)
    (host.folder / "work").mkdir()
    with (host.folder / "work" / "lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "Another build holds" in run()["msg"]
    assert host.calls == []


def test_context_is_removed_even_when_the_arguments_are_wrong(host: Host, call_module: Any) -> None:
    arguments = arguments_in(host.folder, ca_certificates=["x"])
    assert call_module("workstation_image", arguments)["failed"] is True
    assert not Path(arguments["context"]).exists()


def test_images_before_the_last_one_are_removed_unless_a_container_uses_them(host: Host, run: Run) -> None:
    for age, name in enumerate(["pod/image:used", "pod/image:older", "pod/image:old", "pod/image:last"]):
        host.has_image(name, name)
        path = host.folder / "images" / f"{name.replace('/', '+')}.json"
        os.utime(path, (age, age))
    (host.folder / "used").write_text("pod/image:used")
    run()
    left = {path.stem for path in (host.folder / "images").glob("pod+image:*")}
    assert left == {f"pod+image:{DIGEST[:16]}", "pod+image:latest", "pod+image:last", "pod+image:used"}
