"""What the tests of the board look at."""

from __future__ import annotations

import pytest
from board_site import doors, house
from board_stories import furnish

from functions.house import House


@pytest.fixture
async def furnished() -> House:
    """A house with all kinds of stories."""
    there = house()
    await furnish(there)
    return doors(there)
