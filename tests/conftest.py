"""Options of the test command, and the one store of all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import azurite


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` writes what is read now as what is expected; `--all-seeds` runs every mutated payload."""
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite the expected outputs of our own examples")
    parser.addoption("--all-seeds", action="store_true", help="run all 50,000 mutated payloads, not a few thousand")


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are written instead of compared."""
    return bool(request.config.getoption("--rewrite-golden"))


@pytest.fixture
def all_seeds(request: pytest.FixtureRequest) -> bool:
    """Whether the long run was asked for."""
    return bool(request.config.getoption("--all-seeds"))


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a real Azurite, stopped gently at the end; each test names its own tables and queues."""
    running = azurite.start(tmp_path_factory.mktemp("a store with a space"))
    yield running.connection_string
    running.stop()
