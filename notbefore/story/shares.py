"""Whose the resources of a story are, counted in its head: nobody has to look at fifty thousand rows to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from notbefore import rowkeys
from notbefore.schema import Share

SOME, MANY = 10, 50
"""Resources that are remembered for each audience, and the audiences after which it is one each."""


def reshared(
    shares: Mapping[str, Share], resource: str, before: Sequence[str], after: Sequence[str]
) -> dict[str, Share]:
    """The shares when a resource is no longer the one's but the other's."""
    found, digest = dict(shares), rowkeys.digest(resource)
    for name in set(before) - set(after):
        share = found.pop(name, Share(0))
        if share.count > 1:
            found[name] = Share(share.count - 1, tuple(one for one in share.some if one != digest))
    for name in sorted(set(after) - set(before)):
        share = found.get(name, Share(0))
        room = len(share.some) < (SOME if len(found) <= MANY else 1)
        found[name] = Share(share.count + 1, (*share.some, digest) if room else share.some)
    return found
