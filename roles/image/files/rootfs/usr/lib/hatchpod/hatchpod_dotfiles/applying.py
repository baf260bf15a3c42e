"""From what is wanted to what is there: clone, bring up to date, install. Touches nothing that is the user's own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hatchpod_dotfiles import DotfilesError, RefusedError
from hatchpod_dotfiles.access import access
from hatchpod_dotfiles.place import Place
from hatchpod_dotfiles.record import Record
from hatchpod_dotfiles.repository import Repository, remove
from hatchpod_dotfiles.script import choose, forgotten, install
from hatchpod_dotfiles.settings import Settings, address, shown

AGAIN = "hatchpod-dotfiles"
NAMED_FILES = 5


@dataclass(frozen=True)
class Report:
    """What a run did, or in check mode would do, and what became of the dotfiles."""

    record: Record
    changed: bool = False
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {**asdict(self.record), "changed": self.changed, "before": self.before, "after": self.after}


def same(one: str, other: str) -> bool:
    """Say whether two addresses are of one repository."""
    plain = [address(text).removeprefix("file://").rstrip("/").removesuffix(".git") for text in (one, other)]
    return plain[0] == plain[1]


class Run:
    """One run. `check` predicts it and changes nothing; `again` runs the script even where it has run already."""

    def __init__(self, settings: Settings, place: Place, *, check: bool = False, again: bool = False) -> None:
        self.settings, self.place, self.check = settings, place, check
        self.deadline = time.monotonic() + settings.timeout
        earlier = Record.read(place.state)
        self.record = earlier or Record()
        self.script_is_due = again or not self.record.complete
        self.changed = False
        self.predicted = ""  # the commit that check mode would check out
        self.here = self._at(place.dotfiles, place.environment)

    def report(self) -> Report:
        """Do it, and return what became of it."""
        before = self._state()
        try:
            stale = self._bring()
            note = self._install() if self.script_is_due else ""
            self._keep(state="stale" if stale else "installed", reason=stale or note, complete=True)
        except RefusedError as error:
            self._keep(state="refused", reason=str(error))
        except DotfilesError as error:
            self._keep(state="failed", reason=str(error), output=error.output)
        except OSError as error:
            self._keep(state="failed", reason=f"the dotfiles cannot be put in place: {error}")
        except SystemExit:
            self._keep(state="failed", reason=f"it was interrupted; {AGAIN} goes on with it")
            raise
        planned = {"commit": self.predicted or before["commit"], "installed": True}
        after = planned if self.check and self.changed else self._state()
        return Report(self.record, self.changed, before, after)

    # --- the steps ---

    def _bring(self) -> str:
        """Clone, or bring the clone up to date where that is wanted; return why it is not, empty where it is."""
        folder = self.place.dotfiles
        if not folder.exists() or (folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())):
            self._clone()
            return ""
        self._refuse_another()
        if not self.record.branch:  # somebody else's clone, taken over as it is
            self.record = self.record.now(branch=self.settings.branch or self.here.branch())
        try:
            branch, switch = self._target()
            if switch or self.settings.update:
                with access(self.settings, self.place) as environment:
                    self._move(self._at(folder, environment), branch, switch=switch)
        except DotfilesError as error:
            return str(error)
        return ""

    def _target(self) -> tuple[str, bool]:
        """Return the branch that is wanted, and whether it is another one than before."""
        wanted, current = self.settings.branch, self.here.branch()
        switch = wanted not in ("", current, self.record.branch)
        if not switch and not self.settings.update:
            return current, False
        if not current or (wanted not in ("", current) and not switch):
            back = repr(wanted or self.record.branch)
            where = f"branch {current}" if current else "no branch"
            raise DotfilesError(
                f"~/dotfiles was left alone: it is on {where}. Go back: git -C ~/dotfiles switch {back}"
            )
        return wanted or current, switch

    def _clone(self) -> None:
        """Clone beside, and put the whole clone in place."""
        self.record = Record()
        if self.check:
            self.changed = True
            self.predicted = f"the newest of {self.settings.branch or 'the default branch'}"
            return
        self._keep(state="running")
        partial = self.place.partial
        remove(partial)
        try:
            with access(self.settings, self.place) as environment:
                clone = self._at(partial, environment)
                clone.clone()
                self._begin(branch=clone.branch())
            partial.rename(self.place.dotfiles)
        finally:
            remove(partial)

    def _move(self, clone: Repository, branch: str, *, switch: bool) -> None:
        """Bring a clone to the remote's state of a branch, unless that touches what its user made."""
        commit = clone.remote_head(branch)
        if not commit:
            raise DotfilesError(
                f"{self.settings.shown} has no branch {branch}: correct {self.settings.name('DOTFILES_BRANCH')}"
            )
        head = clone.head()
        if not switch and clone.leads_to(commit, head):
            return
        clone.fetch(branch)
        if own := clone.edited() or clone.in_the_way(commit):
            names = ", ".join(own[:NAMED_FILES]) + (", ..." if len(own) > NAMED_FILES else "")
            raise DotfilesError(
                f"the repository moved on, and ~/dotfiles has edits of its own in {names}: it was left alone. Commit "
                f"or drop them, then run {AGAIN} --update"
            )
        if not switch and not clone.leads_to(head, commit):
            raise DotfilesError(
                f"the repository moved on, and ~/dotfiles has commits that it does not have: it was left alone. Bring "
                f"both together by git -C ~/dotfiles pull --rebase, push them, then run {AGAIN} --update"
            )
        earlier, was_due = self.record, self.script_is_due
        self.predicted = commit
        self._begin(branch=branch)
        if self.check:
            return
        try:
            clone.switch(branch, commit) if switch else clone.forward(branch, commit)
        except DotfilesError:  # it is where it was
            self.record, self.script_is_due, self.changed = earlier, was_due, False
            raise

    def _install(self) -> str:
        """Run what the repository brings for that; return a note where it brings nothing that runs."""
        if self.check:
            self.changed = True
            return ""
        name = choose(self.place.dotfiles)
        self._begin(script=name)
        if not self.here.edited():
            with access(self.settings, self.place) as environment:
                self._at(self.place.dotfiles, environment).submodules()  # of a run that was cut short
        if not name:
            return forgotten(self.place.dotfiles)
        install(name, self.place, self.settings, self.deadline)
        return ""

    # --- what they share ---

    def _refuse_another(self) -> None:
        """Refuse what is in the clone's place and is none of the repository."""
        away = f"move it away (mv ~/dotfiles ~/dotfiles.old), then run {AGAIN}"
        wanted, repository = self.settings.name("DOTFILES_REPO"), self.settings.shown
        if not self.here.is_there() or not (origin := self.here.origin()):
            raise RefusedError(f"~/dotfiles is there and is no clone of {repository}: {away}")
        if not same(origin, self.settings.repository):
            raise RefusedError(
                f"~/dotfiles is a clone of {shown(origin)}, not of {repository}: {away}; or set {wanted} "
                f"back. Is it the same one under a new address? git -C ~/dotfiles remote set-url origin {repository!r}"
            )

    def _begin(self, **changes: Any) -> None:
        """Say that something changes from here on, so that a run which is cut short is gone on with."""
        self.changed = self.script_is_due = True
        self._keep(state="running", complete=False, **changes)

    def _keep(self, **changes: Any) -> None:
        """Take over what became of the dotfiles, and record it."""
        given: dict[str, Any] = {"reason": "", "output": [], **changes}
        given["repository"] = self.settings.shown
        given["commit"] = self.here.head() if self.here.is_there() else ""
        now = self.record.now(**given)
        self.record = now.now(log=str(self.place.log) if now.script else "")
        if not self.check and self.record != Record.read(self.place.state):
            self.record.write(self.place.state)

    def _state(self) -> dict[str, Any]:
        """Return what a run can change."""
        if not self.here.is_there():
            return {"commit": None, "installed": False}
        return {"commit": self.here.head() or None, "installed": self.record.complete}

    def _at(self, folder: Path, environment: Mapping[str, str]) -> Repository:
        return Repository(folder, self.settings, environment, self.deadline)
