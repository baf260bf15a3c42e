"""A home as claude-box left it, with every odd kind of file."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

SECRET = "sk-ant-oat01-not-a-real-token"


def furnish(home: Path) -> None:
    """Fill an empty folder."""
    project = home / ".claude/projects/-home-claude-shop"
    project.mkdir(parents=True)
    lines = [
        {"type": "user", "cwd": "/home/claude/shop", "message": {"content": "see /home/claude/shop/a"}},
        {"type": "assistant", "cwd": "/home/claude/shop", "message": {"content": "b" * 5_000_000}},
    ]
    transcript = "".join(json.dumps(line) + "\n" for line in lines)
    (project / "one.jsonl").write_text(transcript + '{"cwd":"/home/claude/shop","cut')
    (project / "one").mkdir()
    (project / "one/agent.jsonl").write_text('{"cwd":"/home/claude/shop"}\n')
    (home / ".claude/projects/-home-claude-box").mkdir()
    (home / ".claude/projects/-home-claude-box/two.jsonl").write_text('{"cwd":"/home/claude-box"}\n')
    (home / ".claude/.credentials.json").write_text(json.dumps({"token": SECRET}))
    (home / ".claude.json").write_text(
        json.dumps({"projects": {"/home/claude/shop": {"mcpServers": {"a": {"command": "/home/claude/bin/mcp"}}}}})
    )
    (home / ".claude/settings.json").write_text('{"hooks": "/home/claude/.claude/hook", ')
    (home / ".claude/history.jsonl").write_text('{"display":"x","project":"/home/claude/shop"}\n')
    (home / "shop").mkdir()
    (home / "shop/run").write_text("#!/home/claude/venv/bin/python\n")
    (home / "shop/run").chmod(0o4755)
    (home / "shop/two names\nof one").write_text("x")
    os.link(home / "shop/two names\nof one", home / "shop/other name")
    (home / "shop" / os.fsdecode(b"caf\xe9")).write_text("latin")
    (home / "shop/abroad").symlink_to("/etc/hostname")
    (home / "shop/home").symlink_to("/home/claude/shop")
    (home / "shop/loop").symlink_to("loop")
    (home / ".bashrc").write_text("export PATH=/home/claude/.npm-global/bin:$PATH\n")
    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh/id_ed25519").write_text(f"{SECRET}\n")
    (home / ".ssh/id_ed25519").chmod(0o600)
    os.mkfifo(home / "shop/pipe")
    here = Path.cwd()
    os.chdir(home / "shop")
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("socket")
    finally:
        os.chdir(here)
    for path in [home, *home.rglob("*")]:
        os.lchown(path, 1500, 1500)
    os.lchown(home / "shop/abroad", 0, 0)
    for path in sorted(home.rglob("*"), reverse=True):
        os.utime(path, (10**9, 10**9), follow_symlinks=False)


def listing(home: Path) -> dict[str, tuple[object, ...]]:
    """Return everything below a home: kind and mode, owner, time, links, content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in home.rglob("*"):
        state = path.lstat()
        content: object = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        time = state.st_mtime_ns if not path.is_dir() or path.is_symlink() else None
        found[str(path.relative_to(home))] = (state.st_mode, state.st_uid, state.st_gid, time, state.st_nlink, content)
    return found
