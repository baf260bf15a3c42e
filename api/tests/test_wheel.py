"""What the image installs is a wheel: it must hold everything, and files instead of links."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

API = Path(__file__).parents[1]
PACKAGE = API / "src/hatchpod_api"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin")
    if uv is None:
        pytest.skip("uv is not installed")
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([uv, "build", "--wheel", "--offline", "--quiet", API, "-o", out], check=True)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/") and ".dist-info" not in name}
    sources = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert packed == {str(path.relative_to(PACKAGE.parent)) for path in sources}


def test_the_shared_password_policy_is_packed_as_a_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("hatchpod_api/password_policy.py") == (PACKAGE / "password_policy.py").read_bytes()


def test_the_wheel_alone_runs(wheel: Path, tmp_path: Path, password: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "-m", "hatchpod_api"]
    environment = {"PYTHONPATH": str(tmp_path)}
    version = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, check=True)
    assert version.stdout == f"hatchpod-api {wheel.name.split('-')[1]}\n"
    hashed = subprocess.run(
        [*command, "hash-password"], env=environment, input=password, capture_output=True, text=True, check=True
    )
    assert hashed.stdout.startswith("$argon2id$")
