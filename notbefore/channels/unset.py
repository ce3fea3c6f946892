"""A channel that the settings do not furnish: it says so, and never pretends."""

from __future__ import annotations

from notbefore.errors import Permanent
from notbefore.schema import Message, Receipt


class Unset:
    """Refuses each message with the name of the setting that is missing."""

    def __init__(self, setting: str) -> None:
        self._setting = setting

    async def send(self, message: Message) -> Receipt:
        """Raises: Permanent, always."""
        raise Permanent(f"the channel {message.channel} is not set up: {self._setting} is missing")
