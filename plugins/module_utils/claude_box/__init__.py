"""A home that claude-box made, turned into Hatchpod's. Nothing here knows Ansible or Docker: all works on folders.

`paths` changes what names the old home, `survey` looks what a home holds, `migrate` makes the new home of it.
"""
