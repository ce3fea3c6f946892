"""Azure's services on this machine, over TLS, and the way out to them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from azure_services import Services, services
from azure_world import LOOPBACK
from tls import Contexts, contexts_in

from notbefore.outbound import Outbound


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    """TLS for this machine."""
    return contexts_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def standing(contexts: Contexts) -> AsyncIterator[Services]:
    """The services."""
    async with services(contexts[0]) as found:
        yield found


@pytest.fixture
async def outbound(contexts: Contexts) -> AsyncIterator[Outbound]:
    """The real way out, open to this machine."""
    way_out = Outbound(LOOPBACK, limit=2.0, trust=contexts[1])
    yield way_out
    await way_out.close()
