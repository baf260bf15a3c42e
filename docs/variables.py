"""Write the tables of variables from the roles' argument_specs: into each role's README.md and docs/variables.md.

`--check` writes nothing, and ends with 1 when a table is stale.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
MARKED = re.compile(r"(<!-- variables:start -->\n).*?(<!-- variables:end -->)", re.DOTALL)
HEAD = """\
# Variables

<!-- Written by `make docs` from roles/*/meta/argument_specs.yml. -->

Set them in the inventory, in `group_vars/` or `host_vars/`, or by `--extra-vars`.
"""
# Ansible's markup for documentation -> Markdown.
MARKUP = {"B": r"**\1**", "I": r"*\1*", "C": r"`\1`", "M": r"`\1`", "O": r"`\1`", "V": r"`\1`", "U": r"<\1>"}


def markdown(text: str | list[str]) -> str:
    """Return a description, one paragraph or several, as one line of Markdown."""
    line = " ".join([text] if isinstance(text, str) else text)
    line = re.sub(r"\bL\(([^()]*),\s*([^(),]*)\)", r"[\1](\2)", line)
    for letter, replacement in MARKUP.items():
        line = re.sub(rf"\b{letter}\(((?:[^()]|\([^()]*\))*)\)", replacement, line)
    return line


def default(option: dict[str, Any]) -> str:
    """Return what holds when a variable is not set. A default of several words is said in words, others as YAML."""
    if option.get("required"):
        return "required"
    if "default" not in option:
        return ""
    value = option["default"]
    if isinstance(value, str):
        return value if " " in value else f"`{value or json.dumps(value)}`"
    return f"`{json.dumps(value)}`"


def kind(option: dict[str, Any]) -> str:
    """Return a variable's type."""
    return f"list of {option['elements']}" if "elements" in option else str(option["type"])


def description(option: dict[str, Any]) -> str:
    """Return what a variable is for, with its choices and the keys of its entries."""
    said = [markdown(option["description"])]
    if "choices" in option:
        said.append("One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + ".")
    for name, key in option.get("options", {}).items():
        needed = ", ".join(filter(None, [kind(key), default(key)]))
        said.append(f"`{name}` ({needed}): {description(key)}")
    return " ".join(said)


def table(options: dict[str, Any]) -> str:
    """Return the options of a role as a table."""
    rows = [["Variable", "Type", "Default", "Description"], ["---"] * 4]
    rows += [[f"`{name}`", kind(one), default(one), description(one)] for name, one in options.items()]
    return "".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |\n" for row in rows)


def options_of(specs: dict[str, Any]) -> dict[str, Any]:
    """Return the options of all entry points of a role, each once."""
    return {name: option for entry in specs.values() for name, option in entry.get("options", {}).items()}


def documents(repository: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file that holds tables, with what it should hold."""
    everything = HEAD
    for path in sorted(repository.glob("roles/*/meta/argument_specs.yml")):
        role, specs = path.parents[1], yaml.safe_load(path.read_text())["argument_specs"]
        rows = table(options_of(specs))
        about = f"{specs['main']['short_description']}. [More](../roles/{role.name}/README.md)"
        everything += f"\n## {role.name}\n\n{about}\n\n{rows}"
        readme = role / "README.md"
        text = readme.read_text() if readme.exists() else ""
        if not MARKED.search(text):
            raise SystemExit(
                f"{readme.relative_to(repository)} must have a line {MARKED.pattern[1:27]} and one with end"
            )
        yield readme, MARKED.sub(lambda match, rows=rows: f"{match[1]}\n{rows}\n{match[2]}", text)  # type: ignore[misc]
    yield repository / "docs" / "variables.md", everything


def main(arguments: list[str], repository: Path = REPOSITORY) -> int:
    """Write what is stale, or with `--check` only name it."""
    stale = [(path, text) for path, text in documents(repository) if not path.exists() or path.read_text() != text]
    for path, text in stale:
        sys.stdout.write(
            f"{path.relative_to(repository)} {'is stale: run `make docs`' if arguments else 'is written'}\n"
        )
        if not arguments:
            path.write_text(text)
    return int(bool(arguments and stale))


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(f"usage: {sys.argv[0]} [--check]")
    sys.exit(main(sys.argv[1:]))
