"""SMS by Azure Communication Services, by REST and not by the SDK.

The SDK draws a new repeatability id for every call, so that its retry is a second SMS; here the id is the
delivery's, and a repeat is known as one. An overall 202 hides recipients that failed: each result is judged.
"""

from __future__ import annotations

import re

import msgspec

from notbefore.channels import acs
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Answer, accepted
from notbefore.schema import Message, Receipt

_PATH = "/sms?api-version=2021-03-07"
_NUMBER = re.compile(r"\+[1-9]\d{5,14}")
_AGAIN = frozenset({408, 425, 429})
_SERVER = 500


class _Result(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str | None = None
    http_status_code: int = 0
    successful: bool = False
    repeatability_result: str | None = None


class _Results(msgspec.Struct, frozen=True):
    value: tuple[_Result, ...]


class Sms:
    """The channel `sms`. `sender` is a number or an alphanumeric name, unless the message has one of its own."""

    def __init__(self, service: acs.Service, sender: str) -> None:
        self._service = service
        self._sender = sender

    async def send(self, message: Message) -> Receipt:
        """One recipient, once. Raises: Transient, Permanent."""
        if not _NUMBER.fullmatch(message.target):
            raise Permanent("a telephone number is not in the form +31201234567")
        answer = await self._service.call("POST", _PATH, message.at, self._request(message))
        return _judged(accepted(answer, message.at))

    def _request(self, message: Message) -> dict[str, object]:
        recipient = {
            "to": message.target,
            "repeatabilityRequestId": message.delivery_id,
            "repeatabilityFirstSent": acs.http_date(message.first_at or message.at),
        }
        return {
            "from": message.options.get("from", self._sender),
            "smsRecipients": [recipient],
            "message": message.text,
            "smsSendOptions": {"enableDeliveryReport": True, "tag": message.delivery_id},
        }


def _judged(answer: Answer) -> Receipt:
    try:
        result = msgspec.json.decode(answer.body, type=_Results).value[0]
    except (msgspec.DecodeError, IndexError) as problem:
        raise Transient("the SMS service answered without a result") from problem
    status = result.http_status_code
    if result.successful:
        known = {"message_id": result.message_id, "repeatability": result.repeatability_result}
        return Receipt({name: value for name, value in known.items() if value})
    if status in _AGAIN or status >= _SERVER:
        raise Transient(f"the SMS service answered {status} for the recipient", alone=True)
    raise Permanent(f"the SMS service answered {status} for the recipient")
