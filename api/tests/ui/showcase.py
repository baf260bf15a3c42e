"""A workstation after some days of work: a repository, sessions of several days, and some that want a person.

What the tests of whole views look at, and what the pictures of the documentation show.
"""

from __future__ import annotations

import datetime
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from tests.live.stack import Stack

from standins.entries import Entries, Entry, append, use
from standins.messages_endpoint import Answer, Endpoint, Text, Use

BASKET = '''"""What a customer is about to buy."""


class Basket:
    def __init__(self, prices):
        self.prices = prices
        self.items = []

    def add(self, item, count=1):
        self.items += [item] * count

    def total(self):
        return round(sum(self.prices[item] for item in self.items), 2)
'''
BASKET_TEST = """from shop.basket import Basket

PRICES = {"egg": 0.35, "hen": 12.5}


def test_the_total_is_the_sum_of_all_prices():
    basket = Basket(PRICES)
    basket.add("egg", 6)
    assert basket.total() == 2.1
"""
FLOATS = """    def total(self):
        return round(sum(self.prices[item] for item in self.items), 2)
"""
CENTS = """    def total(self) -> Decimal:
        cents = (round(100 * self.prices[item]) for item in self.items)
        return Decimal(sum(cents)) / 100
"""
FEED = '''"""The feed of the newest posts."""

from blog.posts import published


def entries():
    for post in published():
        yield {"title": post.title, "link": post.url, "date": post.date}
'''
FEED_WITH_LIMIT = '''"""The feed of the newest posts."""

from itertools import islice

from blog.posts import published

NEWEST = 20


def entries():
    for post in islice(published(), NEWEST):
        yield {"title": post.title, "link": post.url, "updated": post.changed}
'''
POST = "# Hatching\n\nIt takes 21 days, and a warm place.\n"
ANSWER = """Prices are **floats**, and a sum of them depends on its order. The basket now counts whole cents, and
makes a `Decimal` of their sum:

```python
cents = (round(100 * self.prices[item]) for item in self.items)
return Decimal(sum(cents)) / 100
```

- The test ran 200 times without a failure.
- Nothing else reads `Basket.total`.
"""


@dataclass(frozen=True)
class Showcase:
    """The sessions that views are about, by their ids."""

    stack: Stack
    done: str  # as Claude Code left it
    waiting: str  # for an answer to a change of a file
    asking: str  # a question
    changed: Path  # a repository in which not all is committed


def furnish(stack: Stack, endpoint: Endpoint) -> Showcase:
    """Write what people and agents have done on this workstation, and begin what goes on."""
    (stack.workspace / "infra").mkdir()
    files = {"shop/basket.py": BASKET, "tests/test_basket.py": BASKET_TEST, "README.md": "# Shop\n\nEggs and hens.\n"}
    repository = _repository(stack.workspace / "shop", files)
    changed = _repository(stack.workspace / "blog", {"feed.py": FEED, "posts/hatching.md": POST})
    (changed / "feed.py").write_text(FEED_WITH_LIMIT)
    (changed / "posts/hatching.md").write_text(POST.replace("21 days", "three weeks"))
    (changed / "posts/feathers.md").write_text("# Feathers\n")
    done = _transcript(stack, 1, _conversation(repository))
    for number, (hours, folder, branch, prompt, tokens) in enumerate(_PAST, 2):
        _transcript(stack, number, _exchange(hours, stack.workspace / folder, branch, prompt, tokens))
    stack.wait(lambda: len(stack.get("/api/sessions?status=history").json()) == len(_PAST) + 1, "the past is known")
    _note(stack, done, tags=["bug"])
    _note(stack, str(UUID(int=4)), tags=["writing"])
    running = stack.create("[deaf] Upgrade", cwd="infra")
    _note(stack, running, title="Upgrade the dependencies")
    asking = stack.create("[question] Paint", cwd="shop")
    _note(stack, asking, title="A colour for the label")
    waiting = _waiting(stack, endpoint, repository)
    return Showcase(stack=stack, done=done, waiting=waiting, asking=asking, changed=changed)


_PAST = (
    # hours ago, folder, branch, prompt, tokens of the answer
    (5, "shop", "main", "Write a changelog for the next release", 38_000),
    (26, "infra", "backups", "Why did last night's backup take four hours?", 96_000),
    (29, "blog", "main", "Shorten the post about hatching, and check its links", 12_000),
    (52, "shop", "invoices", "Invoices as PDF: make a plan first", 150_000),
    (75, "infra", "main", "Rotate the certificates of the staging hosts", 21_000),
    (76, "blog", "main", "Find pictures that no page shows any more", 9_000),
    (170, "shop", "main", "Sort the catalogue by season", 64_000),
    (222, "blog", "main", "A page for those who write posts", 33_000),
    (245, "shop", "main", "Read the prices from the supplier's table", 118_000),
    (340, "shop", "main", "Move the tests from unittest to pytest", 210_000),
    (412, "infra", "main", "Build the image in half the time", 97_000),
    (460, "shop", "main", "A page that says what is sold out", 51_000),
    (560, "blog", "main", "Move the pictures to the new folders", 74_000),
)


def _repository(folder: Path, files: dict[str, str]) -> Path:
    """One with these files in one commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    commit = (*ada, "commit", "--quiet", "--message", "Begin")
    for command in (("init", "--quiet", "--initial-branch=main"), ("add", "--all"), commit):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def _note(stack: Stack, session: str, **changes: object) -> None:
    stack.request("PATCH", f"/api/sessions/{session}", json=changes).raise_for_status()


def _transcript(stack: Stack, number: int, entries: list[Entry]) -> str:
    session = str(UUID(int=number))
    append(stack.home / ".claude/projects/-work" / f"{session}.jsonl", *entries)
    return session


def _entries(hours_ago: float) -> Entries:
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours_ago)
    return Entries(start=f"{then:%Y-%m-%dT%H}")


def _exchange(hours: float, folder: Path, branch: str, prompt: str, tokens: int) -> list[Entry]:
    """A prompt and its answer, which cost something."""
    make, place = _entries(hours), {"cwd": str(folder), "gitBranch": branch}
    answer = make.assistant("That is done.", id=f"past-{hours}", **place)
    _spend(answer, tokens)
    return [make.user(prompt, **place), answer]


def _spend(answer: Entry, tokens: int) -> None:
    """As it is in long sessions, where most is read from the cache."""
    written, read = tokens * 2, tokens * 20
    used = {"output_tokens": tokens, "cache_creation_input_tokens": written, "cache_read_input_tokens": read}
    answer["message"]["usage"].update(input_tokens=tokens // 5, **used)


def _conversation(repository: Path) -> list[Entry]:
    """A bug is looked for, mended and shown to be gone."""
    make, place = _entries(2), {"cwd": str(repository), "gitBranch": "main"}
    basket, test = str(repository / "shop/basket.py"), str(repository / "tests/test_basket.py")
    thought = {"type": "thinking", "thinking": "A sum of floats is not exact.", "signature": "c2ln"}
    edit = {"file_path": basket, "old_string": FLOATS, "new_string": CENTS}
    answers = [
        make.user("The test of the basket fails now and then. Find out why, and mend it.", **place),
        make.assistant(thought, "I look at the test, and at what it tests.", id="a", **place),
        make.assistant(use("read-1", "Read", file_path=test), id="a", **place),
        make.assistant(use("read-2", "Read", file_path=basket), id="a", **place),
        make.result("read-1", _numbered(BASKET_TEST)),
        make.result("read-2", _numbered(BASKET)),
        make.assistant("The total adds floats. Whole cents are exact.", id="b", **place),
        make.assistant(use("edit-1", "Edit", **edit), id="c", **place),
        make.result("edit-1", "The file has been updated."),
        make.assistant(
            use("bash-1", "Bash", command="pytest -q --count 200", description="Run the tests 200 times"),
            id="d",
            **place,
        ),
        make.result("bash-1", "200 passed in 3.21s"),
        make.assistant(ANSWER, id="e", **place),
    ]
    _spend(answers[-1], 42_000)
    return [*answers, make.other("custom-title", customTitle="A test that fails now and then")]


def _numbered(text: str) -> str:
    return "".join(f"{number:>6}\t{line}\n" for number, line in enumerate(text.splitlines(), 1))


def _waiting(stack: Stack, endpoint: Endpoint, repository: Path) -> str:
    """The real `claude` wants to change a file, and may not unasked."""
    basket = str(repository / "shop/basket.py")
    endpoint.script(
        "whole cents",
        Answer([Text("I read how the total is made."), Use("Read", {"file_path": basket})]),
        Answer(
            [
                Text("Floats are added and rounded at the end. I change that to whole cents."),
                Use("Edit", {"file_path": basket, "old_string": FLOATS, "new_string": CENTS}),
            ]
        ),
    )
    session = stack.create("Count the basket's total in whole cents", provider="claude", cwd=str(repository))
    with stack.stream(session) as viewer:
        viewer.until("tool_approval_request")
    return session
