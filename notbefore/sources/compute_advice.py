"""The documented errors of scale-set image upgrades, in words a person can act on.

Azure docs: Automatic OS image upgrades, troubleshooting. Azure's own code and message stay in `error`;
these sentences follow them in `text`.
"""

from __future__ import annotations

_UPGRADE_ADVICE = {
    "rollingupgradeinprogresswithfailedupgradedvms": (
        "The upgrade goes on although some upgraded instances failed. Look at the health of those instances "
        "and repair or reimage them before the next batches."
    ),
    "maxunhealthyupgradedinstancepercentexceededinrollingupgrade": (
        "The upgrade stopped: too many instances were unhealthy after they got the new image. Check that the "
        "application starts on the new image, then start the upgrade again or stay on the old one."
    ),
    "maxunhealthyinstancepercentexceededinrollingupgrade": (
        "The upgrade stopped: too many instances of the set were unhealthy while it ran, upgraded or not. "
        "Bring them back to health, then start the upgrade again."
    ),
    "maxunhealthyinstancepercentexceededbeforerollingupgrade": (
        "The upgrade did not begin: too many instances were unhealthy before it. Bring them back to health, or "
        "check the health probe; Azure tries again later."
    ),
    "internalexecutionerror": (
        "The upgrade ended for a reason inside Azure. Start it again; if it fails twice, ask Azure support with "
        "the time and the scale set."
    ),
    "rollingupgradetimeouterror": (
        "The upgrade took longer than Azure allows. Look for instances that are slow to start or to become "
        "healthy, then start the upgrade again."
    ),
}


def upgrade_advice(code: str | None) -> str:
    """What to do about an error code of an image upgrade; empty for codes that nobody documented."""
    return _UPGRADE_ADVICE.get((code or "").lower().strip(), "")
