"""An inventory of the nodes of a tailnet."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tailnet
short_description: The nodes of a tailnet as an inventory
description:
  - Lists the nodes of a Tailscale or Headscale network. They are asked for by C(tailscale status) on the controller, or
    from the control server's API.
  - Hosts are named by the first label of their DNS names, by the whole name where two would have the same.
  - Every host is in the groups C(tag_<tag>) of its tags, C(os_<system>), and C(online) or C(offline).
  - Every host has the variables C(ansible_host), C(tailnet_addresses), C(tailnet_dns_name), C(tailnet_hostname),
    C(tailnet_id), C(tailnet_last_seen), C(tailnet_online), C(tailnet_os), C(tailnet_self), C(tailnet_tags) (without
    C(tag:)) and C(tailnet_user).
author: Hatchpod
notes:
  - The file's name is C(tailnet.yml), or ends with C(.tailnet.yml) (or C(.yaml)).
  - Headscale's API tells no operating system, so that there are no groups by system with O(source=headscale).
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [tailnet]
  source:
    description:
      - Who is asked. V(client) is C(tailscale status) on the controller, which has to be in the tailnet, and sees the
        nodes that its access rules let it see.
      - V(tailscale) is the API of Tailscale, V(headscale) that of a Headscale server. Both need a key.
    type: str
    choices: [client, tailscale, headscale]
    default: client
  tailscale_command:
    description: The command for O(source=client), a name or a path.
    type: str
    default: tailscale
  tailscale_socket:
    description: The socket of C(tailscaled) for O(source=client), where it is not the usual one.
    type: path
    env:
      - name: TAILNET_SOCKET
  server:
    description:
      - The address of the API, such as C(https://headscale.example.org). Required for O(source=headscale).
      - Empty is Tailscale's own for O(source=tailscale).
    type: str
    default: ""
    env:
      - name: TAILNET_SERVER
  tailnet:
    description: The tailnet for O(source=tailscale). V(-) is the one that the key belongs to.
    type: str
    default: "-"
  domain:
    description: The domain of the nodes' DNS names for O(source=headscale), whose API does not tell it.
    type: str
    default: ""
  api_key:
    description:
      - The key itself. It belongs into the environment, or into this file if C(ansible-vault) encrypts it.
      - An API access token of Tailscale, the secret of an OAuth client of Tailscale (C(tskey-client-...), with the
        scope C(devices:core:read)), or an API key of Headscale.
    type: str
    default: ""
    env:
      - name: TAILNET_API_KEY
  api_key_file:
    description: A file that holds the key. It is used rather than O(api_key).
    type: path
    env:
      - name: TAILNET_API_KEY_FILE
  timeout:
    description: Seconds that the source may take to answer.
    type: int
    default: 15
  address:
    description:
      - What C(ansible_host) is. A node without it has its first address there.
      - V(dns_name) needs a controller that resolves the tailnet's names.
    type: str
    choices: [ipv4, ipv6, dns_name]
    default: ipv4
  tags:
    description: Only nodes with at least one of these tags, with or without C(tag:). Empty is all nodes.
    type: list
    elements: str
    default: []
  exclude_tags:
    description: No nodes with any of these tags. The default leaves out the exit nodes that Tailscale sells.
    type: list
    elements: str
    default: [mullvad-exit-node]
  only_online:
    description: Only nodes that are connected to the control server.
    type: bool
    default: false
  exclude_self:
    description: Leave out the controller itself. Only O(source=client) knows which node that is.
    type: bool
    default: false
"""

EXAMPLES = r"""
# tailnet.yml: the workstations of the tailnet that the controller is in
plugin: tailnet
tags: [workstation]
only_online: true
compose:
  ansible_port: 2222
  ansible_user: "'hatchpod'"

---
# office.tailnet.yml: all nodes that a Headscale server knows, kept for ten minutes
plugin: tailnet
source: headscale
server: https://headscale.example.org
domain: office.example.org
api_key_file: ~/.config/headscale/api-key
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible/tailnet
cache_timeout: 600
keyed_groups:
  - key: tailnet_user
    prefix: user
groups:
  laptops: tailnet_hostname.endswith('-laptop')
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import ansible.module_utils
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

# Ansible leads modules to a project's module_utils, and leaves its other plugins to find them.
if (folder := str(Path(__file__).resolve().parents[1] / "module_utils")) not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(folder)

from ansible.module_utils import tailnet
from ansible.module_utils.tailnet_sources import SourceError, ask_client, ask_headscale, ask_tailscale

if TYPE_CHECKING:
    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader

FILE_NAMES = ("tailnet.yml", "tailnet.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Lists the nodes."""

    NAME = "tailnet"

    def verify_file(self, path: str) -> bool:
        """Say whether a file can be one of ours, by its name."""
        name = Path(path).name
        return bool(super().verify_file(path)) and any(name == one or name.endswith(f".{one}") for one in FILE_NAMES)

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Put the nodes into the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        options = self.get_options()
        try:
            _check(options)
            nodes = self._nodes(options, path, cache)
        except SourceError as error:
            raise AnsibleParserError(f"tailnet: {error}") from None
        chosen = tailnet.selected(
            nodes, **{name: options[name] for name in ("tags", "exclude_tags", "only_online", "exclude_self")}
        )
        for name, node in tailnet.named(chosen).items():
            self._add(inventory, options, name, {**node, "ansible_host": tailnet.address(node, options["address"])})

    def _nodes(self, options: dict[str, Any], path: str, use_cache: bool) -> list[tailnet.Node]:
        """Return the nodes, from the cache where that is wanted and has them."""
        if not options["cache"]:
            return _ask(options)
        self.load_cache_plugin()
        asked = [options[name] for name in ("source", "tailscale_socket", "server", "tailnet", "domain")]
        key = f"{self.get_cache_key(path)}_{hashlib.sha256(repr(asked).encode()).hexdigest()[:8]}"
        if use_cache:
            try:
                return cast("list[tailnet.Node]", self.cache[key])
            except KeyError:  # not there, or too old
                pass
        nodes = _ask(options)
        self.cache[key] = nodes
        return nodes

    def _add(self, inventory: InventoryData, options: dict[str, Any], name: str, variables: dict[str, Any]) -> None:
        """Add one host with its groups and what the inventory's file makes of its variables."""
        inventory.add_host(name)
        for group in tailnet.groups(variables):
            inventory.add_host(name, group=inventory.add_group(self._sanitize_group_name(group)))
        for variable, value in variables.items():
            inventory.set_variable(name, variable, value)
        strict = options["strict"]
        self._set_composite_vars(options["compose"], variables, name, strict=strict)
        self._add_host_to_composed_groups(options["groups"], variables, name, strict=strict)
        self._add_host_to_keyed_groups(options["keyed_groups"], variables, name, strict=strict)


def _check(options: dict[str, Any]) -> None:
    """Refuse what contradicts itself."""
    source, server = options["source"], options["server"]
    if server and not server.startswith(("https://", "http://")):
        raise SourceError(f"server is {server!r}; it must be an address such as https://headscale.example.org")
    if source == "headscale" and not server:
        raise SourceError("source is headscale, and server is not set; set it to the address of the Headscale server")
    if source != "client" and options["exclude_self"]:
        raise SourceError(f"exclude_self needs source client: the API of {source} does not know the controller")


def _ask(options: dict[str, Any]) -> list[tailnet.Node]:
    """Return the nodes, from the source."""
    timeout, server = options["timeout"], options["server"]
    match options["source"]:
        case "client":
            return ask_client(options["tailscale_command"], options["tailscale_socket"], timeout)
        case "tailscale":
            return ask_tailscale(server, options["tailnet"], _key(options), timeout)
    return ask_headscale(server, options["domain"], _key(options), timeout)


def _key(options: dict[str, Any]) -> str:
    """Return the key of the API."""
    file = options["api_key_file"]
    if not file:
        key = str(options["api_key"]).strip()
        if not key:
            raise SourceError("there is no key for the API; set api_key_file, or TAILNET_API_KEY in the environment")
        return key
    try:
        key = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        raise SourceError(f"the key in api_key_file ({file}) cannot be read: {reason}") from None
    if not key:
        raise SourceError(f"api_key_file ({file}) is empty; put the key of the API into it")
    return key
