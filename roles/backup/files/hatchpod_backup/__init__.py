"""Back up and restore the home volumes of the workstations on this host, by restic.

A snapshot is found by its host and its tag, the workstation's name. A restore puts the new home beside the present one
first and then exchanges the two, so that it either happens or does not.
"""


class BackupError(Exception):
    """What went wrong and what to do, for people."""
