"""A long silence of Azure is said in the log once a night: the alert on it reads that line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from memory_house import House

from notbefore.pipeline.quiet import look_for_silence


async def test_days_without_a_signal_are_counted_from_the_last_one(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said before anything came, nor on the same day; after twelve days it says twelve."""
    house = House()
    assert await look_for_silence(house.outside) == 0
    await house.takes(b"{}")
    assert await look_for_silence(house.outside) == 0
    assert caplog.messages == [one for one in caplog.messages if "no signal" not in one]
    house.at += timedelta(days=12)
    assert await look_for_silence(house.outside) == 12
    assert caplog.messages[-1] == "no signal for 12 days"
