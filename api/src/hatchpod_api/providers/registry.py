"""The providers that the configuration enables. What they need is loaded when their first run starts."""

from collections.abc import Mapping

from hatchpod_api.config import HostSettings
from hatchpod_api.providers.base import Provider
from hatchpod_api.providers.claude import ClaudeProvider
from hatchpod_api.providers.scripted import ScriptedProvider


def providers(settings: HostSettings, environment: Mapping[str, str]) -> dict[str, Provider]:
    """By name. `environment` is what the agents' processes may see."""
    every: tuple[Provider, ...] = (ClaudeProvider(settings, environment), ScriptedProvider())
    return {provider.name: provider for provider in every if provider.name in settings.providers}
