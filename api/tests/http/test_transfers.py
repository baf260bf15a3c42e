"""Uploads and downloads, up to a disk that is full."""

import io
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatchpod_api.errors import ConflictError, ValueNotAllowedError
from hatchpod_api.files import upload
from hatchpod_api.files.upload import clean_name
from hatchpod_api.git.command import Git
from hatchpod_api.http.files import HANDLERS
from hatchpod_api.http.ranges import UnsatisfiableRangeError, wanted_range
from hatchpod_api.workspace import Workspace

CONTENT = bytes(range(256)) * 4


@pytest.fixture
def client(serve, workspace: Workspace, git: Git) -> httpx.Client:  # type: ignore[no-untyped-def]
    client: httpx.Client = serve(HANDLERS, workspace=workspace, git=git)
    return client


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_arrive_byte_for_byte(client: httpx.Client, root: Path) -> None:
    (root / "in").mkdir()
    large = os.urandom(3_000_000) + b"\r\n--boundary"
    files = [("file", ("a.bin", large)), ("file", ("grün.txt", b"")), ("file", ("C:\\tmp\\x.txt", b"x"))]
    response = client.post("/api/files/upload?path=in", files=files)
    assert response.status_code == 201, response.text
    assert [f["path"] for f in response.json()["files"]] == ["in/a.bin", "in/grün.txt", "in/x.txt"]
    assert (root / "in/a.bin").read_bytes() == large
    assert names(root / "in") == ["a.bin", "grün.txt", "x.txt"]
    assert response.json()["files"][2]["etag"] == client.get("/api/files?path=in/x.txt").json()["etag"]


def test_nothing_is_overwritten_unasked_and_then_nothing_arrives(client: httpx.Client, root: Path) -> None:
    (root / "b").write_text("mine")
    (root / "b").chmod(0o600)
    files = [("file", ("a", b"new a")), ("file", ("b", b"new b"))]
    refused = client.post("/api/files/upload", files=files)
    assert (refused.status_code, refused.json()["code"]) == (409, "exists")
    assert names(root) == ["b"]
    assert client.post("/api/files/upload?overwrite=true", files=files).status_code == 201
    assert (root / "b").read_text() == "new b"
    assert (root / "b").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut',
            "multipart/form-data; boundary=x",
        ),
        (b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n--x--', "multipart/form-data; boundary=x"),
        (b"a=b", "application/x-www-form-urlencoded"),
        (b"{}", "multipart/form-data"),
        (b"{}", ""),
    ],
)
def test_a_body_that_is_no_upload_leaves_nothing(
    client: httpx.Client, root: Path, body: bytes, content_type: str
) -> None:
    response = client.post("/api/files/upload", content=body, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert names(root) == []


def test_an_upload_over_the_limit_leaves_nothing(
    client: httpx.Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_UPLOAD", 100_000)
    response = client.post("/api/files/upload", files={"file": ("a", b"x" * 200_000)})
    assert (response.status_code, names(root)) == (413, [])


def test_two_files_of_one_name_are_refused(client: httpx.Client, root: Path) -> None:
    response = client.post("/api/files/upload", files=[("file", ("a", b"1")), ("file", ("x/a", b"2"))])
    assert (response.status_code, names(root)) == (422, [])


def test_one_that_cannot_be_overwritten_leaves_all_as_they_were(client: httpx.Client, root: Path) -> None:
    (root / "a").write_text("old")
    (root / "folder").mkdir()
    files = [("file", (name, b"new")) for name in ("a", "folder", "c")]
    response = client.post("/api/files/upload?overwrite=true", files=files)
    assert (response.status_code, response.json()["code"]) == (409, "is_folder")
    assert ((root / "a").read_text(), names(root)) == ("old", ["a", "folder"])


def test_a_name_that_is_taken_meanwhile_takes_the_others_back(workspace: Workspace, root: Path) -> None:
    with upload.Upload(workspace, "", overwrite=False) as new:
        for name in ("a", "b", "c"):
            new.write(new.begin(name), b"new")
        (root / "b").write_text("old")
        with pytest.raises(ConflictError):
            new.publish()
    assert ((root / "b").read_text(), names(root)) == ("old", ["b"])


@given(st.text(max_size=300))
def test_a_name_becomes_one_of_a_file_in_this_very_folder(name: str) -> None:
    try:
        cleaned = clean_name(name)
    except ValueNotAllowedError:
        return
    assert cleaned not in {"", ".", ".."}
    assert not set(cleaned) & set("/\\\0\n\r\u202e")


@pytest.fixture
def small_disk(root: Path) -> Iterator[Path]:
    """A disk of 1 MiB in the workspace."""
    disk = root / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(client: httpx.Client, small_disk: Path) -> None:
    uploaded = client.post("/api/files/upload?path=disk", files={"file": ("a", b"x" * 3_000_000)})
    assert (uploaded.status_code, uploaded.json()["code"]) == (503, "disk_full")
    (small_disk / "f").write_text("old")
    written = client.put("/api/files?path=disk/f", json={"content": "x" * 1_500_000})
    assert (written.status_code, written.json()["code"]) == (503, "disk_full")
    assert names(small_disk) == ["f"]
    assert (small_disk / "f").read_text() == "old"


def test_a_download_is_never_shown_as_what_it_claims_to_be(client: httpx.Client, root: Path) -> None:
    (root / 'a"b\n<ü>.html').write_bytes(CONTENT)
    response = client.get("/api/files/download", params={"path": 'a"b\n<ü>.html'})
    assert response.content == CONTENT
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-length"] == "1024"
    assert response.headers["content-disposition"] == (
        "attachment; filename=\"a_b_<_>.html\"; filename*=UTF-8''a%22b%0A%3C%C3%BC%3E.html"
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (206, "bytes 0-0/1024", CONTENT[:1])),
        ("bytes=1000-", (206, "bytes 1000-1023/1024", CONTENT[1000:])),
        ("bytes=-24", (206, "bytes 1000-1023/1024", CONTENT[1000:])),
        ("bytes=1000-9999", (206, "bytes 1000-1023/1024", CONTENT[1000:])),
        ("bytes=5-4", (200, None, CONTENT)),
        ("bytes=0-1,3-4", (200, None, CONTENT)),
        ("lines=1-2", (200, None, CONTENT)),
    ],
)
def test_a_part_can_be_downloaded(
    client: httpx.Client, root: Path, header: str, expected: tuple[int, str | None, bytes]
) -> None:
    (root / "f").write_bytes(CONTENT)
    response = client.get("/api/files/download?path=f", headers={"Range": header})
    assert (response.status_code, response.headers.get("content-range"), response.content) == expected


def test_a_part_of_a_file_that_has_changed_is_all_of_it(client: httpx.Client, root: Path) -> None:
    (root / "f").write_bytes(CONTENT)
    etag = client.get("/api/files/download?path=f").headers["etag"]
    again = {"Range": "bytes=1000-", "If-Range": etag}
    assert client.get("/api/files/download?path=f", headers=again).status_code == 206
    (root / "f").write_bytes(CONTENT + b"!")
    assert client.get("/api/files/download?path=f", headers=again).content == CONTENT + b"!"


def test_a_part_after_the_end_is_refused(client: httpx.Client, root: Path) -> None:
    (root / "f").write_bytes(CONTENT)
    response = client.get("/api/files/download?path=f", headers={"Range": "bytes=1024-"})
    assert (response.status_code, response.headers["content-range"]) == (416, "bytes */1024")


@given(st.text("bytes=-0123456789, ", max_size=30), st.integers(0, 100))
def test_any_range_is_within_the_file(header: str, size: int) -> None:
    try:
        part = wanted_range(header, size)
    except UnsatisfiableRangeError:
        return
    assert part is None or 0 <= part[0] <= part[1] < size


def test_a_folder_comes_as_a_zip_file_without_what_is_outside(client: httpx.Client, root: Path) -> None:
    (root / "p/deep/empty").mkdir(parents=True)
    (root / "p/deep/big").write_bytes(os.urandom(1_000_000))
    (root / "p/run.sh").write_text("#!/bin/sh\n")
    (root / "p/run.sh").chmod(0o755)
    (root / "p/out").symlink_to("../../outside/secret")
    os.mkfifo(root / "p/pipe")
    response = client.get("/api/files/download?path=p")
    assert response.headers["content-type"] == "application/zip"
    assert 'filename="p.zip"' in response.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["NOT-INCLUDED.txt", "deep/", "deep/big", "deep/empty/", "out", "run.sh"]
        assert archive.read("deep/big") == (root / "p/deep/big").read_bytes()
        assert archive.read("out") == b"../../outside/secret"
        assert archive.read("NOT-INCLUDED.txt") == b"pipe\n"
        assert archive.getinfo("run.sh").external_attr >> 16 & 0o777 == 0o755
