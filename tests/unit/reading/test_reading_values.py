"""Foreign JSON: bytes, keys, values, JSON in strings, HTML, resource ids."""

from __future__ import annotations

import pytest

from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, embedded, plain_text, region_name, resource_at, subscription_of, unwrapped
from notbefore.reading.decoding import NotJson, decode

SUBSCRIPTION = "4f3c2b1a-0000-4000-8000-000000000001"
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION.upper()}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/Till-1"
)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        ('{"a": "\u00e4"}'.encode("utf-16"), {"a": "\u00e4"}),
        ('{"a": 1}'.encode("utf-16-le"), {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": "\\ud800"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'"\xff\\n"', "\ufffd\n"),
        (b"[1e400]", [float("inf")]),
    ],
)
def test_bytes_that_strict_decoders_refuse_are_read(body: bytes, value: object) -> None:
    """Byte order marks, UTF-16, duplicate keys, lone surrogates and numbers without end are read."""
    assert decode(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"{'a': 1}", b"!!!{}", b"[1,]", b"9" * 5000 + b"x"])
def test_what_is_no_json_says_so(body: bytes) -> None:
    """Anything else is refused, with the decoder's reason."""
    with pytest.raises(NotJson):
        decode(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_deep_nesting_is_refused(body: bytes) -> None:
    """What would exhaust the stack is malformed at the root."""
    with pytest.raises(MalformedSignal):
        decode(body)


def test_json_in_strings_is_unwrapped_repeatedly() -> None:
    """A list in a string in a string is the list; words are words."""
    assert unwrapped('"[{\\"a\\": 1}]"') == [{"a": 1}]
    assert unwrapped("[not json") == "[not json"


def test_an_object_inside_words_is_found() -> None:
    """Whole JSON after a tag, and the pairs of a broken one."""
    assert embedded('vmevents: {"Events": [1]} done') == {"Events": [1]}
    assert embedded('Incoming VM Event - "EventID": "1a0a", "Count": 3,') == {"EventID": "1a0a", "Count": 3}
    assert embedded('tag: {"a": "x\\ud800"}') == {"a": "x\ufffd"}
    assert embedded("nothing [here] at all") is None


def test_keys_are_found_without_regard_to_case_the_exact_one_first() -> None:
    """`level` wins over `Level`; `TrackingID` stands for `trackingId`; a blank at the end is no other key."""
    fields = Fields({"Level": 5, "level": "Informational", "TrackingID ": "X"})
    assert fields.text("level") == "Informational"
    assert fields.text("trackingId") == "X"
    assert fields.at("trackingId") == "$.TrackingID "


def test_nothing_goes_on_to_the_next_name() -> None:
    """Null, "" and blanks are nothing."""
    assert Fields({"a": None, "b": "", "c": " ", "d": "x"}).text("a", "b", "c", "d") == "x"


@pytest.mark.parametrize(("value", "number"), [(3, 3), ("30", 30), (30.9, 30), ("-1", -1), (True, 1)])
def test_numbers_in_any_type(value: object, number: int) -> None:
    """A number may come as a text."""
    assert Fields({"n": value}).number("n") == number


@pytest.mark.parametrize("value", ["many", "1e999", [], {}, "NaN"])
def test_what_is_no_number_is_noted(value: object) -> None:
    """It is None, with a warning that names its path."""
    fields = Fields({"n": value}, "$.data")
    assert fields.number("n") is None
    assert [note.path for note in fields.notes] == ["$.data.n"]


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), ("True", True), ("false", False), (0, False), ("maybe", None)]
)
def test_flags_in_any_spelling(value: object, flag: bool | None) -> None:  # noqa: FBT001 - the expected flag
    """`"False"` is false."""
    assert Fields({"f": value}).flag("f") is flag


def test_an_unreadable_time_is_noted_and_the_next_name_is_tried() -> None:
    """A bad date spoils only itself."""
    fields = Fields({"first": "soon", "second": "2026-05-04T10:00:00Z"})
    assert fields.time("first", "second") is not None
    assert [note.path for note in fields.notes] == ["$.first"]


def test_localized_values_and_lists_of_one_are_texts() -> None:
    """`{value, localizedValue}` is its value."""
    fields = Fields({"status": {"value": "Resolved", "localizedValue": "Opgelost"}, "service": ["Storage"]})
    assert fields.word("status") == "resolved"
    assert fields.text("service") == "Storage"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>Two <b>bold</b>.</p>", "One\n\nTwo bold."),
        ("&lt;p&gt;Twice &amp;amp; encoded&lt;/p&gt;", "Twice & encoded"),
        ("a < b and b > a", "a < b and b > a"),
        ("<script>alert(1)</script>safe<style>p{}</style>", "safe"),
        ("<table><tr><td>broken<td></tr>", "broken"),
        ("<p>not\nbe rebooted</p>", "not be rebooted"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("line\r\n\r\n\r\nline", "line\n\nline"),
        ("<<<<p>>>", "<<<>>"),
        (None, ""),
    ],
)
def test_html_becomes_plain_text(html: str | None, text: str) -> None:
    """Words stay, markup goes, broken markup does no harm."""
    assert plain_text(html) == text


def test_a_resource_id_gives_name_and_type() -> None:
    """Id and type in lower case, the name as sent; of two providers the last counts."""
    found = resource_at(MACHINE)
    assert found is not None
    assert (found.id, found.name, found.type) == (MACHINE.lower(), "Till-1", "microsoft.compute/virtualmachines")
    update = resource_at(f"{MACHINE}/providers/Microsoft.Maintenance/applyUpdates/default")
    assert update is not None
    assert update.type == "microsoft.maintenance/applyupdates"


@pytest.mark.parametrize("text", [None, "", "/", "/subscriptions/x", "till-1", "/providers/a/b", "/a/providers//b/c"])
def test_what_names_no_resource_is_none(text: str | None) -> None:
    """A subscription is no resource."""
    assert resource_at(text) is None


def test_subscriptions_and_regions() -> None:
    """A subscription from an id or by itself; regions as ARM writes them."""
    assert subscription_of(MACHINE) == SUBSCRIPTION
    assert subscription_of(SUBSCRIPTION.upper()) == SUBSCRIPTION
    assert subscription_of("Production") is None
    assert subscription_of("/subscriptions/payments?x=/y") == "payments"
    assert region_name("West Europe") == "westeurope"


@pytest.mark.parametrize("name", ["\0", "a\x01b", "a\\b", "x" * 101, "audience|payments-oncall"])
def test_what_cannot_be_a_subscription_is_none(name: str) -> None:
    """Its rows could not be written, or would lie among an audience's: the event is kept without a subscription."""
    assert subscription_of(f"/subscriptions/{name}/resourceGroups/g") is None
