"""A mail composed by hand reads back, by the standard library, as what was put in."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notbefore.channels import mime
from notbefore.errors import Permanent
from notbefore.schema import Attachment, Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
MESSAGE = Message(
    delivery_id="7a0c2f0e-54f0-5d3b-9f0b-6e6f74626566",
    channel="email",
    target="oncall@example.com",
    subject="[Critical: reboot Sat 21 Nov 03:15] vm-web-01 · payments-prod",
    text="Reboot scheduled\n\n.\n..\nFrom here = there\n trailing \nübermorgen\n",
    html="<p>Reboot – scheduled</p>\n",
    at=AT,
)
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=250)


def parsed(message: Message) -> EmailMessage:
    """The mail as the standard library reads it, without a single defect."""
    raw = mime.compose(message, "notbefore@example.org", "example.org")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not [part.defects for part in mail.walk() if part.defects]
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    """The text of one alternative, line ends as the text had them."""
    part = mail.get_body((kind,))
    assert part is not None
    text = str(part.get_content()).replace("\r\n", "\n")
    return unescape(text) if kind == "html" else text


def test_reads_back() -> None:
    """Headers, both texts and the delivery id come back as they were given."""
    mail = parsed(MESSAGE)
    assert mail["Subject"] == MESSAGE.subject
    assert mail["To"] == "oncall@example.com"
    assert mail["Message-ID"] == f"<{MESSAGE.delivery_id}@example.org>"
    assert parsedate_to_datetime(mail["Date"]) == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["In-Reply-To"] is None
    assert mail["List-Unsubscribe"] is None
    assert body(mail, "plain").rstrip("\n") == MESSAGE.text.rstrip("\n")
    assert body(mail, "html").rstrip("\n") == MESSAGE.html.rstrip("\n")
    assert mail.get_content_type() == "multipart/alternative"


def test_a_thread_has_a_root() -> None:
    """A later message points to the first one's id, which a mail program may never have seen deleted."""
    mail = parsed(replace(MESSAGE, thread="root-id"))
    assert mail["In-Reply-To"] == mail["References"] == "<root-id@example.org>"


def test_options() -> None:
    """Reply-To and List-Unsubscribe appear when they are known."""
    options = {"reply_to": "platform@example.com", "unsubscribe": "https://board.example.com/u"}
    mail = parsed(replace(MESSAGE, options=options))
    assert mail["Reply-To"] == "platform@example.com"
    assert mail["List-Unsubscribe"] == "<https://board.example.com/u>"


def test_attachments_come_after_the_text() -> None:
    """A calendar file rides along whole, under a name that cannot break out of its header."""
    calendar = Attachment('a"\r\nb.ics', "application/ics", b"BEGIN:VCALENDAR\r\n" * 30)
    mail = parsed(replace(MESSAGE, attachments=(calendar,)))
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "a___b.ics"
    assert attached.get_payload(decode=True) == calendar.content
    assert body(mail, "html").strip() == MESSAGE.html.strip()


@pytest.mark.parametrize("files", [0, 1])
def test_an_invitation_is_another_form_of_the_text(files: int) -> None:
    """It stands last among plain and HTML text, with its method, where Outlook and Gmail look for it."""
    invitation = Attachment("a.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n" * 30)
    file = Attachment("a.ics", "application/ics", invitation.content)
    mail = parsed(replace(MESSAGE, attachments=(invitation, file)[: 1 + files]))
    (forms,) = [part for part in mail.walk() if part.get_content_type() == "multipart/alternative"]
    kinds = [part.get_content_type() for part in forms.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    (calendar,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_payload(decode=True) == invitation.content
    assert body(mail, "html").strip() == MESSAGE.html.strip()


@given(PRINTABLE)
def test_any_subject(subject: str) -> None:
    """Whatever the subject, its words come back, folded or encoded as they must be."""
    mail = parsed(replace(MESSAGE, subject=subject))
    assert " ".join(str(mail["Subject"]).split()) == " ".join(subject.split())


@given(st.text(max_size=400))
def test_any_control_character_stays_out_of_headers(subject: str) -> None:
    """No subject adds, splits or damages a header."""
    raw = mime.compose(replace(MESSAGE, subject=subject), "notbefore@example.org", "example.org")
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    assert len(head.split(b"\r\n")) == 9
    assert not set(head) & (set(range(32)) - {10, 13})


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=600))
def test_any_text(text: str) -> None:
    """Whatever the text, quoted-printable or base64, it comes back."""
    assert body(parsed(replace(MESSAGE, text=text)), "plain").rstrip("\n") == text.rstrip("\n")


@given(st.text(st.characters(exclude_characters="\r&", exclude_categories=["Cs", "Cc"]), max_size=600))
def test_any_html(text: str) -> None:
    """Whatever the HTML, as references or encoded, a browser reads the same."""
    assert body(parsed(replace(MESSAGE, html=f"<p>{text}</p>")), "html").rstrip("\n") == f"<p>{text}</p>"


def test_a_style_sheet_is_left_alone() -> None:
    """What is not ASCII inside a style sheet is encoded, not written as a reference that nobody would read."""
    html = "<style>p::before { content: '→'; }</style><p>ü</p>"
    raw = mime.compose(replace(MESSAGE, html=html), "notbefore@example.org", "example.org")
    assert b"&#" not in raw
    assert body(parsed(replace(MESSAGE, html=html)), "html").rstrip("\n") == html


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 114, 115, 1000])
def test_a_file_of_any_size_is_in_whole_lines(size: int) -> None:
    """Base64 stands in lines of 76, with no empty one at the end, and comes back."""
    file = Attachment("a.bin", "application/octet-stream", bytes(range(256)) * 4)
    file = replace(file, content=file.content[:size])
    (attached,) = parsed(replace(MESSAGE, attachments=(file,))).iter_attachments()
    lines = str(attached.get_payload()).replace("\r\n", "\n").split("\n")
    assert all(len(one) == 76 for one in lines[:-1])
    assert bool(lines[-1]) == bool(size)
    assert attached.get_payload(decode=True) == file.content


@pytest.mark.parametrize("text", ["日本語の本文。" * 60, "é" * 500, "plain " * 400, "=" * 300])
def test_both_encodings(text: str) -> None:
    """Long lines of any script come back whole."""
    assert body(parsed(replace(MESSAGE, text=text)), "plain").rstrip("\n") == text


@pytest.mark.parametrize(
    "target",
    [
        "a@b.com\r\nBcc: c@d.com", "a@b.com, c@d.com", "<a@b.com>", "a b@c.com", "@b.com", "a@", "a", "", "a@b..com",
        "a@b.com\x00", "ä@b.com", '"a"@b.com', "a@-b.com",
    ],
)  # fmt: skip  # a list of addresses reads best in rows
def test_only_plain_addresses(target: str) -> None:
    """What is not exactly one mail address is refused for good, and not repeated in the error."""
    with pytest.raises(Permanent) as caught:
        mime.compose(replace(MESSAGE, target=target), "notbefore@example.org", "example.org")
    assert str(caught.value) == "a mail address is not one"
