"""What can be set, and what is wrong with it. Needs nothing else of this package: playbooks check with it as well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

# Names in the container's environment and of the files under /run/hatchpod/dotfiles; then those of the inventory.
NAMES = {
    "DOTFILES_REPO": "dotfiles_repository",
    "DOTFILES_BRANCH": "dotfiles_branch",
    "DOTFILES_UPDATE": "dotfiles_update",
    "DOTFILES_TIMEOUT": "dotfiles_timeout",
    "DOTFILES_KNOWN_HOSTS": "dotfiles_known_hosts",
    "DOTFILES_SSH_KEY": "dotfiles_ssh_key",
    "DOTFILES_TOKEN": "dotfiles_token",
}
DEFAULT_TIMEOUT = 600  # seconds
LONGEST_TIMEOUT = 86400
FORMS = "https://host/path, git@host:path, ssh://git@host/path, http://host/path, file:///path or /path"
HOST = r"(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])"
SSH_FORM = re.compile(rf"(?:[A-Za-z0-9_.+-]+@)?{HOST}:(?!//|:).+")
URL_FORM = re.compile(rf"(?:https?|ssh)://(?:[^@/\s]+@)?{HOST}(?::[0-9]+)?/.+")
USER = re.compile(r"(?:(https?)://|\w+://)?([^/@]*)@")
# How the tokens of forges begin, and what is too long and too mixed for anybody's name.
TOKEN = re.compile(r"gh[oprsu]_|github_pat_|gl(?:cbt|dt|ft|pat|ptt|rt|soat)-")
OPAQUE = re.compile(r"(?=[0-9]*[A-Za-z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{24}")
# What `git check-ref-format --branch` refuses.
NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|/\.|[/.]$|\.lock(/|$)|^@$")
FIELDS_OF_A_HOST_KEY = 3
YES, NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


@dataclass(frozen=True)
class Settings:
    """What is wanted. An empty repository means no dotfiles, an empty branch the repository's default one."""

    repository: str = ""
    branch: str = ""
    update: bool = False
    timeout: int = DEFAULT_TIMEOUT
    known_hosts: str = ""
    ssh_key: str = ""
    token: str = ""
    managed: bool = False  # by Ansible, so that messages name the variables of the inventory

    @classmethod
    def of(cls, values: Mapping[str, str], *, managed: bool = False) -> Settings:
        """Return the settings in values by the names of the environment, in which `problems` found nothing."""
        return cls(
            repository=address(values.get("DOTFILES_REPO", "")),
            branch=values.get("DOTFILES_BRANCH", ""),
            update=values.get("DOTFILES_UPDATE", "").lower() in YES,
            timeout=int(values.get("DOTFILES_TIMEOUT") or DEFAULT_TIMEOUT),
            known_hosts=values.get("DOTFILES_KNOWN_HOSTS", ""),
            ssh_key=values.get("DOTFILES_SSH_KEY", ""),
            token=values.get("DOTFILES_TOKEN", ""),
            managed=managed,
        )

    @property
    def shown(self) -> str:
        """The repository for messages and records."""
        return shown(self.repository)

    def name(self, setting: str) -> str:
        """Return the name by which whoever runs this workstation knows a setting."""
        return NAMES[setting] if self.managed else setting


def read(folder: Path) -> dict[str, str]:
    """Return the values in a folder that has one file for each, without the newline at their ends."""
    paths = ((name, folder / name) for name in NAMES)
    return {name: path.read_text().rstrip("\n") for name, path in paths if path.is_file()}


def address(repository: str) -> str:
    """Return a repository's address as git takes it: in one on the web, blanks and the like are written as %20."""
    parts = urlsplit(repository) if repository.startswith(("http://", "https://")) else None
    return urlunsplit(parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~"))) if parts else repository


def shown(text: str) -> str:
    """Return a text for messages: the addresses in it without who logs in, for which people take tokens as well."""
    return re.sub(r"(\w+://)(?!git@)[^/\s]*@", r"\1***@", text)


def problems(values: Mapping[str, str], *, managed: bool = False) -> list[str]:
    """Return what is wrong with values, each with the setting's name and the fix; never a secret."""

    def name(setting: str) -> str:
        return NAMES[setting] if managed else setting

    repository, branch = values.get("DOTFILES_REPO", ""), values.get("DOTFILES_BRANCH", "")
    found = []
    if repository and (wrong := repository_problem(repository)):
        found.append(f"{name('DOTFILES_REPO')} {wrong.format(token=name('DOTFILES_TOKEN'))}")
    if NO_BRANCH.search(branch):
        found.append(f"{name('DOTFILES_BRANCH')} is {branch!r}, which git takes for no branch: correct it")
    if values.get("DOTFILES_UPDATE", "").lower() not in YES | NO:
        found.append(f"{name('DOTFILES_UPDATE')} is {values['DOTFILES_UPDATE']!r}: set it to 1 or 0")
    if not re.fullmatch(r"[0-9]{0,5}", timeout := values.get("DOTFILES_TIMEOUT", "")) or not (
        0 < int(timeout or 1) <= LONGEST_TIMEOUT
    ):
        found.append(f"{name('DOTFILES_TIMEOUT')} is {timeout!r}: set it to seconds from 1 to {LONGEST_TIMEOUT}")
    lines = [line for line in values.get("DOTFILES_KNOWN_HOSTS", "").splitlines() if not line.startswith("#")]
    if any(line.strip() and len(line.split()) < FIELDS_OF_A_HOST_KEY for line in lines):
        found.append(
            f"{name('DOTFILES_KNOWN_HOSTS')} has a line that is no host key: write it as `ssh-keyscan HOST` prints it, "
            f"such as git.example.org ssh-ed25519 AAAA..."
        )
    token, key = values.get("DOTFILES_TOKEN", ""), values.get("DOTFILES_SSH_KEY", "")
    if token and not re.fullmatch(r"[!-~]+", token):
        found.append(f"{name('DOTFILES_TOKEN')} must be one line of printable ASCII without blanks: copy it again")
    if token and repository and not repository.startswith("https://"):
        found.append(
            f"{name('DOTFILES_TOKEN')} is for a repository at https:// alone, as it would go over the network "
            f"readable: change {name('DOTFILES_REPO')}, or leave the token out"
        )
    if key and "PRIVATE KEY-----" not in key:
        found.append(f"{name('DOTFILES_SSH_KEY')} must be a private SSH key with its first and last line")
    return found


def repository_problem(repository: str) -> str:
    """Return what is wrong with a repository's address, as what follows the setting's name; empty where nothing is."""
    if not repository.isprintable():
        return "holds a line break or another character that no address has: correct it"
    if re.match(r"\w+://[^/@]*:[^/@]*@", repository):
        return "holds a password, which git would keep and show: take it out, and set {token} to it"
    if holds_token(repository):
        return "holds a token as its user name, which git would keep and show: take it out, and set {token} to it"
    if repository.startswith(("/", "file:///")) or URL_FORM.fullmatch(repository):
        return ""
    if "://" in repository or not SSH_FORM.fullmatch(repository):
        hidden = re.sub(r"(?<=://).*@", "***@", repository)
        return f"is {hidden!r}, which is no address of a repository: write it as {FORMS}"
    return ""


def holds_token(repository: str) -> bool:
    """Say whether the user name in an address is a token; in one for SSH, cloud providers have names that look so."""
    if not (found := USER.match(repository)):
        return False
    web, user = found[1], unquote(found[2])
    return bool(TOKEN.match(user) or (web and OPAQUE.search(user)))
