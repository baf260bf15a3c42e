"""Makes `plugins/module_utils` importable under the name it has when Ansible runs a module."""

from pathlib import Path

import ansible.module_utils

ansible.module_utils.__path__.append(str(Path(__file__).parents[2] / "plugins" / "module_utils"))
