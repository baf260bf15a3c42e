"""Our modules as Ansible runs them: `plugins/module_utils` under its Ansible name, and a way to call a module.

Beside it a control server for what has to do with a tailnet.
"""

import contextlib
import copy
import importlib
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

import ansible.module_utils
import pytest
from ansible.module_utils.testing import patch_module_args

from tailnet.headscale import Headscale

ansible.module_utils.__path__.append(str(Path(__file__).parents[2] / "plugins" / "module_utils"))


class CallModule(Protocol):
    def __call__(self, name: str, arguments: Mapping[str, Any], **internal: Any) -> dict[str, Any]: ...


@pytest.fixture
def call_module() -> CallModule:
    """Run `plugins/modules/<name>.py` in this process; `check_mode=True` and the like are Ansible's own arguments.

    As on a host, its warnings are part of its result, also when other tests have loaded what only a controller has.
    """
    as_on_a_host = {
        "ansible.module_utils._internal.is_controller": False,
        "ansible.module_utils.common.warnings._global_warnings": {},
        "ansible.module_utils.common.warnings._global_deprecations": {},
    }

    def call(name: str, arguments: Mapping[str, Any], **internal: Any) -> dict[str, Any]:
        module = importlib.import_module(f"modules.{name}")
        output = io.StringIO()
        given = {**arguments, **{f"_ansible_{key}": value for key, value in internal.items()}}
        with contextlib.ExitStack() as stack:
            for target, value in as_on_a_host.items():
                stack.enter_context(mock.patch(target, copy.copy(value)))
            stack.enter_context(patch_module_args(given))
            stack.enter_context(contextlib.redirect_stdout(output))
            stack.enter_context(contextlib.suppress(SystemExit))
            module.main()
        result: dict[str, Any] = json.loads(output.getvalue())
        return result

    return call


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the first test that needs a tailnet the time to build its programs."""
    for item in items:
        if "headscale" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(3000))


@pytest.fixture(scope="module")
def tailnet_folder() -> Iterator[Path]:
    """A folder with a path that is short enough for the sockets of Headscale and of nodes."""
    folder = Path(tempfile.mkdtemp(prefix="tailnet-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def headscale(tailnet_folder: Path) -> Iterator[Headscale]:
    """A real Headscale that runs; tests of one file share it."""
    with Headscale(tailnet_folder / "server") as server:
        yield server
