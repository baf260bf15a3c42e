"""Hatchpod's API: one ASGI service for sessions, files and the web UI of a workstation."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("hatchpod-api")
except PackageNotFoundError:  # run from a checkout, where the one version is in pyproject.toml
    __version__ = "0+checkout"
