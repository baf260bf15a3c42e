"""docs/variables.py: the tables of variables say what the roles' argument_specs say."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("variables", REPOSITORY / "docs" / "variables.py")
assert SPEC is not None
assert SPEC.loader is not None
VARIABLES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(VARIABLES)

OPTIONS: dict[str, Any] = {
    "pod_name": {"type": "str", "required": True, "description": "Name of the pod."},
    "pod_sizes": {"type": "list", "elements": "int", "default": [1], "description": ["Sizes.", "See O(pod_name)."]},
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one role that has no tables yet."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "roles" / "pod" / "meta").mkdir(parents=True)
    specs = {"main": {"short_description": "A pod", "options": OPTIONS}, "other": {"options": OPTIONS}}
    (tmp_path / "roles" / "pod" / "meta" / "argument_specs.yml").write_text(yaml.safe_dump({"argument_specs": specs}))
    (tmp_path / "roles" / "pod" / "README.md").write_text(
        "# pod\n\n<!-- variables:start -->\n<!-- variables:end -->\n\nEnd.\n"
    )
    return tmp_path


def test_tables_of_this_repository_are_up_to_date() -> None:
    command = [sys.executable, str(REPOSITORY / "docs" / "variables.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done.stdout


def test_tables_are_written_once(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert VARIABLES.main(["--check"], repository) == 1
    assert "roles/pod/README.md is stale: run `make docs`" in capsys.readouterr().out
    assert not (repository / "docs" / "variables.md").exists()

    assert VARIABLES.main([], repository) == 0
    rows = [
        "| Variable | Type | Default | Description |",
        "| --- | --- | --- | --- |",
        "| `pod_name` | str | required | Name of the pod. |",
        "| `pod_sizes` | list of int | `[1]` | Sizes. See `pod_name`. |",
    ]
    readme = (repository / "roles" / "pod" / "README.md").read_text().splitlines()
    assert readme == ["# pod", "", "<!-- variables:start -->", "", *rows, "", "<!-- variables:end -->", "", "End."]
    everything = (repository / "docs" / "variables.md").read_text()
    assert "\n".join(["## pod", "", "A pod. [More](../roles/pod/README.md)", "", *rows, ""]) in everything

    assert VARIABLES.main(["--check"], repository) == 0
    (repository / "docs" / "variables.md").write_text(everything.replace("Name of the pod", "Something else"))
    assert VARIABLES.main(["--check"], repository) == 1


@pytest.mark.parametrize("text", [None, "# pod\n", "<!-- variables:start -->\n"])
def test_role_without_a_place_for_its_table_is_named(repository: Path, text: str | None) -> None:
    readme = repository / "roles" / "pod" / "README.md"
    readme.unlink()
    if text is not None:
        readme.write_text(text)
    with pytest.raises(SystemExit, match=r"roles/pod/README\.md must have a line <!-- variables:start -->"):
        VARIABLES.main([], repository)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain (in brackets) text", "plain (in brackets) text"),
        ("C(a), V(b=1) and O(c)", "`a`, `b=1` and `c`"),
        ("C(f(x) y)", "`f(x) y`"),
        ("I(a) B(b) M(c.d.e)", "*a* **b** `c.d.e`"),
        ("U(https://example.org)", "<https://example.org>"),
        ("L(the site, https://example.org)", "[the site](https://example.org)"),
        ("a TLD(x) is left", "a TLD(x) is left"),
        (["One.", "Two."], "One. Two."),
    ],
)
def test_markup(text: str | list[str], shown: str) -> None:
    assert VARIABLES.markdown(text) == shown


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ({"required": True}, "required"),
        ({}, ""),
        ({"default": ""}, '`""`'),
        ({"default": "auto"}, "`auto`"),
        ({"default": "the one in vars/main.yml"}, "the one in vars/main.yml"),
        ({"default": False}, "`false`"),
        ({"default": 0}, "`0`"),
        ({"default": []}, "`[]`"),
        ({"default": {"a": None}}, '`{"a": null}`'),
    ],
)
def test_default(option: dict[str, Any], shown: str) -> None:
    assert VARIABLES.default(option) == shown


def test_choices_and_keys_are_part_of_the_description() -> None:
    key = {"type": "int", "required": True, "description": "Its size."}
    choices = {"description": "Way.", "choices": ["a", "b"]}
    assert VARIABLES.description(choices) == "Way. One of `a`, `b`."
    assert (
        VARIABLES.description({"description": "X.", "options": {"size": key}}) == "X. `size` (int, required): Its size."
    )


def test_cells_stay_in_their_column() -> None:
    assert r"| `a` | str |  | One \| other |" in VARIABLES.table({"a": {"type": "str", "description": "One | other"}})
