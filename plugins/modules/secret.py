#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Ansible's entry to `module_utils/secrets_store`, where the work is done."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: secret
short_description: Secrets and their hashes are in place on the managed host
description:
  - Makes secrets on the host that uses them, or takes those which the user gives, and keeps them in a directory
    that only C(root) can enter.
  - Derives files from them, such as the hash for C(/etc/shadow), which stay the same until the secret changes.
  - Checks the whole task before it writes anything, writes each file all or nothing, and lets one run at a time
    into a directory.
  - Never returns, logs or shows a value, unless O(return_values=true).
version_added: 0.1.0
author:
  - The Hatchpod authors (@hatchpod)
requirements:
  - C(libcrypt.so.1) (Debian package C(libcrypt1), always there) for V(yescrypt) and V(sha512crypt)
  - C(argon2) (Debian package C(python3-argon2)) for V(argon2id)
  - C(ssh-keygen) (Debian package C(openssh-client)) for V(ssh_keypair)
attributes:
  check_mode:
    description: Predicts every change and writes nothing. Values that would be made stay unknown.
    support: full
  diff_mode:
    description: Shows which files appear, vanish or change, and their owners and modes; never a content.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: partial
    details:
      - O(state=rotated) makes a new value each time.
options:
  directory:
    description:
      - Where the secrets are, as an absolute path without symbolic links in it.
      - Created with mode V(0700) if it is missing. Another mode is put right; another owner is an error.
    type: path
    required: true
  state:
    description:
      - V(present) makes what is missing and keeps what is there.
      - V(rotated) makes a new value in any case, for generated secrets.
      - V(absent) removes the secret and the files derived from it. The directory stays.
      - An entry of O(secrets) can have its own.
    type: str
    choices: [present, rotated, absent]
    default: present
  lock_timeout:
    description: How many seconds to wait for another run that works in the same O(directory).
    type: float
    default: 30
  return_values:
    description: Return the values as RV(values). Use it with C(no_log) on the task.
    type: bool
    default: false
  secrets:
    description: The secrets, all of which are checked before the first is written.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: File name in O(directory). The public key of an SSH key pair gets C(.pub) after it.
        type: str
        required: true
      kind:
        description:
          - V(password) is for people. A given one must be strong enough.
          - V(hex), V(base64url) and V(uuid) are for programs.
          - V(ssh_keypair) is a key pair without pass phrase.
          - V(token) is made elsewhere, such as the key of a service. It has to be given once and is never generated.
          - V(text) is the same in several lines, such as a GPG key.
        type: str
        choices: [password, hex, base64url, uuid, ssh_keypair, token, text]
        default: password
      length:
        description:
          - Number of characters. V(24) for O(secrets[].kind=password), V(64) for V(hex), V(43) for V(base64url).
          - A password that is already there may have another length, as the user may have given it.
        type: int
      alphabet:
        description:
          - Characters of generated passwords, at least half of them letters.
          - Without it, letters and digits that cannot be mistaken for others and mean nothing to a shell.
        type: str
      key_type:
        description: Type of a generated SSH key pair.
        type: str
        choices: [ed25519, rsa]
        default: ed25519
      comment:
        description: Comment of a generated SSH key pair.
        type: str
        default: ""
      value:
        description:
          - The value, if the user gives one. It replaces the stored one.
          - Left out or empty, the stored one is kept, or one is generated.
        type: str
      variable:
        description: Name of the inventory variable which holds the value, for error messages.
        type: str
      state:
        description: The state of this secret, if it is not O(state).
        type: str
        choices: [present, rotated, absent]
      regenerate:
        description:
          - What to do with a stored value that is not of this O(secrets[].kind), such as an empty or truncated file.
          - V(never) fails and leaves it as it is. V(nonconforming) replaces it.
          - A symbolic link, a directory or a file that cannot be read is never replaced.
        type: str
        choices: [never, nonconforming]
        default: never
      owner: &owner
        description: Owner, as a name or a number. The user who runs the module (C(root)) if left out.
        type: str
      group: &group
        description: Group, as a name or a number. That of the user who runs the module if left out.
        type: str
      mode: &mode
        description: Quoted octal mode. Others never get access, the group can be given V(0640) or V(0440).
        type: str
        default: "0600"
      derived:
        description: Files made from the secret, each of one line.
        type: list
        elements: dict
        suboptions:
          path:
            description: Absolute, or relative to O(directory). Missing directories are created with mode V(0700).
            type: str
            required: true
          algorithm:
            description:
              - V(yescrypt) and V(sha512crypt) are for C(/etc/shadow) and nginx, V(argon2id) is for the API.
              - V(plain) copies the value, for programs that need the value itself.
              - A hash is kept while it fits the secret and today's parameters.
            type: str
            choices: [yescrypt, sha512crypt, argon2id, plain]
            required: true
          rounds:
            description:
              - Rounds of V(sha512crypt), V(100000) (about 40 ms) if left out.
              - V(5000) (about 2 ms) is for programs that check the password with every request, such as nginx.
            type: int
          format:
            description: The line, with C({hash}) (or C({value}) for V(plain)) in it once, such as C(hatchpod:{hash}).
            type: str
          owner: *owner
          group: *group
          mode: *mode
"""

EXAMPLES = r"""
- name: Secrets of the workstation are in place
  secret:
    directory: /etc/hatchpod/hatchpod/secrets
    secrets:
      - name: SSH_PASSWORD
        variable: workstation_ssh_password
        value: "{{ workstation_ssh_password }}"
        derived:
          - path: /etc/hatchpod/hatchpod/container/sshd/PASSWORD_HASH
            algorithm: yescrypt
      - name: API_PASSWORD
        variable: api_password
        value: "{{ api_password }}"
        derived:
          - path: /etc/hatchpod/hatchpod/container/api/PASSWORD_HASH
            algorithm: argon2id
      - name: WEB_TERMINAL_PASSWORD
        variable: workstation_web_terminal_password
        value: "{{ workstation_web_terminal_password }}"
        derived:
          - path: /etc/hatchpod/hatchpod/container/ttyd/CREDENTIAL
            algorithm: plain
            format: "hatchpod:{value}"
      - name: SESSION_KEY
        kind: base64url
      - name: DEPLOY_KEY
        kind: ssh_keypair
        comment: hatchpod
  register: workstation_secrets

- name: Generated passwords are new
  secret:
    directory: /etc/hatchpod/hatchpod/secrets
    state: rotated
    secrets:
      - name: SSH_PASSWORD

- name: Token of a service that is no longer used is gone
  secret:
    directory: /etc/hatchpod/hatchpod/secrets
    secrets:
      - name: TS_AUTHKEY
        kind: token
        state: absent

- name: Passwords are known to this play
  secret:
    directory: /etc/hatchpod/hatchpod/secrets
    return_values: true
    secrets:
      - name: SSH_PASSWORD
  register: workstation_passwords
  no_log: true
"""

RETURN = r"""
directory:
  description: The directory and what became of it.
  type: dict
  returned: success
  sample: {path: /etc/hatchpod/hatchpod/secrets, action: kept}
secrets:
  description:
    - What became of each secret, by its name.
    - RV(secrets.action) is C(created), C(kept), C(replaced) (by a given value), C(rotated), C(repaired) (owner, group
      or mode), C(removed) or C(absent) (there was nothing to remove).
    - RV(secrets.derived) has the same for each file that belongs to it.
    - RV(secrets.changed) tells whether any of its files changed.
  type: dict
  returned: success
  sample:
    SSH_PASSWORD:
      path: /etc/hatchpod/hatchpod/secrets/SSH_PASSWORD
      action: kept
      changed: false
      derived: {/etc/hatchpod/hatchpod/container/sshd/PASSWORD_HASH: kept}
    DEPLOY_KEY:
      path: /etc/hatchpod/hatchpod/secrets/DEPLOY_KEY
      action: created
      changed: true
      derived: {/etc/hatchpod/hatchpod/secrets/DEPLOY_KEY.pub: created}
      public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIND0WMmV8JR+MkNOwAeo/u5M94gT6yV3SWhB6HKk2oza hatchpod
changed_paths:
  description: Every file whose content changed, so that only what uses it need be restarted.
  type: list
  elements: str
  returned: success
  sample: [/etc/hatchpod/hatchpod/secrets/SSH_PASSWORD, /etc/hatchpod/hatchpod/container/sshd/PASSWORD_HASH]
values:
  description: The values by name, without those which check mode cannot know.
  type: dict
  returned: O(return_values=true)
  sample: {SSH_PASSWORD: VALUE}
"""

import sys
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.password_policy import is_well_known
from ansible.module_utils.secrets_store.given import HIDDEN, GivenValue
from ansible.module_utils.secrets_store.kinds import MINIMUM_TOKEN_LENGTH
from ansible.module_utils.secrets_store.model import SecretError
from ansible.module_utils.secrets_store.parse import parse
from ansible.module_utils.secrets_store.report import diff, result
from ansible.module_utils.secrets_store.run import run

STATES = ["present", "rotated", "absent"]
FILE_OPTIONS: dict[str, Any] = {
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "str", "default": "0600"},
}
DERIVED_OPTIONS: dict[str, Any] = {
    "path": {"type": "str", "required": True},
    "algorithm": {"type": "str", "required": True, "choices": ["yescrypt", "sha512crypt", "argon2id", "plain"]},
    "format": {"type": "str"},
    "rounds": {"type": "int"},
    **FILE_OPTIONS,
}
SECRET_OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "kind": {
        "type": "str",
        "default": "password",
        "choices": ["password", "hex", "base64url", "uuid", "ssh_keypair", "token", "text"],
    },
    "length": {"type": "int"},
    "alphabet": {"type": "str"},
    "key_type": {"type": "str", "default": "ed25519", "choices": ["ed25519", "rsa"], "no_log": False},
    "comment": {"type": "str", "default": ""},
    "value": {"type": GivenValue, "no_log": True},
    "variable": {"type": "str"},
    "state": {"type": "str", "choices": STATES},
    "regenerate": {"type": "str", "default": "never", "choices": ["never", "nonconforming"]},
    "derived": {"type": "list", "elements": "dict", "options": DERIVED_OPTIONS},
    **FILE_OPTIONS,
}
OPTIONS: dict[str, Any] = {
    "directory": {"type": "path", "required": True},
    "state": {"type": "str", "default": "present", "choices": STATES},
    "lock_timeout": {"type": "float", "default": 30},
    "return_values": {"type": "bool", "default": False},
    "secrets": {"type": "list", "elements": "dict", "required": True, "options": SECRET_OPTIONS, "no_log": False},
}


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    try:
        request = parse(module.params)
        hide_given_values(module)
        directory, planned = run(request, check=module.check_mode)
    except SecretError as error:
        hide_given_values(module)
        module.fail_json(msg=str(error))
    except Exception as error:
        # Its text could hold a value, so only its type and place are told.
        hide_given_values(module)
        module.fail_json(msg=unforeseen(error), exception="withheld, as it could hold a value")
    if module.params["return_values"]:
        module.no_log_values.clear()
    else:
        module.no_log_values.update(planned.values.values())
    told = result(directory, planned, return_values=module.params["return_values"])
    module.exit_json(diff=diff(directory, planned), **told)


def hide_given_values(module: AnsibleModule) -> None:
    """Take the values out of what Ansible returns as the module's arguments.

    Ansible also blots out each value wherever it occurs in the result. For `password` or `a` this would
    garble paths and the name of the very variable to be corrected, and would protect nothing.
    """
    for entry in module.params["secrets"]:
        if entry["value"] is not None:
            entry["value"] = HIDDEN
    trivial = {text for text in module.no_log_values if len(text) < MINIMUM_TOKEN_LENGTH or is_well_known(text)}
    module.no_log_values.difference_update(trivial)


def unforeseen(error: BaseException) -> str:
    """Type and place of an error, without its text."""
    place = "an unknown place"
    trace = sys.exc_info()[2]
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"unforeseen {type(error).__name__} at {place}. Nothing is known to be wrong with the task; please report it"


if __name__ == "__main__":
    main()
