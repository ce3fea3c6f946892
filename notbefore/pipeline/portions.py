"""More rows than one transaction takes, where each may be written without the others."""

from __future__ import annotations

from collections.abc import Sequence

from notbefore.ports import TRANSACTION_LIMIT, Rows, Write


async def commit_all(table: Rows, partition: str, writes: Sequence[Write]) -> None:
    """In their order, as many at once as can be. Raises: StorageUnavailable, Conflict."""
    for start in range(0, len(writes), TRANSACTION_LIMIT):
        await table.commit(partition, writes[start : start + TRANSACTION_LIMIT])
