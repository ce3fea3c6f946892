"""What is built of the settings, and what is said while it is built."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from notbefore import bootstrap
from notbefore.settings import load_settings

STORE = "DefaultEndpointsProtocol=https;AccountName=store;AccountKey=c3RvcmU=;EndpointSuffix=core.windows.net"
ROUTES = "{version: 1, audiences: {}, routes: [{name: all, to: []}]}"


@pytest.mark.parametrize(("sends", "said"), [(True, 1), (False, 0)])
async def test_only_the_app_says_that_nothing_is_polled(
    *, sends: bool, said: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A command that looks into the store polls nothing whatever the settings say: it is silent about it."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(ROUTES)
    given = load_settings({"AzureWebJobsStorage": STORE, "NOTBEFORE_ROUTES": str(routes)})
    with caplog.at_level(logging.INFO):
        house = await bootstrap.build(given, sends=sends)
    await house.close()
    assert sum("nothing is polled" in one.getMessage() for one in caplog.records) == said
