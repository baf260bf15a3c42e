"""Moving, deleting and making folders. A link is moved or deleted itself, never what it leads to."""

import os
import shutil
import stat

from hatchpod_api.errors import ConflictError
from hatchpod_api.messages.files import FolderCreated, MoveFile
from hatchpod_api.workspace import Workspace, printable


def make_folder(workspace: Workspace, path: str) -> FolderCreated:
    """The folder that it is in must exist."""
    real = workspace.resolve(path)
    with workspace.explained(real), workspace.opened_parent(real) as (folder, name):
        os.mkdir(name, dir_fd=folder)
    return FolderCreated(path=workspace.shown(real), cwd=printable(str(real)))


def move(workspace: Workspace, move: MoveFile) -> str:
    """Move or rename; the result is the new path. `ConflictError` when the target exists and may not be overwritten."""
    source = workspace.resolve(move.source, field="source", follow=False)
    target = workspace.resolve(move.target, field="target", follow=False)
    with (
        workspace.explained(source, field="source"),
        workspace.opened_parent(source, field="source") as (from_folder, from_name),
    ):
        is_folder = stat.S_ISDIR(os.stat(from_name, dir_fd=from_folder, follow_symlinks=False).st_mode)
        with (
            workspace.explained(target, field="target"),
            workspace.opened_parent(target, field="target") as (to_folder, to_name),
        ):
            names: _Names = (from_folder, from_name, to_folder, to_name)
            _move_folder(names) if is_folder else _move_file(names, overwrite=move.overwrite)
    return workspace.shown(target)


def delete(workspace: Workspace, path: str, *, recursive: bool) -> None:
    """A folder that is not empty goes only when `recursive`."""
    real = workspace.resolve(path, follow=False)
    with workspace.explained(real), workspace.opened_parent(real) as (folder, name):
        if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=folder)
        elif recursive:
            shutil.rmtree(name, dir_fd=folder)
        else:
            _delete_empty(folder, name)


_Names = tuple[int, str, int, str]


def _move_file(names: _Names, *, overwrite: bool) -> None:
    from_folder, from_name, to_folder, to_name = names
    if overwrite:
        os.replace(from_name, to_name, src_dir_fd=from_folder, dst_dir_fd=to_folder)
        return
    # The system's rename would overwrite; a second name for the file is refused where there is one already.
    os.link(from_name, to_name, src_dir_fd=from_folder, dst_dir_fd=to_folder, follow_symlinks=False)
    os.unlink(from_name, dir_fd=from_folder)


def _move_folder(names: _Names) -> None:
    from_folder, from_name, to_folder, to_name = names
    try:
        os.stat(to_name, dir_fd=to_folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(from_name, to_name, src_dir_fd=from_folder, dst_dir_fd=to_folder)
    else:
        raise FileExistsError(17, "exists")


def _delete_empty(folder: int, name: str) -> None:
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if not isinstance(error, PermissionError):
            message = "The folder is not empty. Say `recursive=true` to delete it with everything in it."
            raise ConflictError(message, field="recursive", code="not_empty") from None
        raise
