"""Arrows point one way, and some things are done in one place only."""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatchpod_api.messages.base import Wire

PACKAGE = Path(__file__).parents[1] / "src/hatchpod_api"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not path.is_symlink())
HTTP_SIDE = {"app.py", "server.py", "__main__.py", "sockets.py", "stream.py", "terminal.py"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_http_and_what_starts_it_know_http(path: Path) -> None:
    if path.parent.name == "http" or str(path.relative_to(PACKAGE)) in HTTP_SIDE:
        return
    assert not [name for name in imports(path) if re.match(r"litestar|uvicorn|hatchpod_api\.(http|app|server)\b", name)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_config_reads_the_environment(path: Path) -> None:
    assert path.name == "config.py" or not re.search(r"os\.environ|getenv", path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for_and_stays_small(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 250


def test_the_password_policy_is_the_one_of_the_controller() -> None:
    link = PACKAGE / "password_policy.py"
    assert str(link.readlink()) == "../../../plugins/module_utils/password_policy.py"


def test_no_two_structs_of_the_wire_have_one_name() -> None:
    """The OpenAPI document has one list of them, in which the second would take the place of the first."""
    for path in MODULES:
        if path.parent.name == "messages":
            importlib.import_module(f"hatchpod_api.messages.{path.stem}")
    structs = set(every_subclass(Wire))
    assert [name for name, times in Counter(struct.__name__ for struct in structs).items() if times > 1] == []


def every_subclass(kind: type) -> Iterator[type]:
    subclass: type
    for subclass in kind.__subclasses__():
        yield subclass
        yield from every_subclass(subclass)
