"""Nothing comes in: maintenance is rare, but a lost alert rule, role or topic looks just the same.

How many days are too many is the operator's to say, in the alert rule that reads this line of the log.
"""

from __future__ import annotations

import logging
from datetime import datetime

from notbefore.pipeline.dependencies import Dependencies

log = logging.getLogger(__name__)


async def look_for_silence(outside: Dependencies) -> int:
    """Whole days since the last signal that was finished, also said in the log; 0 when there never was one.

    Raises: StorageUnavailable.
    """
    last = max([hour async for hour in outside.signals.partitions()], default=None)
    days = (outside.clock() - _begin(last)).days if last else 0
    if days:
        log.warning("no signal for %d days", days)
    return days


def _begin(hour: str) -> datetime:
    return datetime.strptime(f"{hour}+0000", "%Y%m%dT%H%z")
