"""The documentation of `secret` says what the code does."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from ansible.module_utils import password_policy
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.secrets_store import hashes, kinds, model, parse

MODULE = importlib.import_module("modules.secret")
EXAMPLES: list[dict[str, Any]] = yaml.safe_load(MODULE.EXAMPLES)
TEXT = (Path(__file__).parents[2] / "docs" / "secrets.md").read_text(encoding="utf-8")


def test_options_are_documented_as_they_are() -> None:
    compare(yaml.safe_load(MODULE.DOCUMENTATION)["options"], MODULE.OPTIONS)


def compare(documented: dict[str, Any], actual: dict[str, Any]) -> None:
    assert set(documented) == set(actual)
    for name, option in actual.items():
        for key in ("choices", "default", "required", "elements"):
            assert documented[name].get(key) == option.get(key), (name, key)
        assert documented[name]["type"] == ("str" if callable(option["type"]) else option["type"]), name
        compare(documented[name].get("suboptions", {}), option.get("options", {}))


def test_choices_are_those_which_the_code_knows() -> None:
    assert set(MODULE.SECRET_OPTIONS["kind"]["choices"]) == set(get_args(model.Kind))
    assert set(MODULE.DERIVED_OPTIONS["algorithm"]["choices"]) == set(get_args(model.Algorithm))
    assert set(MODULE.STATES) == set(get_args(model.State))
    assert set(MODULE.SECRET_OPTIONS["regenerate"]["choices"]) == set(get_args(model.Regenerate))


@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: task["name"])
def test_examples_are_accepted(task: dict[str, Any]) -> None:
    for entry in task["secret"]["secrets"]:
        entry.pop("value", None)
    checked = ArgumentSpecValidator(MODULE.OPTIONS).validate(task["secret"])
    assert checked.error_messages == []
    assert parse.parse(checked.validated_parameters).secrets


def test_results_have_the_documented_keys(call_module: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    documented = yaml.safe_load(MODULE.RETURN)
    entries = [{"name": "S"}, {"name": "KEY", "kind": "ssh_keypair"}]
    result = call_module("secret", {"directory": str(tmp_path / "x"), "secrets": entries, "return_values": True})
    assert set(documented) | {"changed", "diff", "invocation"} == set(result)
    assert set(result["secrets"]["S"]) == set(documented["secrets"]["sample"]["SSH_PASSWORD"])
    assert set(result["secrets"]["KEY"]) == set(documented["secrets"]["sample"]["DEPLOY_KEY"])


def test_the_guide_tells_the_numbers_of_the_code() -> None:
    policy = password_policy
    assert f"- {policy.MINIMUM_LENGTH} to {policy.MAXIMUM_LENGTH} printable ASCII" in TEXT
    assert f"- {policy.MINIMUM_DISTINCT} or more different characters" in TEXT
    lengths = kinds.DEFAULT_LENGTH
    assert f"`length` {lengths['password']} out of `alphabet`" in TEXT
    assert f"`length` {lengths['hex']} and {lengths['base64url']}, both 256 bits" in TEXT
    assert f"| {kinds.MINIMUM_TOKEN_LENGTH} or more printable characters" in TEXT
    assert f"`rounds: {hashes.SHA512CRYPT_FEWEST_ROUNDS}`" in TEXT


@pytest.mark.parametrize("value", ["changeme", "Password-2026!", "h4tchp0d-admin", "qwertyuiop12"])
def test_what_the_guide_calls_refused_is_refused(value: str) -> None:
    assert f"`{value}`" in TEXT
    assert password_policy.is_well_known(value)


@pytest.mark.parametrize("name", ["docs/secrets.md", "EXAMPLES"])
def test_every_task_in_the_documentation_uses_known_options(name: str) -> None:
    text = MODULE.EXAMPLES if name == "EXAMPLES" else TEXT.split("```yaml\n")[1].split("```")[0]
    for task in yaml.safe_load(text):
        assert set(task["secret"]) <= set(MODULE.OPTIONS)
        for entry in task["secret"]["secrets"]:
            assert set(entry) <= set(MODULE.SECRET_OPTIONS)
