"""The clone, by the `git` command. Whatever git says of a failure is told with what to do about it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hatchpod_dotfiles import DotfilesError
from hatchpod_dotfiles.process import Tail, last_lines, run
from hatchpod_dotfiles.settings import Settings, shown

LOCAL_LIMIT = 120  # seconds for what needs no network, also when the time for the rest is over
# What git and ssh say, to what helps; {…} are the names of settings. The first that fits is told.
REMEDIES = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "The host shows another SSH key than the known one. If its owner has changed it, correct {known_hosts} and "
        "~/.ssh/known_hosts",
    ),
    (
        r"Host key verification failed|No \w+ host key is known",
        "The host's SSH key is not known here. Set {known_hosts} to the line that `ssh-keyscan HOST` prints, after "
        "comparing it with the one that the host's owner publishes",
    ),
    (
        r"Permission denied|Too many authentication failures",
        "Set {ssh_key} to a private key whose public key the repository has as a deploy key",
    ),
    (
        r"could not read (Username|Password)|Authentication failed|HTTP Basic|returned error: 40[13]",
        "Set {token} to a token that may read the repository, or correct it",
    ),
    (
        r"Remote branch .* not found|couldn't find remote ref",
        "Correct {branch}, or leave it out for the repository's default branch",
    ),
    (
        r"not found|does not appear to be a git repository|does not exist|No such file",
        "Correct {repo}; a private repository looks the same without {token} or {ssh_key}",
    ),
    (
        r"resolve host|Connection (refused|timed out|reset)|Network is unreachable|Failed to connect",
        "The host cannot be reached from the workstation: see to the network, or correct {repo}",
    ),
    (
        r"certificate|SSL",
        "The server's certificate is not trusted: add its authority to image_ca_certificates",
    ),
)


class Repository:
    """A clone at `folder`, and the repository it is of."""

    def __init__(self, folder: Path, settings: Settings, environment: Mapping[str, str], deadline: float) -> None:
        self.folder = folder
        self.settings = settings
        self.environment = environment
        self.deadline = deadline

    # --- what is there ---

    def is_there(self) -> bool:
        """Say whether the folder itself is a clone, and not just inside one."""
        return (self.folder / ".git").exists() and not self._try("rev-parse", "--git-dir")[0]

    def origin(self) -> str:
        """Return the address that it was cloned from, empty without one."""
        return self._try("config", "--get", "remote.origin.url")[1].strip()

    def head(self) -> str:
        """Return the commit that is checked out, empty where there is none."""
        return self._try("rev-parse", "--verify", "--quiet", "HEAD^{commit}")[1].strip()

    def branch(self) -> str:
        """Return the branch that is checked out, empty where none is."""
        return self._try("symbolic-ref", "--quiet", "--short", "HEAD")[1].strip()

    def has_branch(self, name: str) -> bool:
        """Say whether there is such a local branch."""
        return not self._try("rev-parse", "--verify", "--quiet", f"refs/heads/{name}")[0]

    def edited(self) -> list[str]:
        """Return the paths of tracked files, submodules included, that are not as committed."""
        changes = self._git("diff", "--name-only", "-z", "--ignore-submodules=untracked", "HEAD", "--")
        return [path for path in changes.split("\0") if path]

    def in_the_way(self, commit: str) -> list[str]:
        """Return the paths of files that git does not know, where a commit that was fetched has files."""
        added = self._git("diff", "--name-only", "-z", "--diff-filter=A", "HEAD", commit, "--")
        return [path for path in added.split("\0") if path and os.path.lexists(self.folder / path)]

    def leads_to(self, earlier: str, later: str) -> bool:
        """Say whether one commit is, or comes before, another; both must be there."""
        return not self._try("merge-base", "--is-ancestor", earlier, later)[0]

    # --- what the remote has ---

    def remote_head(self, branch: str) -> str:
        """Return the commit that the remote's branch is at, empty where it has no such branch."""
        reference = f"refs/heads/{branch}"
        lines = self._remote("look for news", "ls-remote", "origin", reference).splitlines()
        return next((line.split("\t")[0] for line in lines if line.split("\t")[1:] == [reference]), "")

    def fetch(self, branch: str) -> None:
        """Bring the branch's commits here, and change nothing that anybody sees."""
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
        self._remote("fetch", "fetch", *quiet, "origin", f"refs/heads/{branch}")

    # --- what changes it ---

    def clone(self) -> None:
        """Clone into the folder, which must not be there, with the submodules."""
        branch = (f"--branch={self.settings.branch}",) if self.settings.branch else ()
        where = ("--", self.settings.repository, self.folder)
        self._remote("clone", "clone", "--quiet", "--origin=origin", *branch, *where, cwd=self.folder.parent)
        if not self.head():
            raise self._error("clone", f"it is empty: push a commit, or correct {self._name('DOTFILES_REPO')}")
        if not self.branch():
            raise self._error("clone", f"{self.settings.branch} is no branch: correct {self._name('DOTFILES_BRANCH')}")
        self.submodules()

    def forward(self, branch: str, commit: str) -> None:
        """Move the branch that is checked out forward to a commit that was fetched, wholly or not at all."""
        earlier = self.head()
        self._git("merge", "--quiet", "--ff-only", commit)
        self._git("update-ref", f"refs/remotes/origin/{branch}", commit)
        self._submodules_or("reset", "--quiet", "--keep", earlier)

    def switch(self, branch: str, commit: str) -> None:
        """Check another branch out, wholly or not at all, and bring it to a commit that was fetched."""
        earlier = self.branch()
        self._git("update-ref", f"refs/remotes/origin/{branch}", commit)
        if self.has_branch(branch):
            self._git("switch", "--quiet", branch)
            self._try("merge", "--quiet", "--ff-only", commit)  # one with commits of its own stays as it is
        else:
            self._git("switch", "--quiet", f"--create={branch}", "--track=direct", f"origin/{branch}")
        self._submodules_or("switch", "--quiet", earlier)

    def _submodules_or(self, *back: str) -> None:
        """Bring the submodules, or go back to where they were."""
        try:
            self.submodules()
        except DotfilesError:
            self._git(*back)
            self._try("submodule", "--quiet", "update", "--recursive")
            raise

    def submodules(self) -> None:
        """Check the submodules out as the commit wants them."""
        if (self.folder / ".gitmodules").is_file():
            self._remote("bring the submodules", "submodule", "--quiet", "update", "--init", "--recursive")

    # --- git ---

    def _try(self, *words: str) -> tuple[int, str]:
        """Run git on what is here; return its exit code and output."""
        code, output, _ = self._run(words, self.folder, time.monotonic() + LOCAL_LIMIT)
        return code, output

    def _git(self, *words: str) -> str:
        """Run git on what is here; return its output."""
        code, output, errors = self._run(words, self.folder, time.monotonic() + LOCAL_LIMIT)
        if code:
            raise DotfilesError(f"`git {words[0]}` in ~/dotfiles failed: {' '.join(last_lines(errors, 6))}")
        return output

    def _remote(self, what: str, *words: str | Path, cwd: Path | None = None) -> str:
        """Run git with the remote; return its output."""
        code, output, errors = self._run(words, cwd or self.folder, self.deadline)
        if code:
            said = "\n".join(last_lines(errors, 6))
            raise self._error(what, f"git said: {said}{self._remedy(errors)}")
        return output

    def _run(self, words: Sequence[str | Path], cwd: Path, deadline: float) -> tuple[int, str, str]:
        output, errors = Tail(4 * 1024 * 1024), Tail()
        command = ["git", *words]
        code = run(
            command,
            cwd=cwd,
            environment=self.environment,
            deadline=deadline,
            output=output,
            errors=errors,
        )
        if code is None:
            raise self._error(
                f"run `git {words[0]}`",
                f"it did not end within {self.settings.timeout} s; {self._name('DOTFILES_TIMEOUT')} allows more",
            )
        told = shown(errors.text())  # a clone of the user's own may have a token in its address
        return code, output.text(), told.replace(self.settings.token, "***") if self.settings.token else told

    def _error(self, what: str, why: str) -> DotfilesError:
        return DotfilesError(f"{self.settings.shown}: could not {what}: {why}")

    def _remedy(self, errors: str) -> str:
        names = {
            one.removeprefix("DOTFILES_").lower(): self._name(one)
            for one in (
                "DOTFILES_REPO",
                "DOTFILES_BRANCH",
                "DOTFILES_KNOWN_HOSTS",
                "DOTFILES_SSH_KEY",
                "DOTFILES_TOKEN",
            )
        }
        found = next((remedy for pattern, remedy in REMEDIES if re.search(pattern, errors, re.IGNORECASE)), "")
        return f". {found.format(**names)}" if found else ""

    def _name(self, setting: str) -> str:
        return self.settings.name(setting)


def remove(folder: Path) -> None:
    """Remove what is left of a clone that was interrupted."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
