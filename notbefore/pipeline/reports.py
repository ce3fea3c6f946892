"""Delivery reports of Azure Communication Services: what became of a mail or an SMS after it was handed over.

They come through Event Grid, like any signal (Azure docs: *Communication Services: email events*, *SMS events*). A
send that succeeded may still be suppressed or bounced: then nobody was told, and the ledger says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.settle import Claim, over
from notbefore.ports import Put, Row, Write
from notbefore.schema import Delivery, DeliveryState, Receipt

log = logging.getLogger(__name__)

PARTITION = "reports"
AWAITED = timedelta(days=30)
"""How long a report may still come; services try for days, Event Grid for one more."""

_KINDS = frozenset({"emaildeliveryreportreceived", "smsdeliveryreportreceived"})
_TOLD = frozenset({"delivered", "expanded"})
_NOT_TOLD = frozenset({"suppressed", "bounced", "quarantined", "filteredspam", "failed"})
_LONGEST = 60


class Expected(Struct, frozen=True):
    """Where the ledger has the delivery of an operation or a message id."""

    partition: str
    key: str
    at: datetime | None = None
    """When it was handed over."""


class Report(Struct, frozen=True):
    """One report, whatever the case of its names."""

    message: str
    status: str
    at: str


async def expect(outside: Dependencies, delivery: Delivery, receipt: Receipt) -> None:
    """Writes down where a report is to be found again. Raises: StorageUnavailable."""
    name = receipt.details.get("operation") or (
        receipt.details.get("message_id") if delivery.channel == "sms" else None
    )
    if name:
        row = Expected(delivery.partition, rowkeys.delivery(delivery.story_id, delivery.id), outside.clock())
        await outside.control.commit(PARTITION, [Write(Put.UPSERT, rowkeys.digest(name), msgspec.json.encode(row))])


async def take(outside: Dependencies, body: bytes) -> int:
    """Notes each report of a signal in its delivery; how many there were.

    Raises: StorageUnavailable; Conflict while the delivery is not confirmed yet, and the queue tries again.
    """
    if b"DeliveryReportReceived" not in body:
        return 0
    reports = list(read(body))
    for report in reports:
        await _note(outside, report)
    return len(reports)


def read(body: bytes) -> Iterator[Report]:
    """The reports in a payload of Event Grid, in either schema, one or several."""
    try:
        payload = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return
    for event in payload if isinstance(payload, list) else [payload]:
        if not isinstance(event, dict):
            continue
        kind = str(event.get("eventType") or event.get("type") or "")
        told = event.get("data")
        if kind.lower().rpartition(".")[2] in _KINDS and isinstance(told, dict):
            yield from _report({str(name).lower(): value for name, value in told.items()})


def _report(told: dict[str, Any]) -> Iterator[Report]:
    status = told.get("status") or told.get("deliverystatus")
    at = told.get("deliveryattempttimestamp") or told.get("receivedtimestamp") or ""
    if told.get("messageid") and status:
        yield Report(str(told["messageid"]), str(status)[:_LONGEST], str(at)[:_LONGEST])


async def _note(outside: Dependencies, report: Report) -> None:
    key = rowkeys.digest(report.message)
    row = (await outside.control.get(PARTITION, [key])).get(key)
    if row is None:
        log.info("a delivery report for a message that is not ours")
        return
    place = msgspec.json.decode(row.body, type=Expected)
    found = (await outside.stories.get(place.partition, [place.key])).get(place.key)
    if found is not None:
        await _write(outside, msgspec.json.decode(found.body, type=Delivery), found, report)


async def _write(outside: Dependencies, delivery: Delivery, row: Row, report: Report) -> None:
    if not delivery.is_over and not delivery.handed_over:
        raise Conflict("a delivery report came before the delivery was confirmed")
    word = report.status.lower()
    known = {"told": "yes"} if word in _TOLD else {"told": "no"} if word in _NOT_TOLD else {}
    receipt = {**delivery.receipt, "report": report.status, "reported_at": report.at, **known}
    if not known:
        log.warning("delivery %s: a report with an unknown status", delivery.id)
    claim = Claim(delivery, row.etag)
    if word in _NOT_TOLD and (delivery.state is DeliveryState.SENT or delivery.handed_over):
        await over(outside, claim, DeliveryState.DEAD, receipt=Receipt(receipt), error=f"not told: {report.status}")
        return
    if word in _TOLD and delivery.handed_over:
        await over(outside, claim, DeliveryState.SENT, receipt=Receipt(receipt))
        return
    noted = msgspec.structs.replace(delivery, receipt=receipt)
    await outside.stories.commit(
        delivery.partition, [Write(Put.REPLACE, row.key, msgspec.json.encode(noted), row.etag)]
    )
