"""The local receivers keep what they get, whole, with the address it was meant for, and show it inert."""

from __future__ import annotations

import asyncio
import json
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from local.receivers import receivers
from local.receivers.arrivals import Arrival


@dataclass
class Open:
    """Receivers that run, and what they told their listener."""

    doors: receivers.Receivers
    session: aiohttp.ClientSession
    arrivals: list[Arrival]
    root: Path

    async def post(self, path: str, body: object, status: int = 201) -> dict[str, object]:
        """Posts JSON with the header of a local run."""
        headers = {"X-NotBefore-To": "https://there.example.com"}
        async with self.session.post(self.doors.url + path, json=body, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            return dict(await answer.json()) if answer.content_type == "application/json" else {}


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Open]:
    """Receivers on free ports."""
    arrivals: list[Arrival] = []
    doors = await receivers.start(tmp_path / "received", arrivals.append)
    async with aiohttp.ClientSession() as session:
        yield Open(doors, session, arrivals, tmp_path / "received")
    await doors.close()


async def test_a_webhook_is_kept_as_it_came(inbox: Open) -> None:
    """Headers, the exact text of the body, the time, and the address of the routing file."""
    text = '{"data": {"title":  "Reboot"}}'
    headers = {"X-NotBefore-To": "https://hooks.example.com/a", "Webhook-Id": "one"}
    async with inbox.session.post(f"{inbox.doors.url}/webhook", data=text, headers=headers) as answer:
        assert answer.status == 200
    [path] = (inbox.root / "webhook").iterdir()
    kept = json.loads(path.read_text())
    assert (kept["body"], kept["to"], kept["headers"]["webhook-id"]) == (text, "https://hooks.example.com/a", "one")
    assert kept["at"].endswith("+00:00")
    assert [(one.kind, one.to, one.subject) for one in inbox.arrivals] == [
        ("webhook", "https://hooks.example.com/a", "Reboot")
    ]


async def test_a_mail_is_caught_and_its_page_lets_nothing_run(inbox: Open) -> None:
    """The file is the mail after two trace lines; the page frames its HTML in a sandbox without scripts."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Réboot <b>", "a@example.com", "b@example.com"
    mail.set_content("plain")
    mail.add_alternative("<script>alert(1)</script>", subtype="html")
    await asyncio.to_thread(_hand_in, inbox.doors.smtp, mail)
    [path] = (inbox.root / "mail").glob("*.eml")
    assert path.read_bytes().startswith(b"X-MailFrom: a@example.com\r\nX-RcptTo: b@example.com\r\n")
    assert [(one.to, one.subject) for one in inbox.arrivals] == [("b@example.com", "Réboot <b>")]
    async with inbox.session.get(inbox.doors.url) as answer:
        assert "Réboot &lt;b&gt;" in await answer.text()
    async with inbox.session.get(f"{inbox.doors.url}/received/mail/{path.name}") as answer:
        page = await answer.text()
        assert "<iframe sandbox src=" in page
        assert "<script>" not in page
    async with inbox.session.get(f"{inbox.doors.url}/received/mail/{path.name}/html") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


async def test_no_file_outside_is_shown(inbox: Open, tmp_path: Path) -> None:
    """A path that climbs out of the folder is not found."""
    (tmp_path / "secret.json").write_text("{}")
    async with inbox.session.get(f"{inbox.doors.url}/received/mail/..%2F..%2Fsecret.json") as answer:
        assert answer.status == 404


async def test_servicenow_records_are_made_found_and_changed(inbox: Open) -> None:
    """Create, search by correlation id, change with a growing journal, and a missing record in its own words."""
    table = "/itsm/api/now/table/change_request"
    made = await inbox.post(table, {"short_description": "x", "correlation_id": "d1", "work_notes": "first"})
    record = made["result"]
    assert isinstance(record, dict)
    assert record["number"] == "CHG0000001"
    query = {"sysparm_query": "correlation_id=d1^ORDERBYnumber"}
    async with inbox.session.get(inbox.doors.url + table, params=query) as answer:
        assert [one["sys_id"] for one in (await answer.json())["result"]] == [record["sys_id"]]
    change = {"work_notes": "second", "state": "3"}
    async with inbox.session.patch(f"{inbox.doors.url}{table}/{record['sys_id']}", json=change) as answer:
        assert (await answer.json())["result"]["work_notes"] == "first\n\nsecond"
    async with inbox.session.get(f"{inbox.doors.url}{table}/nothing") as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (404, "No Record found")
    kept = json.loads((inbox.root / "itsm" / "servicenow-CHG0000001.json").read_text())
    assert (kept["to"], kept["record"]["state"], len(kept["history"])) == ("https://there.example.com", "3", 2)


async def test_jira_issues_are_made_found_commented_and_moved(inbox: Open) -> None:
    """Create and comment with documents only, search by label, move by a transition's id."""
    issue = "/itsm/rest/api/3/issue"
    document = {"type": "doc", "version": 1, "content": []}
    await inbox.post(issue, {"fields": {"summary": "x", "description": "plain"}}, status=400)
    fields = {"project": {"key": "OPS"}, "summary": "x", "description": document, "labels": ["nb-1"]}
    await inbox.post(issue, {"fields": fields}, status=400)
    fields |= {"issuetype": {"name": "Task"}}
    made = await inbox.post(issue, {"fields": fields})
    key = made["key"]
    assert key == "OPS-1"
    found = await inbox.post("/itsm/rest/api/3/search/jql", {"jql": 'labels = "nb-1"'}, status=200)
    assert isinstance(found["issues"], list)
    assert [one["key"] for one in found["issues"]] == [key]
    await inbox.post(f"{issue}/{key}/comment", {"body": document})
    await inbox.post(f"{issue}/{key}/transitions", {"transition": {"id": "31"}}, status=204)
    kept = json.loads((inbox.root / "itsm" / "jira-OPS-1.json").read_text())["record"]
    assert (kept["fields"]["status"]["name"], len(kept["comments"])) == ("Done", 1)


async def test_records_are_there_after_a_restart(inbox: Open) -> None:
    """The stand-ins read their records again, so an update finds the ticket of the day before."""
    table = "/itsm/api/now/table/incident"
    await inbox.post(table, {"short_description": "x"})
    again = await receivers.start(inbox.root, inbox.arrivals.append)
    async with inbox.session.get(again.url + table) as answer:
        assert [one["number"] for one in (await answer.json())["result"]] == ["INC0000001"]
    await again.close()


def _hand_in(url: str, mail: EmailMessage) -> None:
    parts = urlsplit(url)
    with smtplib.SMTP(parts.hostname or "", parts.port or 0) as client:
        client.send_message(mail)


async def test_a_ticket_a_card_and_a_job_look_as_their_receivers_show_them(inbox: Open) -> None:
    """Each page says what a person would see there, and has what came beside it; foreign text stays text."""
    card = {"type": "TextBlock", "text": "<b>Reboot</b>", "size": "large"}
    payload = {
        "attachments": [{"content": {"body": [card], "actions": [{"title": "Open", "url": "https://x.example"}]}}]
    }
    await inbox.post("/chat", {"to": "x", "text": "y", "payload": payload}, status=200)
    await inbox.post("/chat", {"to": "x", "text": "only text"}, status=200)
    await inbox.post("/runbook", {"id": "d-1", "subject": "s-1", "data": {"story": {"phase": "started"}}}, status=202)
    await inbox.post("/itsm/api/now/table/incident", {"short_description": "Reboot & more", "description": "a\nb"})
    pages = []
    for path in inbox.root.glob("*/*.json"):
        async with inbox.session.get(f"{inbox.doors.url}/received/{path.parent.name}/{path.name}") as answer:
            pages.append(await answer.text())
    shown = "".join(pages)
    assert "&lt;b&gt;Reboot&lt;/b&gt;" in shown
    assert "A runbook was started" in shown
    assert "INC0000001" in shown
    assert "Reboot &amp; more" in shown
    assert all("as it came" in page for page in pages)
