"""`notbefore calendar`: the address under which a calendar program subscribes to an audience's maintenances."""

from __future__ import annotations

import argparse
import sys

from notbefore.commands.store import in_store
from notbefore.errors import NotBeforeError
from notbefore.pipeline.dependencies import Dependencies


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and whether what was given out is to end."""
    parser.add_argument("--audience", metavar="NAME", required=True, help="an audience of the routing file")
    parser.add_argument("--revoke", action="store_true", help="first end every address given out for this audience")


def run(options: argparse.Namespace) -> int:
    """Prints the address; it is a secret. Raises: ConfigError, StorageUnavailable."""

    async def work(outside: Dependencies) -> int:
        return await given(outside, options.audience, revoke=options.revoke)

    return in_store(work)


async def given(outside: Dependencies, audience: str, *, revoke: bool) -> int:
    """Prints the address of today's count. Raises: NotBeforeError for an audience that is none, StorageUnavailable."""
    from notbefore import bootstrap
    from notbefore.pipeline import subscriptions

    settings = bootstrap.settings()
    if not settings.public_url or not settings.signing_key:
        raise NotBeforeError("NOTBEFORE_URL and NOTBEFORE_SIGNING_KEY must be set: they make the address")
    if outside.rules().config.audience(audience) is None:
        raise NotBeforeError(f"the routing file knows no audience {audience!r}")
    count = await (subscriptions.revoke if revoke else subscriptions.count)(outside, audience)
    sys.stdout.write(subscriptions.address(settings.public_url, audience, count, settings.signing_key) + "\n")
    return 0
