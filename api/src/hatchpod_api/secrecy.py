"""Hides this process from the programs of its own user, which here are agents and whatever they start."""

import ctypes

_PR_SET_DUMPABLE = 4


def hide() -> None:
    """From now on only root reads its memory and its environment, where the password's hash is."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")
