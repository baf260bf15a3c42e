"""Our modules as Ansible runs them: `plugins/module_utils` under its Ansible name, and a way to call a module."""

import contextlib
import importlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import ansible.module_utils
import pytest
from ansible.module_utils.testing import patch_module_args

ansible.module_utils.__path__.append(str(Path(__file__).parents[2] / "plugins" / "module_utils"))


class CallModule(Protocol):
    def __call__(self, name: str, arguments: Mapping[str, Any], **internal: Any) -> dict[str, Any]: ...


@pytest.fixture
def call_module() -> CallModule:
    """Run `plugins/modules/<name>.py` in this process; `check_mode=True` and the like are Ansible's own arguments."""

    def call(name: str, arguments: Mapping[str, Any], **internal: Any) -> dict[str, Any]:
        module = importlib.import_module(f"modules.{name}")
        output = io.StringIO()
        given = {**arguments, **{f"_ansible_{key}": value for key, value in internal.items()}}
        with patch_module_args(given), contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(output.getvalue())
        return result

    return call
