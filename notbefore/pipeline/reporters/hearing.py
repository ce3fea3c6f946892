"""Who would hear of a subscription: the router's word on a planned reboot there that names no resource."""

from __future__ import annotations

from datetime import datetime, timedelta

from notbefore.routing import Router, Routing
from notbefore.schema import Impact, Kind, Phase, Severity, Source, Story, Window


def hearing(router: Router, subscription: str, now: datetime) -> Routing:
    """The audiences, and the routes that tell nobody on purpose. Pure."""
    return router.route(_reboot(subscription, now))


def _reboot(subscription: str, now: datetime) -> Story:
    """A planned reboot, three days ahead, of nothing in particular."""
    opens = now + timedelta(days=3)
    return Story(
        id="example",
        subscription_id=subscription,
        kind=Kind.PLANNED_MAINTENANCE,
        kinds=(Kind.PLANNED_MAINTENANCE,),
        sources=(Source.SERVICE_HEALTH,),
        phase=Phase.SCHEDULED,
        impact=Impact.REBOOT,
        severity=Severity.WARNING,
        highest_severity=Severity.WARNING,
        window=Window(opens, opens + timedelta(hours=4)),
        opened_at=now,
        updated_at=now,
        occurred_at=now,
        noticed_at=now,
    )
