"""What a right file becomes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest
import yaml

from notbefore.config.jsonschema import json_schema, json_schema_text
from notbefore.config.loading import load, parse
from notbefore.config.model import QuietHours, RoutingConfig
from notbefore.schema import Impact, Kind, Phase, Severity, Verdict

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
WHOLE = HERE / "good" / "whole-language.yaml"
EXAMPLE = ROOT.parent / "shared" / "routes.example.yaml"


@pytest.fixture(scope="module")
def config() -> RoutingConfig:
    """The file that uses every key."""
    return load(
        WHOLE,
        lambda name: f"https://{name.lower().replace('_', '-')}.example.com" if name != "SENDER" else "n@b.example",
    )


def test_every_key_of_the_language_is_tried() -> None:
    """The file that uses every key does use every key that the schema knows."""
    text = WHOLE.read_text()
    defs = json_schema()["$defs"]
    keys = {key for record in defs.values() for key in record.get("properties", {})}
    assert [key for key in keys if f"{key}:" not in text] == []


def test_the_version_is_the_hash_of_the_bytes(config: RoutingConfig) -> None:
    """Two files are one version only if they are equal to the byte."""
    assert config.version_id == sha256(WHOLE.read_bytes()).hexdigest()[:12]
    assert config.file == str(WHOLE)


def test_secrets_stay_as_written(config: RoutingConfig) -> None:
    """The model holds the name of a variable, never its value."""
    webhooks = [channel for channel in config.audiences["first"].channels if channel.kind == "webhook"]
    assert webhooks[0].options == {
        "secret": "${env:SECRET}",
        "secrets": "${env:SECRET}",
        "entra_audience": "api://hooks",
    }
    assert webhooks[1].options == {"secrets": "${env:SECRET} ${env:OLD_SECRET}"}
    assert "secret.example.com" not in repr(config)


def test_each_target_is_one(config: RoutingConfig) -> None:
    """Every address, number and url is a target; a ticket system is aimed at by its table or project."""
    targets = [(channel.kind, channel.targets) for channel in config.audiences["first"].channels]
    assert targets[0] == ("email", ("a@example.com", "b@example.com"))
    assert targets[1] == ("sms", ("+31201234567",))
    assert targets[4] == ("eventgrid", ("https://topic.westeurope-1.eventgrid.azure.net/api/events",))
    assert [targets[5][1], targets[6][1]] == [("servicenow:incident",), ("jira:OPS",)]
    assert [targets[7][1], targets[8][1]] == [("${env:RUNBOOK}",), ("${env:CHAT}",)]


def test_days_may_wrap_and_24_00_ends_a_day(config: RoutingConfig) -> None:
    """fri-mon is Friday to Monday, a list is all of it, and "24:00" is minute 1440."""
    nights, days = config.audiences["first"].quiet_hours
    assert nights == QuietHours(days=(0, 4, 5, 6), start=22 * 60, end=7 * 60)
    assert days == QuietHours(days=(2, 3), start=0, end=1440)
    assert config.audiences["second"].quiet_hours == (nights, days)


def test_an_audience_has_its_time(config: RoutingConfig) -> None:
    """Reminders, escalation, group, digest and budget are what the file says."""
    first = config.audiences["first"]
    assert first.reminders == (timedelta(hours=24), timedelta(minutes=90))
    assert first.escalate is not None
    assert (first.escalate.after, first.escalate.to) == (timedelta(minutes=30), "second")
    assert (first.group.by, first.group.wait) == (("subscription", "kind", "impact"), timedelta())
    assert first.digest is not None
    assert (first.digest.at, first.digest.days) == (480, (0, 1, 2, 3, 4))
    assert first.budget is not None
    assert (first.budget.messages, first.budget.per) == (40, timedelta(days=1))


def test_what_is_not_said_has_its_default(config: RoutingConfig) -> None:
    """Without a word: UTC, English, no wait, ten minutes between small changes, nothing let through."""
    second = config.audiences["second"]
    assert (second.time_zone, second.language, second.quiet_hours_let_through) == ("UTC", "en", None)
    assert (second.group.by, second.group.wait, second.group.interval) == (
        ("story",),
        timedelta(),
        timedelta(minutes=10),
    )
    assert not second.grouped
    assert config.audiences["first"].grouped


def test_globs_over_closed_sets_are_what_they_fit(config: RoutingConfig) -> None:
    """kind: "*_upgrade" is every kind of upgrade, and case does not matter."""
    match = config.routes[0].match
    assert match is not None
    assert match.kind == (Kind.OS_IMAGE_UPGRADE, Kind.EXTENSION_UPGRADE, Kind.CLUSTER_UPGRADE)
    assert match.phase == (Phase.ANNOUNCED, Phase.SCHEDULED)
    assert match.impact == (Impact.REBOOT,)
    assert match.tag == {"env": ("prod",), "tier": ("gold", "silver*")}


def test_routes_are_a_tree(config: RoutingConfig) -> None:
    """`to` may be one name; [] is nobody on purpose; children lie in their route."""
    first, rest = config.routes
    assert (first.to, first.go_on, rest.to) == (("first", "owner"), True, ("second",))
    assert (first.routes[0].name, first.routes[0].to, first.routes[0].line) == ("nobody at all", (), 62)


def test_times_are_utc(config: RoutingConfig) -> None:
    """Whatever the offset in the file, the model has UTC."""
    assert config.mutes[0].until == datetime(2026, 12, 1, tzinfo=UTC)
    assert config.tests[0].at == datetime(2026, 11, 21, 1, tzinfo=UTC)


def test_subscriptions_are_ids(config: RoutingConfig) -> None:
    """Names keep their spelling, ids are lower case, and a test may use either in any case."""
    assert config.subscriptions["Shop-Prod"] == "33333333-3333-4333-8333-33333333333a"
    assert config.tests[0].event.subscription == "33333333-3333-4333-8333-33333333333a"
    assert config.subscription_name("33333333-3333-4333-8333-33333333333a") == "Shop-Prod"
    assert config.subscription_name("nobody's") == "nobody's"


def test_a_test_is_read_whole(config: RoutingConfig) -> None:
    """The event and what is expected of each audience; a decision may stand alone."""
    test = config.tests[0]
    assert (test.event.notice, test.event.severity) == (timedelta(minutes=20), Severity.ERROR)
    assert test.expect["second"].decision is Verdict.NOT_ROUTED
    assert test.expect["first"].channels == ("email", "sms")
    assert test.line == WHOLE.read_text().splitlines().index("  - name: all that an event can have") + 1


def test_an_address_named_by_a_tag_is_an_audience(config: RoutingConfig) -> None:
    """With `allow_addresses` an address hears by mail, in the zone and language of the fallback."""
    audience = config.audience("ann@example.com")
    assert audience is not None
    assert (audience.channels[0].kind, audience.channels[0].targets) == ("email", ("ann@example.com",))
    assert config.audience("nobody") is None


def test_variables_are_not_asked_for_without_a_lookup() -> None:
    """A file can be read where its secrets are not."""
    assert load(WHOLE).version_id


def test_aliases_may_be_used() -> None:
    """An alias is what it stands for."""
    text = WHOLE.read_text()
    assert "*nights" in text
    assert parse(text.encode(), "x").audiences["second"].quiet_hours


def test_a_byte_order_mark_is_no_mistake() -> None:
    """A file saved by a Windows editor is read."""
    assert parse(b"\xef\xbb\xbf" + WHOLE.read_bytes(), "x").routes


def test_the_shipped_schema_is_fresh() -> None:
    """config/routes.schema.json is what the code generates; write it again when this fails."""
    assert (ROOT / "config" / "routes.schema.json").read_text() == json_schema_text()


@pytest.mark.parametrize("file", [WHOLE, ROOT / "config" / "routes.yaml", EXAMPLE], ids=lambda file: file.stem)
def test_right_files_fit_the_schema(file: Path) -> None:
    """What `check` finds right, an editor with the schema finds right too."""
    if not file.exists():
        pytest.skip(f"{file.name} is not here")
    load(file)
    document = json.loads(json.dumps(yaml.safe_load(file.read_text()), default=_as_text))
    jsonschema.validate(document, json_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", ["unknown-key", "budget-of-nothing", "mute-without-end", "match-unknown-kind"])
def test_wrong_files_do_not_fit_the_schema(name: str) -> None:
    """An editor with the schema finds what a schema can say."""
    document = yaml.safe_load((HERE / "bad" / f"{name}.yaml").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(document, default=_as_text)), json_schema())


def _as_text(value: date) -> str:
    return value.isoformat()
