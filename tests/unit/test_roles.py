"""What a role says of itself is true: defaults, argument_specs, README, and the repository around them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ansible
import jinja2
import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
ROLES = sorted(path.parents[1] for path in REPOSITORY.glob("roles/*/tasks/main.yml"))
EXAMPLE = REPOSITORY / "inventory.example"
every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def options(role: Path) -> dict[str, dict[str, Any]]:
    """Return the options of all entry points of a role."""
    specs = load(role / "meta" / "argument_specs.yml")["argument_specs"]
    return {name: option for entry in specs.values() for name, option in entry["options"].items()}


def defaults(role: Path) -> dict[str, Any]:
    found: dict[str, Any] = load(role / "defaults" / "main.yml")
    return found


def evaluated(value: Any) -> Any:
    """Return a default as it is where nothing is set; raises jinja2.UndefinedError when it depends on the host."""
    if not isinstance(value, str):
        return value
    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(value).render()


# --- roles ---


def test_the_variables_of_every_role_are_checked_before_anything_changes() -> None:
    tasks = load(REPOSITORY / "playbooks/tasks/preflight.yml")
    (checked,) = [task["loop"] for task in tasks if "ansible.builtin.validate_argument_spec" in task]
    assert sorted([*checked, "workstation"]) == [role.name for role in ROLES]


def test_roles_are_found() -> None:
    assert {"api", "docker_host", "image", "workstation"} <= {role.name for role in ROLES}


@every_role
def test_role_is_complete(role: Path) -> None:
    assert load(role / "meta" / "main.yml")["galaxy_info"]["description"]
    readme = (role / "README.md").read_text()
    assert readme.startswith(f"# {role.name}\n")
    assert readme.count("<!-- variables:start -->\n") == readme.count("<!-- variables:end -->\n") == 1


@every_role
def test_every_default_is_an_option(role: Path) -> None:
    assert set(defaults(role)) - set(options(role)) == set()


@every_role
def test_every_option_has_a_default_or_says_what_sets_it(role: Path) -> None:
    for name in set(options(role)) - set(defaults(role)):
        described = " ".join(np) if isinstance(np := options(role)[name]["description"], list) else np
        # Without the role's name in front it is a setting of the host, which playbooks read as well: see below.
        assert "Set by " in described or not name.startswith(f"{role.name}_"), name


@every_role
def test_defaults_begin_with_the_roles_name(role: Path) -> None:
    assert [name for name in defaults(role) if not name.startswith(f"{role.name}_")] == []


@every_role
def test_documented_default_is_the_real_one(role: Path) -> None:
    for name, value in defaults(role).items():
        documented = options(role)[name].get("default")
        try:
            assert documented == evaluated(value), name
        except jinja2.UndefinedError:
            assert isinstance(documented, str), name
            assert " " in documented, f"{name}: say the default in words, it depends on the host"


def test_default_of_a_hosts_setting_is_the_one_that_playbooks_and_roles_use() -> None:
    used = {
        json.dumps(yaml.safe_load(text))
        for path in [*REPOSITORY.glob("roles/*/tasks/*.yml"), *REPOSITORY.glob("playbooks/**/*.yml")]
        for text in re.findall(r"workstations \| default\((\[.*?\])\)", path.read_text())
    }
    assert used == {json.dumps(options(REPOSITORY / "roles" / "workstation")["workstations"]["default"])}


def test_fixture_of_this_test_tells_computed_defaults_from_literal_ones() -> None:
    assert evaluated("{{ A | default('', true) }}") == ""
    assert evaluated("a") == "a"
    with pytest.raises(jinja2.UndefinedError):
        evaluated("{{ _a }}")


# --- inventory.example ---


def settings_of_one_workstation() -> set[str]:
    workstation = REPOSITORY / "roles" / "workstation"
    return {"name", "ssh_password", "web_terminal_password", "api_password"} | set(
        load(workstation / "vars" / "main.yml")["_workstation_defaults"]
    )


def other_names_of_variables() -> set[str]:
    """Return names in capitals that defaults take a value from."""
    texts = [(role / "defaults" / "main.yml").read_text() for role in ROLES]
    return {name for text in texts for name in re.findall(r"\b[A-Z][A-Z_]+\b", text)}


def names_in(node: Any) -> Iterator[str]:
    """Yield the variables of groups and hosts, and the settings of workstations, in an inventory."""
    for name, group in (node or {}).items():
        if name in {"hosts", "children"}:
            for variables in group.values():
                yield from names_in(variables)
        elif isinstance(group, dict) and ({"hosts", "children", "vars"} & set(group) or name == "vars"):
            yield from names_in(group)
        else:
            yield name
            for one in group if name == "workstations" else ():
                yield from one


def commented_names(text: str) -> Iterator[str]:
    """Yield the variables in lines such as `# name: value` and `#   - name: value`; a name alone may be a host's."""
    for match in re.finditer(r"^\s*#\s*(?:- )?([a-z][a-z0-9_]*|[A-Z][A-Z_]+):( +\S|$)", text, re.MULTILINE):
        if match[2] or match[1] == "workstations" or match[1].startswith(tuple(f"{role.name}_" for role in ROLES)):
            yield match[1]


def test_every_variable_of_the_example_exists() -> None:
    text = EXAMPLE.read_text()
    known = {name for role in ROLES for name in options(role)}
    known |= settings_of_one_workstation() | other_names_of_variables()
    active, commented = set(names_in(yaml.safe_load(text))), set(commented_names(text))
    assert commented, "no line such as `# name: value`"
    assert {name for name in active | commented if name not in known and not name.startswith("ansible_")} == set()


def test_example_is_an_inventory(tmp_path: Path) -> None:
    copy = shutil.copy(EXAMPLE, tmp_path / "inventory.yml")
    command = ["ansible-inventory", "-i", str(copy), "--list"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    listed = json.loads(done.stdout)
    hosts = {host for group in listed.values() for host in group.get("hosts", [])}
    assert hosts
    assert "WARNING" not in done.stderr


def test_names_in_inventories_are_found() -> None:
    text = """
all:
  vars: {workstation_memory: 8g}
  hosts:
    server: {ansible_host: 192.0.2.1, workstations: [{name: a, ssh_port: 1}]}
  children:
    lab:
      hosts: {other: null}
      vars:
        image_rebuild: true
        # api_password: x
        # Note: not a variable
        #   - memory: 4g
        # server:
        # image_list:
"""
    found = set(names_in(yaml.safe_load(text)))
    assert found == {"workstation_memory", "ansible_host", "workstations", "name", "ssh_port", "image_rebuild"}
    assert list(commented_names(text)) == ["api_password", "memory", "image_list"]


# --- versions and origins ---


def test_collections_are_those_of_the_ansible_package() -> None:
    collections = Path(ansible.__file__).parents[1] / "ansible_collections"
    wanted = {one["name"]: one["version"] for one in load(REPOSITORY / "requirements.yml")["collections"]}
    manifests = {name: collections / name.replace(".", "/") / "MANIFEST.json" for name in wanted}
    present = {name: load(manifest)["collection_info"]["version"] for name, manifest in manifests.items()}
    assert wanted == present


def test_collections_that_are_used_are_required() -> None:
    used = {
        name
        for path in [*REPOSITORY.glob("roles/*/tasks/*.yml"), *REPOSITORY.glob("playbooks/**/*.yml")]
        for name in re.findall(r"^ +-? ?([a-z]+\.[a-z]+)\.[a-z_]+:", path.read_text(), re.MULTILINE)
    } - {"ansible.builtin"}
    assert used
    assert used <= {one["name"] for one in load(REPOSITORY / "requirements.yml")["collections"]}


LOCKS = [*sorted(REPOSITORY.glob("requirements/*.txt")), REPOSITORY / "roles" / "image" / "files" / "requirements.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(REPOSITORY)))
def test_locks_name_packages_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert not re.search(r"^\s*(-(?!-hash=)|.*\bhttps?:)", text, re.MULTILINE), "an option or an address"


def answer(*command: str) -> str:
    """Return what a client of this machine says of its settings, nothing where it is not installed."""
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False).stdout


def registry_hosts() -> set[str]:
    """Return the hosts that this machine's clients take packages from."""
    told = [
        answer("apt-get", "indextargets", "--format", "$(REPO_URI)"),
        answer("apt-config", "dump", "Acquire"),
        answer("npm", "config", "get", "registry"),
        answer("go", "env", "GOPROXY").replace(",", "\n"),
        answer(sys.executable, "-m", "pip", "config", "list"),
        answer(sys.executable, "-c", "from pip._internal.models.index import PyPI; print(PyPI.url)"),
        *(value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "NPM_", "GOPROXY"))),
    ]
    addresses = re.findall(r"\w+://[^\s'\"|,;]+", "\n".join(told))
    return {host for address in addresses if (host := urlsplit(address).hostname)} - {"localhost", "127.0.0.1", "::1"}


def hosts_of_defaults() -> set[str]:
    """Return hosts that roles take packages from for everyone: a machine that uses Hatchpod knows them as well."""
    texts = [path.read_text() for path in REPOSITORY.glob("roles/*/*/main.yml")]
    return {
        urlsplit(address).hostname or ""
        for text in texts
        for address in re.findall(r"^_?\w+_repository: [\"']?(https://[^\s\"'{]+)", text, re.MULTILINE)
    }


def test_no_file_names_where_this_machine_takes_packages_from() -> None:
    hosts = registry_hosts() - hosts_of_defaults()
    assert hosts, "no package client of this machine says where it takes packages from"
    files = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    pattern = re.compile(rb"(?<![\w.-])(" + b"|".join(re.escape(host).encode() for host in hosts) + rb")(?![\w-])")
    naming = {
        name: len(found)
        for name in files.split("\0")
        if (REPOSITORY / name).is_file() and (found := pattern.findall((REPOSITORY / name).read_bytes()))
    }
    assert naming == {}, "files that name a package registry, with how often"
