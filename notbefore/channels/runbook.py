"""An Automation runbook, started by its webhook: the address is the credential. The body is the CloudEvent.

A repeat starts a second job: the runbook gets the delivery id and is to look whether it knows it. 400 means
expired, disabled or a wrong token; it is permanent, and the operator is to be alarmed (Azure docs: *Start a runbook
from a webhook*).
"""

from __future__ import annotations

import msgspec

from notbefore.errors import Permanent
from notbefore.outbound import Outbound, accepted
from notbefore.schema import Message, Receipt

_REFUSED = {
    400: "the runbook's webhook has expired, is disabled or is another one: make a new one",
    404: "the runbook, its webhook or its account is gone",
}


class _Jobs(msgspec.Struct, frozen=True):
    job_ids: tuple[str, ...] = msgspec.field(default=(), name="JobIds")


class Runbook:
    """The channel `runbook`."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def send(self, message: Message) -> Receipt:
        """Starts one job; the receipt names it. Raises: Transient, Permanent."""
        headers = {"Content-Type": message.content_type, "X-NotBefore-Delivery": message.delivery_id}
        answer = await self._outbound.post(message.target, message.body, headers)
        if answer.status in _REFUSED:
            raise Permanent(_REFUSED[answer.status])
        body = accepted(answer, message.at).body
        try:
            jobs = msgspec.json.decode(body, type=_Jobs).job_ids
        except msgspec.DecodeError:
            jobs = ()
        return Receipt({"jobs": " ".join(jobs)} if jobs else {"status": str(answer.status)})
