import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from hatchpod_api.files.content import MAX_CONTENT
from hatchpod_api.git.command import Git
from hatchpod_api.http.files import HANDLERS
from hatchpod_api.workspace import Workspace


@pytest.fixture
def client(serve, workspace: Workspace, git: Git) -> httpx.Client:  # type: ignore[no-untyped-def]
    client: httpx.Client = serve(HANDLERS, workspace=workspace, git=git)
    return client


def read(client: httpx.Client, path: str) -> dict[str, object]:
    response = client.get("/api/files", params={"path": path})
    assert response.status_code == 200, response.text
    answer: dict[str, object] = response.json()
    return answer


def test_a_folder_lists_folders_first_and_offers_the_visible_ones(client: httpx.Client, root: Path) -> None:
    for name in ("b", "A", ".git", "node_modules"):
        (root / name).mkdir()
    (root / "a.txt").write_text("abc")
    os.utime(root / "a.txt", (0, 1_700_000_000))
    listing = client.get("/api/browse", params={"files": True}).json()
    assert (listing["path"], listing["cwd"], listing["truncated"]) == ("", str(root), False)
    assert listing["dirs"] == ["A", "b"]
    assert [entry["name"] for entry in listing["entries"]] == [".git", "A", "b", "node_modules", "a.txt"]
    assert listing["entries"][-1] == {
        "name": "a.txt",
        "path": "a.txt",
        "type": "file",
        "hidden": False,
        "link": False,
        "size": 3,
        "modifiedAt": "2023-11-14T22:13:20.000Z",
    }
    assert client.get("/api/browse").json()["entries"] == []


def test_links_show_what_they_lead_to_only_inside(client: httpx.Client, root: Path) -> None:
    (root / "folder").mkdir()
    (root / "inside").symlink_to("folder")
    (root / "out").symlink_to("../outside")
    (root / "broken").symlink_to("nothing")
    entries = {entry["name"]: entry for entry in client.get("/api/browse?files=true").json()["entries"]}
    assert {name: entry["type"] for name, entry in entries.items()} == {
        "folder": "folder",
        "inside": "folder",
        "out": "link",
        "broken": "link",
    }
    assert [name for name, entry in entries.items() if entry["link"]] == ["inside", "broken", "out"]


def test_a_name_that_is_no_text_does_not_break_the_list(client: httpx.Client, root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9")).write_text("")
    assert client.get("/api/browse?files=true").json()["entries"][0]["name"] == "caf\ufffd"


@pytest.mark.parametrize("path", ["link/secret", "link", "../outside/secret", "/etc/passwd", "a/../../outside/secret"])
def test_no_route_leaves_the_workspace(client: httpx.Client, root: Path, path: str) -> None:
    (root / "link").symlink_to("../outside")
    (root / "mine").write_text("mine")
    query = {"path": path}
    responses = [
        client.get("/api/browse", params=query),
        client.get("/api/files", params=query),
        client.put("/api/files", params=query, json={"content": "broken in"}),
        client.get("/api/files/download", params=query),
        client.post("/api/files/upload", params=query, files={"file": ("secret", b"broken in")}),
        client.get("/api/files/find", params={"cwd": path, "q": "s"}),
        client.post("/api/files/folder", json={"path": f"{path}/new"}),
        client.post("/api/files/move", json={"source": f"{path}/secret", "target": "mine2"}),
        client.post("/api/files/move", json={"source": "mine", "target": f"{path}/new"}),
        client.delete("/api/files", params={"path": f"{path}/secret"}),
    ]
    assert {(r.status_code, r.json()["code"]) for r in responses} == {(403, "outside_workspace")}
    assert not [r for r in responses if "the secret" in r.text]
    assert (root.parent / "outside/secret").read_text() == "the secret"
    assert [p.name for p in (root.parent / "outside").iterdir()] == ["secret"]


@pytest.mark.parametrize(
    ("data", "encoding", "content", "binary"),
    [
        (b"gr\xc3\xbcn\n", "utf-8", "grün\n", False),
        (b"", "utf-8", "", False),
        (b"gr\xfcn\r\n", "latin-1", "grün\r\n", False),
        (b"\x89PNG\0\1", "base64", base64.b64encode(b"\x89PNG\0\1").decode(), True),
    ],
)
def test_content_is_read_and_written_back_unchanged(
    client: httpx.Client, root: Path, data: bytes, encoding: str, content: str, binary: bool
) -> None:
    (root / "f").write_bytes(data)
    file = read(client, "f")
    assert (file["encoding"], file["content"], file["binary"], file["size"]) == (encoding, content, binary, len(data))
    (root / "f").write_bytes(b"other")
    response = client.put("/api/files?path=f", json={"content": content, "encoding": encoding})
    assert response.status_code == 200
    assert (root / "f").read_bytes() == data
    assert response.json()["etag"] == file["etag"]


def test_a_write_keeps_the_mode_and_leaves_nothing_beside(client: httpx.Client, root: Path) -> None:
    (root / "run.sh").write_text("old")
    (root / "run.sh").chmod(0o750)
    (root / "link").symlink_to("run.sh")
    assert client.put("/api/files?path=link", json={"content": "new"}).status_code == 200
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o750
    assert (root / "run.sh").read_text() == "new"
    assert (root / "link").is_symlink()
    assert sorted(p.name for p in root.iterdir()) == ["link", "run.sh"]


def test_a_stale_write_changes_nothing(client: httpx.Client, root: Path) -> None:
    (root / "f").write_text("mine")
    etag = str(read(client, "f")["etag"])
    (root / "f").write_text("ours")
    response = client.put("/api/files?path=f", json={"content": "x"}, headers={"If-Match": etag})
    assert (response.status_code, response.json()["code"]) == (412, "stale")
    assert (root / "f").read_text() == "ours"
    fresh = str(read(client, "f")["etag"])
    assert client.put("/api/files?path=f", json={"content": "x"}, headers={"If-Match": fresh}).status_code == 200
    (root / "f").unlink()
    gone = client.put("/api/files?path=f", json={"content": "x"}, headers={"If-Match": fresh})
    assert (gone.status_code, (root / "f").exists()) == (412, False)


def test_a_new_file_is_not_written_over_another(client: httpx.Client, root: Path) -> None:
    def create() -> int:
        response = client.put("/api/files?path=f", json={"content": "x"}, headers={"If-None-Match": "*"})
        return response.status_code

    assert [create(), create()] == [200, 412]
    assert client.put("/api/files?path=f", json={"content": ""}, headers={"If-None-Match": '"x"'}).status_code == 422


def test_of_many_editors_of_one_version_one_wins(client: httpx.Client, root: Path) -> None:
    (root / "f").write_text("start")
    headers = {"If-Match": str(read(client, "f")["etag"])}

    def write(number: int) -> int:
        return client.put("/api/files?path=f", json={"content": f"by {number}"}, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(16))) == [200] + [412] * 15


def test_a_file_that_is_too_large_is_not_read_or_written(client: httpx.Client, root: Path) -> None:
    (root / "big").write_bytes(b"x" * (MAX_CONTENT + 1))
    response = client.get("/api/files?path=big")
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert client.put("/api/files?path=new", json={"content": "x" * (MAX_CONTENT + 1)}).status_code == 413
    assert client.put("/api/files?path=new", json={"content": "x" * MAX_CONTENT}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"content": "ü\u20ac", "encoding": "latin-1"}, 422),
        ({"content": "%%%", "encoding": "base64"}, 422),
        ({"content": "x", "encoding": "utf-7"}, 422),
        ({"content": 1}, 400),
        ({"content": "x", "mode": 7}, 400),
    ],
)
def test_content_that_cannot_be_written_changes_nothing(
    client: httpx.Client, root: Path, body: dict[str, object], status: int
) -> None:
    (root / "f").write_text("old")
    assert client.put("/api/files?path=f", json=body).status_code == status
    assert (root / "f").read_text() == "old"


def test_what_is_not_a_file_is_no_file(client: httpx.Client, root: Path) -> None:
    (root / "folder").mkdir()
    os.mkfifo(root / "pipe")
    opened = len(list(Path("/proc/self/fd").iterdir()))
    assert client.get("/api/files?path=folder").json()["code"] == "is_folder"
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert client.get("/api/files?path=pipe").json()["code"] == "special_file"
    assert client.get("/api/files?path=none").status_code == 404
    assert client.put("/api/files?path=folder", json={"content": ""}).status_code == 409
    assert client.put("/api/files?path=none/f", json={"content": ""}).status_code == 404
    assert client.get("/api/browse?path=pipe").json()["code"] == "not_a_folder"


def test_moving_renames_and_never_overwrites_unasked(client: httpx.Client, root: Path) -> None:
    (root / "a").write_text("a")
    (root / "b").write_text("b")
    (root / "folder").mkdir()
    refused = client.post("/api/files/move", json={"source": "a", "target": "b"})
    assert (refused.status_code, refused.json()["field"]) == (409, "target")
    assert client.post("/api/files/move", json={"source": "a", "target": "folder/c"}).json() == {"path": "folder/c"}
    assert client.post("/api/files/move", json={"source": "folder", "target": "b"}).status_code == 409
    assert client.post("/api/files/move", json={"source": "folder", "target": "folder/in"}).status_code == 422
    assert client.post("/api/files/move", json={"source": "folder", "target": "renamed"}).status_code == 200
    overwriting = {"source": "renamed/c", "target": "b", "overwrite": True}
    assert client.post("/api/files/move", json=overwriting).status_code == 200
    assert (root / "b").read_text() == "a"
    assert client.post("/api/files/move", json={"source": "none", "target": "x"}).status_code == 404
    assert client.post("/api/files/move", json={"source": "", "target": "x"}).status_code == 422


def test_deleting_takes_what_is_named_and_never_what_a_link_leads_to(client: httpx.Client, root: Path) -> None:
    (root / "folder/deep").mkdir(parents=True)
    (root / "folder/out").symlink_to("../../outside")
    (root / "link").symlink_to("../outside")
    assert client.delete("/api/files?path=folder").json()["code"] == "not_empty"
    assert client.delete("/api/files?path=folder&recursive=true").status_code == 204
    assert client.delete("/api/files?path=link&recursive=true").status_code == 204
    assert client.delete("/api/files?path=link").status_code == 404
    assert client.delete("/api/files?path=&recursive=true").status_code == 403
    assert list(root.iterdir()) == []
    assert (root.parent / "outside/secret").exists()


def test_a_folder_is_made_once(client: httpx.Client, root: Path) -> None:
    response = client.post("/api/files/folder", json={"path": "new"})
    assert (response.status_code, response.json()) == (201, {"path": "new", "cwd": f"{root}/new"})
    assert client.post("/api/files/folder", json={"path": "new"}).status_code == 409
    assert client.post("/api/files/folder", json={"path": "no/parent"}).status_code == 404
