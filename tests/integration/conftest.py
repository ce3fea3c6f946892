"""One Azurite for all the tests that need a store; each test names its own tables, queues and containers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import azurite


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a real Azurite, stopped gently at the end."""
    running = azurite.start(tmp_path_factory.mktemp("a store with a space"))
    yield running.connection_string
    running.stop()
