"""Whatever a client names, and whoever swaps folders for links meanwhile: nothing outside is ever opened."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hatchpod_api.errors import ConflictError, ForbiddenError, HatchpodError, NotFoundError, ValueNotAllowedError
from hatchpod_api.workspace import Workspace

NAMES = st.sampled_from(["a", "b", "out", "..", ".", "", "loop", "secret", "up"])
TARGETS = st.sampled_from(
    ["a", "../a", "..", "../..", "/", "../../outside", "../outside/secret", "loop", "/etc/passwd"]
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("out")
    (tmp_path / "root/a/b").mkdir(parents=True)
    (tmp_path / "root/a/file").write_text("in")
    return Workspace(tmp_path / "root")


def contents(workspace: Workspace, path: str) -> bytes:
    with workspace.open_file(workspace.resolve(path)) as file:
        return file.read()


def test_relative_and_absolute_paths_mean_the_same(workspace: Workspace) -> None:
    assert contents(workspace, "a/file") == contents(workspace, f"{workspace.root}/a/file") == b"in"
    assert workspace.resolve("") == workspace.resolve(".") == workspace.root
    assert workspace.shown(workspace.resolve("a//file")) == "a/file"
    assert workspace.shown(workspace.root) == ""


@pytest.mark.parametrize("path", ["../outside/secret", "a/../file", "/etc/passwd", "..", "/"])
def test_paths_that_lead_out_are_forbidden(workspace: Workspace, path: str) -> None:
    with pytest.raises(ForbiddenError) as caught:
        workspace.resolve(path)
    assert (caught.value.code, caught.value.field) == ("outside_workspace", "path")


def test_a_neighbour_whose_name_begins_alike_is_outside(workspace: Workspace) -> None:
    (workspace.root.parent / "rootless").mkdir()
    with pytest.raises(ForbiddenError):
        workspace.resolve(f"{workspace.root}less")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "\ud800"])
def test_what_cannot_be_a_path_is_not_allowed(workspace: Workspace, path: str) -> None:
    with pytest.raises(ValueNotAllowedError):
        workspace.resolve(path)


@pytest.mark.parametrize("target", ["../outside", "../outside/secret", "/etc", "..", "../root/../outside"])
def test_a_link_that_leads_out_is_forbidden(workspace: Workspace, target: str) -> None:
    (workspace.root / "link").symlink_to(target)
    for path in ("link", "link/secret"):
        with pytest.raises(ForbiddenError):
            workspace.resolve(path)


def test_a_link_inside_is_followed(workspace: Workspace) -> None:
    (workspace.root / "link").symlink_to("a")
    assert contents(workspace, "link/file") == b"in"
    assert workspace.resolve("link", follow=False) == workspace.root / "link"


def test_the_root_itself_may_be_a_link(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "home").symlink_to("root")
    assert contents(Workspace(tmp_path / "home"), f"{tmp_path}/home/a/file") == b"in"


@pytest.mark.parametrize(
    ("path", "error"), [("a/none", NotFoundError), ("a/file/x", ConflictError), ("loop", ConflictError)]
)
def test_what_the_system_refuses_is_explained(workspace: Workspace, path: str, error: type[HatchpodError]) -> None:
    (workspace.root / "loop").symlink_to("loop")
    real = workspace.resolve(path)
    with pytest.raises(error), workspace.explained(real):
        workspace.open(real)


def test_a_named_pipe_is_refused_at_once(workspace: Workspace) -> None:
    os.mkfifo(workspace.root / "pipe")
    real = workspace.resolve("pipe")
    with pytest.raises(ConflictError), workspace.explained(real):
        workspace.open(real)


@given(links=st.dictionaries(NAMES.filter(str.isalpha), TARGETS, max_size=4), parts=st.lists(NAMES, max_size=5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_opened_is_inside(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, str], parts: list[str]
) -> None:
    base = tmp_path_factory.mktemp("case")
    root = base / "root"
    (root / "a").mkdir(parents=True)
    (root / "a/secret").write_text("in")
    (base / "outside").mkdir()
    (base / "outside/secret").write_text("out")
    for name, target in links.items():
        for folder in (root, root / "a"):
            if not os.path.lexists(folder / name):
                (folder / name).symlink_to(target)
    workspace = Workspace(root)
    for path in ("/".join(parts), f"{root}/" + "/".join(parts)):
        try:
            opened = workspace.open(workspace.resolve(path))
        except (HatchpodError, OSError):
            continue
        try:
            assert Path(f"/proc/self/fd/{opened}").readlink().is_relative_to(root)
        finally:
            os.close(opened)


def test_a_folder_swapped_for_a_link_meanwhile_opens_nothing_outside(workspace: Workspace) -> None:
    (workspace.root / "a/secret").write_text("in")
    (workspace.root / "trap").symlink_to("../outside")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (workspace.root / "a").rename(workspace.root / "aside")
            (workspace.root / "trap").rename(workspace.root / "a")
            (workspace.root / "a").rename(workspace.root / "trap")
            (workspace.root / "aside").rename(workspace.root / "a")

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        for _ in range(20_000):
            try:
                seen.add(contents(workspace, "a/secret"))
            except (HatchpodError, OSError) as error:
                seen.add(type(error).__name__.encode())
    finally:
        stop.set()
        thread.join()
    assert b"in" in seen
    assert b"out" not in seen
    assert len(seen) > 1, "the swaps were never met"


def test_a_folder_that_is_no_file_leaves_no_descriptor_open(workspace: Workspace) -> None:
    before = list(Path("/proc/self/fd").iterdir())
    with pytest.raises(IsADirectoryError):
        contents(workspace, "a/b")
    assert list(Path("/proc/self/fd").iterdir()) == before
