"""Options of the test command."""

from __future__ import annotations

import pytest


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
