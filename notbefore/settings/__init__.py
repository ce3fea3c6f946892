"""The environment, read once and checked: the only place that knows `os.environ`.

Secrets are not kept: `Settings.get` looks them up when a message is sent, and no `repr` shows one.
"""

from notbefore.settings.environment import load_settings, variable, wants_token
from notbefore.settings.given import EntraSettings, PollSettings, Settings, StorageSettings

__all__ = [
    "EntraSettings",
    "PollSettings",
    "Settings",
    "StorageSettings",
    "load_settings",
    "variable",
    "wants_token",
]
