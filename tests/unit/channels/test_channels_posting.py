"""SMS, chat, Event Grid, runbooks and ACS mail: what goes out, and what each answer means."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from channel_posts import AT, Receive, message
from msgspec.structs import replace

from notbefore.channels import acs
from notbefore.channels.chat import TEAMS_LIMIT, Chat, payload
from notbefore.channels.runbook import Runbook
from notbefore.channels.sms import Sms
from notbefore.errors import ConfigError, Permanent, Transient
from notbefore.outbound import Outbound

KEY = base64.b64encode(b"0123456789abcdef").decode()


def results(**result: object) -> tuple[int, bytes, dict[str, str]]:
    """What ACS answers: 202, with a result for the one recipient."""
    return 202, json.dumps({"value": [result]}).encode(), {}


async def test_sms_is_signed_and_repeatable(receive: Receive, outbound: Outbound) -> None:
    """The request is signed over its bytes, and carries the delivery id and the first time it was sent."""
    receiver = await receive(results(to="+31201234567", messageId="m1", httpStatusCode=202, successful=True))
    service = acs.Service(outbound, acs.Resource(receiver.url, KEY))
    sent = message("sms", "+31201234567", attempt=3)
    receipt = await Sms(service, "+31700000000").send(sent)
    (got,) = receiver.got
    body = json.loads(got.body)
    assert body["from"] == "+31700000000"
    assert body["message"] == sent.text
    assert body["smsRecipients"] == [
        {
            "to": "+31201234567",
            "repeatabilityRequestId": sent.delivery_id,
            "repeatabilityFirstSent": "Sat, 21 Nov 2026 01:05:00 GMT",
        }
    ]
    digest = base64.b64encode(hashlib.sha256(got.body).digest()).decode()
    to_sign = f"POST\n{got.path}\n{got.headers['x-ms-date']};{got.headers['host']};{digest}"
    expected = base64.b64encode(hmac.digest(base64.b64decode(KEY), to_sign.encode(), "sha256")).decode()
    assert got.headers["x-ms-content-sha256"] == digest
    assert got.headers["authorization"].endswith(f"&Signature={expected}")
    assert receipt.details == {"message_id": "m1"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (results(httpStatusCode=400, successful=False), Permanent),
        (results(httpStatusCode=429, successful=False), Transient),
        (results(httpStatusCode=500, successful=False), Transient),
        ((202, b'{"value":[]}', {}), Transient),
        ((429, b"", {"Retry-After": "60"}), Transient),
        ((401, b"", {}), Permanent),
    ],
)
async def test_sms_judges_each_result(
    receive: Receive, outbound: Outbound, answer: tuple[int, bytes, dict[str, str]], expected: type[Exception]
) -> None:
    """A 202 overall does not hide a recipient that failed."""
    receiver = await receive(answer)
    with pytest.raises(expected):
        await Sms(acs.Service(outbound, acs.Resource(receiver.url, KEY)), "NotBefore").send(
            message("sms", "+31201234567")
        )


async def test_no_number_no_sms(outbound: Outbound) -> None:
    """What is no number is refused before anything is sent."""
    service = acs.Service(outbound, acs.Resource("http://127.0.0.1:1", KEY))
    with pytest.raises(Permanent):
        await Sms(service, "NotBefore").send(message("sms", "0201234567"))


async def test_teams_gets_a_card(receive: Receive, outbound: Outbound) -> None:
    """An Adaptive Card with headline, action and links only, small enough for Teams."""
    receiver = await receive((202, b"", {}))
    await Chat(outbound).send(message("chat", receiver.url))
    (got,) = receiver.got
    card = json.loads(got.body)["attachments"][0]["content"]
    assert len(got.body) < TEAMS_LIMIT
    assert card["version"] == "1.4"
    assert card["body"][0]["text"] == "Redeploy moved"
    assert {action["type"] for action in card["actions"]} == {"Action.OpenUrl"}


def test_slack_gets_blocks() -> None:
    """Slack's address gets Block Kit, escaped as Slack wants it."""
    sent = message("chat", "https://hooks.slack.com/services/T/B/x")
    shown = json.loads(sent.body)
    blocks = json.loads(payload(replace(sent, body=json.dumps({**shown, "todo": "a <b> & *c*"}).encode())))
    assert blocks["text"] == sent.subject
    assert blocks["blocks"][0]["type"] == "header"
    assert "a &lt;b&gt; &amp; *c*" in blocks["blocks"][1]["text"]["text"]
    assert all(len(block.get("text", {}).get("text", "")) <= 3000 for block in blocks["blocks"])


def test_a_card_shows_markdown_as_it_is() -> None:
    """A title that looks like Markdown makes no link in a card."""
    sent = message("chat", "https://example.com/")
    shown = json.loads(sent.body) | {"lead": "[click](https://evil.example)"}
    text = payload(replace(sent, body=json.dumps(shown).encode())).decode()
    assert r"\\[click\\](https://evil.example)" in text


def test_a_large_card_is_made_smaller() -> None:
    """What would not pass Teams loses rows, then prose, and keeps its headline."""
    sent = message("chat", "https://example.com/")
    rows = [["n" * 3000, "", "started"]] * 10
    body = payload(replace(sent, body=json.dumps(json.loads(sent.body) | {"resources": rows}).encode()))
    assert len(body) <= TEAMS_LIMIT
    assert b"Redeploy moved" in body


async def test_slack_says_why(receive: Receive, outbound: Outbound) -> None:
    """The word with which a chat refuses is in the error."""
    receiver = await receive((404, b"no_service", {}))
    with pytest.raises(Permanent, match="404: no_service"):
        await Chat(outbound).send(message("chat", receiver.url))
    throttled = await receive((429, b"rate_limited", {"Retry-After": "1"}))
    with pytest.raises(Transient) as caught:
        await Chat(outbound).send(message("chat", throttled.url))
    assert caught.value.retry_after == 1.0


async def test_a_runbook_starts_once(receive: Receive, outbound: Outbound) -> None:
    """The receipt names the job; 400 is permanent and says what it means."""
    receiver = await receive((202, b'{"JobIds":["j1"]}', {}))
    sent = message("runbook", receiver.url)
    assert (await Runbook(outbound).send(sent)).details == {"jobs": "j1"}
    assert receiver.got[0].headers["x-notbefore-delivery"] == sent.delivery_id
    expired = await receive((400, b"", {}))
    with pytest.raises(Permanent, match="expired"):
        await Runbook(outbound).send(message("runbook", expired.url))


@pytest.mark.parametrize("text", ["", "endpoint=http://x;accesskey=aaaa", "endpoint=https://x;accesskey=!", "x=y"])
def test_a_connection_string_is_one(text: str) -> None:
    """A connection string without endpoint or key is told at start."""
    with pytest.raises(ConfigError, match="NOTBEFORE_ACS"):
        acs.resource(text)
    good = acs.resource("endpoint=https://nb.communication.azure.com/;accesskey=aGVsbG8=")
    assert good == acs.Resource("https://nb.communication.azure.com", "aGVsbG8=")
    assert acs.resource("https://nb.communication.azure.com/") == acs.Resource("https://nb.communication.azure.com")


def test_http_dates_are_gmt() -> None:
    """A date in a header is GMT, whatever zone it was made in."""
    assert acs.http_date(AT + timedelta(days=8)) == "Sun, 29 Nov 2026 02:15:00 GMT"
