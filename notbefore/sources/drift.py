"""What Azure says that we do not know yet: kept, and noted on its event, so that it is counted and seen on the board.

A new word is taught in the table of the source that reads it; a new field or level here; a new event type or API
version in `envelopes.known`. One line each.
"""

from __future__ import annotations

from notbefore.reading import Fields


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEVELS = frozenset({"critical", "error", "warning", "informational", "information", "verbose"})

SERVICE_HEALTH_ENTRY = _words(
    """
    argquery communication communicationid communicationroutetype defaultlanguagecontent defaultlanguagetitle
    emailtemplatefullversion emailtemplateid emailtemplatelocale endtime eventcategory eventcreationtime
    externalincidentid groupid impactcategory impactedservices impactedservicestablerows impactmitigationtime
    impactstarttime impacttype incidenttype ishir issynthetic maintenanceid maintenancetype newrate
    notificationid oldrate plannedmaintenanceid region service smstext stage subscriptionid timegenerated title
    trackingid version
    """
)
SERVICE_HEALTH_EVENT = _words(
    """
    additionalinformation argquery arguments article billingid currencytype description duration
    enablechatwithus enablemicrosoftsupport eventlevel eventsource eventsubtype eventtags eventtype
    externalincidentid faqs header hirstage impact impactmitigationtime impactstarttime impacttype
    iseventsensitive ishir issynthetic lastupdatetime level links maintenanceid maintenancetype newrate oldrate
    platforminitiated priority reason recommendedactions region stage status subscriptionid summary systemdata
    title trackingid
    """
)
RESOURCE_HEALTH_ENTRY = _words(
    """
    cause currenthealthstatus details eventcategory healtheventcategory healtheventcause healtheventtype
    healthstatus issynthetic previoushealthstatus region resourceid stage title type
    """
)
RESOURCE_HEALTH = _words(
    """
    annotationname article availabilitystate category context detailedstatus healtheventcategory
    healtheventcause healtheventid healtheventtype impactmitigationtime impactstarttime impacttype issynthetic
    lastupdatetime occuredtime occurredtime previousavailabilitystate reason reasonchronicity
    reasonchronicitytype reasontype recentlyresolved recommendedactions reportedtime resolutioneta
    rootcauseattributiontime serviceimpactingevents summary systemdata targetresourceid targetresourcetype title
    """
)
"""Documented fields of properties, in lower case: of availability statuses and annotations alike."""
SCHEDULED_EVENT = _words(
    """
    description durationinseconds eventcreationtime eventdetails eventid eventsource eventstatus eventtype
    issynthetic lastupdatetime notbefore resourcename resources resourcetype scheduledtime starttime
    """
)
"""Of a document of any version, of Azure's push and of AKS; what a forwarder writes beside them is its own."""
INSTANCE_VIEW = _words(
    """
    additionalproperties iscustomerinitiatedmaintenanceallowed lastoperationmessage lastoperationresultcode
    """
)
"""Beside the two windows, whose names have changed with each interface."""
RUN_EVENT = _words(
    """
    cancellationcutoffdatetime correlationid enddatetime error errordetails errormessage
    maintenanceconfigurationid resourcesubscriptionids startdatetime status
    """
)

_SHOWN = 5


def note_new_fields(said: Fields, known: frozenset[str]) -> None:
    """Each field that is not known is noted; the first few, should somebody send thousands."""
    if not known.issuperset(said.spelt):
        for name in sorted(said.spelt.keys() - known)[:_SHOWN]:
            note_new_field(said, name)


def note_new_field(said: Fields, name: str) -> None:
    """One field that is not known."""
    said.note("a field that we do not know", name)


def level_of(fields: Fields) -> str | None:
    """Azure's level as sent, as a text. One that is neither a number nor a word we know is noted."""
    level = fields.text("level")
    if level and level.lower() not in LEVELS and not level.lstrip("-").replace(".", "", 1).isdigit():
        fields.note(f"not a known level: {level[:80]!r}", "level")
    return level
