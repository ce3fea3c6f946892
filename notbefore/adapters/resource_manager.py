"""Virtual machines, by the REST interface of Microsoft.Compute.

`statusOnly=true` lists the instance views of a subscription, which one call a VM would take hours to gather
(Azure docs: Virtual Machines – List All; `Get-AzVM -Status` shows the maintenance of a whole list by it). Instances
of Uniform scale sets are in the list of their set only (Virtual Machine Scale Set VMs – List).
"""

from __future__ import annotations

from typing import Any

from notbefore.adapters.arm import Arm
from notbefore.errors import Permanent
from notbefore.ports import Found

VERSION = "api-version=2024-11-01"
PAGES = 500


class ResourceManager:
    """VMs with their instance views."""

    def __init__(self, arm: Arm) -> None:
        self._arm = arm

    async def instance_views(self, subscription: str) -> Found:
        """Every VM of the subscription. Raises: Transient, Permanent."""
        return await self._every(
            f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines?statusOnly=true&{VERSION}"
        )

    async def scale_set_views(self, scale_set: str) -> Found:
        """Every instance of the scale set. Raises: Transient, Permanent."""
        return await self._every(f"{scale_set}/virtualMachines?$expand=instanceView&{VERSION}")

    async def _every(self, target: str) -> Found:
        rows: list[dict[str, Any]] = []
        for _ in range(PAGES):
            answer = await self._arm.call("GET", target)
            if answer is None:
                raise Permanent("it is not there, or not ours to see")
            page = answer.get("value")
            rows += [row for row in page if isinstance(row, dict)] if isinstance(page, list) else []
            link = answer.get("nextLink")
            if not isinstance(link, str) or not link:
                return Found(tuple(rows), isinstance(page, list))
            target = link
        return Found(tuple(rows), complete=False)

    async def instance_view(self, resource_id: str) -> dict[str, Any] | None:
        """One VM's view; None when it is not there, or not ours to see. Raises: Transient."""
        try:
            return await self._arm.call("GET", f"{resource_id}/instanceView?{VERSION}")
        except Permanent:
            return None
