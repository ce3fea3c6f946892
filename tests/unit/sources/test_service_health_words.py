"""The impact that the words of Service Health state, sentence by sentence."""

from __future__ import annotations

import pytest

from notbefore.reading import plain_text
from notbefore.schema import Impact, Kind
from notbefore.sources.service_health_words import impact_in_words

STATED = {
    Impact.REDEPLOY: ["VMs will be redeployed to new hardware and rebooted.", "Machines get redeployed."],
    Impact.REIMAGE: ["Instances are reimaged and restarted."],
    Impact.REBOOT: [
        "Machines WILL REBOOT",
        "The VM will be paused, or, in rare cases, rebooted.",
        "Are VMs rebooted? Yes, they are restarted.",
        "The reboot will not take longer than 10 minutes.",
        "The VM will be rebooted. There is no impact to storage.",
        "VMs will be rebooted, without impact on disks.",
        "Notably VMs reboot. Northern regions restart.",
        "We are pleased to tell you that VMs reboot.",
        "You cannot postpone the restart.",
        "No action is required.<br>Machines restart once.",
        "<p>No action needed</p><p>Machines restart once</p>",
        "<ul><li>No action needed</li><li>Machines restart once</li></ul>",
        "No action needed\nMachines restart once",
        "(No failover is needed.) VMs reboot.",
        "\u201cVMs will not be paused.\u201d They reboot.",
        "This is not shown at https://example.org/a-page. VMs reboot.",
    ],
    Impact.UNAVAILABLE: [
        "The database will be unavailable for up to 60 seconds.",
        "Expect a downtime of two minutes.",
        "Your gateway goes offline.",
        "The downtime is not expected to exceed 30 s.",
        "Services are unavailable while we pause writes.",
    ],
    Impact.DEGRADED: [
        "You may see increased latency. No downtime is expected.",
        "Some calls end in intermittent timeouts.",
        "You may see errors.",
        "Connection failures may occur.",
    ],
    Impact.FREEZE: [
        "Live&nbsp;migration will be used.",
        "A memory&#8209;preserving update.",
        "VMs freeze for a few seconds; some stay frozen.",
        "The VM will be paused, but not rebooted.",
        "No reboot is required. VMs will be paused for up to 30 seconds.",
    ],
    Impact.NONE: [
        "No impact is expected.",
        "No service interruption is expected.",
        "There will not be any interruption to your service.",
        "We don\u2019t anticipate any downtime.",
        "Your services will not be impacted.",
        "VMs won't be directly affected, e.g. restarted.",
        "Your resources are not expected to be impacted.",
        "Your services are not affected.",
        "The update does not impact running workloads.",
        "The work has no expected impact on your workloads.",
        "This is done without customer-facing impact or downtime.",
    ],
    Impact.UNKNOWN: [
        "We recommend that you redeploy your VMs.",
        "You can restart your VM before the window.",
        "You may choose to redeploy.",
        "To avoid a reboot, move to a new host.",
        "Please restart your applications.",
        "If you do not redeploy before then, Azure reboots the VM.",
        "The VM never reboots.",
        "Your VMs won't be rebooted.",
        "Without a reboot the fix waits.",
        "Not all VMs will be affected.",
        "The work does not affect all machines.",
        "A brief connection failure may occur.",
        "Unavailability of up to one minute, pausing included.",
        "Read https://example.org/maintenance-that-requires-a-reboot, then wait.",
        "",
    ],
}


@pytest.mark.parametrize(("impact", "text"), [(impact, text) for impact, texts in STATED.items() for text in texts])
def test_a_planned_maintenance_has_the_impact_that_its_words_state(impact: Impact, text: str) -> None:
    """Advice and what is denied do not count; the worse stands; none only where nothing else is found."""
    assert impact_in_words(Kind.PLANNED_MAINTENANCE, plain_text(text)) is impact


@pytest.mark.parametrize("kind", [Kind.SERVICE_ISSUE, Kind.HEALTH_ADVISORY, Kind.SECURITY_ADVISORY])
def test_of_an_issue_only_what_customers_saw_counts(kind: Kind) -> None:
    """What was restarted or paused there is Azure's own."""
    assert impact_in_words(kind, "A back end was redeployed and rebooted; some VMs paused.") is Impact.UNKNOWN
    assert impact_in_words(kind, "No impact is expected.") is Impact.UNKNOWN
    assert impact_in_words(kind, "Customers saw degraded performance while nodes were rebooted.") is Impact.DEGRADED
    assert impact_in_words(kind, "Latency rose, and then there was an outage.") is Impact.UNAVAILABLE


def test_title_and_communication_are_texts_of_their_own() -> None:
    """A title's denial does not reach into the communication."""
    assert impact_in_words(Kind.PLANNED_MAINTENANCE, "Work without downtime", "VMs reboot") is Impact.REBOOT
