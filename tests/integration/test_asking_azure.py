"""The clients that ask Azure, the real SDK among them, against a server on this machine that answers as Azure does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from azure_rest import AzureRest, Credential, a_table, partial, refusal
from azure_rows import a_health_event, a_machine_view, a_syslog_row, an_instance_view, set_id, vm_id
from memory_house import START, SUBSCRIPTION, House, a_machine, an_event

from notbefore.adapters.arm import Arm
from notbefore.adapters.identity_tokens import IdentityTokens
from notbefore.adapters.log_analytics import LogAnalytics
from notbefore.adapters.resource_graph import ResourceGraph
from notbefore.adapters.resource_manager import ResourceManager
from notbefore.bootstrap import asking_for
from notbefore.errors import Permanent, Transient
from notbefore.pipeline import questions
from notbefore.pipeline.polls.poll import run_polls
from notbefore.settings import PollSettings, Settings, StorageSettings

WORKSPACE = "99999999-9999-4999-8999-999999999999"
QUERY = "resources | order by id asc"


@dataclass
class Clients:
    """Azure on this machine, and everybody who asks it."""

    azure: AzureRest
    credential: Credential
    arm: Arm
    logs: LogAnalytics

    @property
    def graph(self) -> ResourceGraph:
        """Resource Graph over one subscription."""
        return ResourceGraph(self.arm, (SUBSCRIPTION,))

    @property
    def machines(self) -> ResourceManager:
        """Virtual machines."""
        return ResourceManager(self.arm)


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    """Real clients, wired to the loopback server."""
    azure, credential = AzureRest(), Credential()
    await azure.start()
    arm = Arm(azure.url, IdentityTokens(credential=credential), pauses=(0.0, 0.0))
    logs = LogAnalytics(WORKSPACE, azure.url, credential=credential)
    yield Clients(azure, credential, arm, logs)
    await arm.close()
    await logs.close()
    await azure.close()


def rows(count: int) -> list[dict[str, object]]:
    """So many rows."""
    return [{"id": f"/row/{number}"} for number in range(count)]


async def test_every_page_of_resource_graph_is_read(clients: Clients) -> None:
    """Skip tokens are followed to the last page; each question names the subscription; one token serves all."""
    clients.azure.graph = lambda _: rows(5)
    found = await clients.graph.ask(QUERY)
    assert (found.rows, found.complete) == (tuple(rows(5)), True)
    bodies = [call["body"] for call in clients.azure.calls]
    assert [body["options"].get("$skipToken") for body in bodies] == [None, "page-2", "page-4"]
    assert {tuple(body["subscriptions"]) for body in bodies} == {(SUBSCRIPTION,)}
    assert clients.credential.scopes == [f"{clients.azure.url}/.default"]


async def test_all_subscriptions_are_asked_by_naming_none(clients: Clients) -> None:
    """`all` leaves the list out: Azure then answers for all that the identity may read."""
    await ResourceGraph(clients.arm, ("all",)).ask(QUERY)
    assert "subscriptions" not in clients.azure.calls[0]["body"]


@pytest.mark.parametrize(
    "busy",
    [
        {"Retry_After": "0"},
        {"x_ms_user_quota_remaining": "0", "x_ms_user_quota_resets_after": "00:00:00"},
        {},
    ],
)
async def test_a_busy_resource_graph_is_asked_again_within_a_page(clients: Clients, busy: dict[str, str]) -> None:
    """A 429 in the middle of the pages loses none of them, whichever header says when to come back."""
    clients.azure.graph = lambda _: rows(4)
    clients.azure.first = [refusal(429, "RateLimiting", **busy), refusal(503, "ServerBusy")]
    assert len((await clients.graph.ask(QUERY)).rows) == 4


async def test_a_long_wait_is_handed_up(clients: Clients) -> None:
    """A timer does not sleep for minutes: the wish goes to whoever asked."""
    clients.azure.first = [refusal(429, "RateLimiting", Retry_After="120")]
    with pytest.raises(Transient) as caught:
        await clients.graph.ask(QUERY)
    assert caught.value.retry_after == 120
    assert len(clients.azure.calls) == 1


async def test_a_refusal_says_its_code_and_no_names(clients: Clients) -> None:
    """403 is permanent; Azure's sentence holds addresses and is not repeated."""
    clients.azure.first = [refusal(403, "AuthorizationFailed")]
    with pytest.raises(Permanent, match=r"^Azure answers 403 AuthorizationFailed$"):
        await clients.graph.ask(QUERY)


async def test_an_answer_that_was_cut_is_a_part(clients: Clients) -> None:
    """`resultTruncated` without a token means that rows are missing, and nothing may be concluded from them."""
    clients.azure.graph = lambda _: rows(1)
    from aiohttp import web

    clients.azure.first = [web.json_response({"data": rows(2), "resultTruncated": "true"})]
    assert not (await clients.graph.ask(QUERY)).complete


async def test_machines_are_listed_page_by_page(clients: Clients) -> None:
    """`nextLink` is followed, with its own query; the list has the machines' status."""
    clients.azure.machines = [a_machine_view(f"web-{number}") for number in range(5)]
    clients.azure.first = [refusal(429, "TooManyRequests", Retry_After="0")]
    found = await clients.machines.instance_views(SUBSCRIPTION)
    assert [row["name"] for row in found.rows] == [f"web-{number}" for number in range(5)]
    assert all("statusOnly=true" in call["path"] for call in clients.azure.calls)


async def test_instances_of_a_scale_set_are_listed_page_by_page(clients: Clients) -> None:
    """With their views, over every page, although Azure is busy in between; a set that is gone says so."""
    fleet = set_id("fleet")
    clients.azure.instances[fleet] = [an_instance_view(instance=str(number)) for number in range(5)]
    clients.azure.first = [refusal(429, "TooManyRequests", Retry_After="0"), refusal(503, "ServerBusy")]
    found = await clients.machines.scale_set_views(fleet)
    assert [row["instanceId"] for row in found.rows] == ["0", "1", "2", "3", "4"]
    assert found.complete
    assert all("instanceView" in row["properties"] for row in found.rows)
    with pytest.raises(Permanent, match="not there"):
        await clients.machines.scale_set_views(set_id("gone"))


async def test_the_token_goes_to_no_other_host(clients: Clients) -> None:
    """A next page elsewhere is not fetched."""
    from aiohttp import web

    clients.azure.first = [web.json_response({"value": [], "nextLink": "http://127.0.0.1:9/steal"})]
    with pytest.raises(Permanent, match="another host"):
        await clients.machines.instance_views(SUBSCRIPTION)


async def test_a_machine_that_is_not_there_has_no_view(clients: Clients) -> None:
    """404 and 403 are both nothing known."""
    clients.azure.views[vm_id("web-1")] = {"platformUpdateDomain": 4}
    assert await clients.machines.instance_view(vm_id("web-1")) == {"platformUpdateDomain": 4}
    assert await clients.machines.instance_view(vm_id("web-2")) is None
    clients.azure.first = [refusal(403, "AuthorizationFailed")]
    assert await clients.machines.instance_view(vm_id("web-1")) is None


async def test_nobody_there_is_worth_another_try() -> None:
    """A connection that fails is transient."""
    azure = AzureRest()
    await azure.start()
    await azure.close()
    arm = Arm(azure.url, IdentityTokens(credential=Credential()), pauses=())
    with pytest.raises(Transient, match="does not answer"):
        await arm.call("GET", "/x")
    await arm.close()


async def test_log_rows_come_as_they_were_written(clients: Clients) -> None:
    """The SDK makes times of columns; a row has them as text again, in UTC, for the readers of rows."""
    row = {"Ingested": "2026-11-24T12:00:01.1234567Z", "TimeGenerated": "2026-11-24T12:00:00Z", "Computer": "web-1"}
    clients.azure.log_answer = a_table([row])
    found = await clients.logs.ask("Syslog", START - timedelta(days=1), START)
    assert found.complete
    assert dict(found.rows[0]) == {
        "Ingested": "2026-11-24T12:00:01.123456Z", "TimeGenerated": "2026-11-24T12:00:00Z", "Computer": "web-1",
    }  # fmt: skip  # one row
    (call,) = clients.azure.calls
    assert call["path"] == f"/v1/workspaces/{WORKSPACE}/query"
    assert call["body"]["timespan"].startswith("2026-11-23T12:00:00")


async def test_a_partial_log_answer_is_said_to_be_one(clients: Clients) -> None:
    """A partial result does not raise in the SDK; its rows are given, and that they are a part."""
    clients.azure.log_answer = partial(a_table([{"Computer": "web-1"}]))
    found = await clients.logs.ask("Syslog", START, START)
    assert (found.complete, [dict(row) for row in found.rows]) == (False, [{"Computer": "web-1"}])


async def test_a_busy_workspace_is_left_until_it_says(clients: Clients) -> None:
    """429 is asked once, and Retry-After is handed up: the next timer is the retry."""
    clients.azure.first = [refusal(429, "ThrottledError", Retry_After="90")]
    with pytest.raises(Transient) as caught:
        await clients.logs.ask("Syslog", START, START)
    assert (caught.value.retry_after, len(clients.azure.calls)) == (90, 1)


@pytest.mark.parametrize(("status", "code"), [(403, "InsufficientAccessError"), (400, "BadArgumentError")])
async def test_a_workspace_that_refuses_says_why(clients: Clients, status: int, code: str) -> None:
    """A missing role or a question it cannot read is permanent, with its code and no sentence."""
    clients.azure.first = [refusal(status, code)]
    with pytest.raises(Permanent, match=rf"^Log Analytics answers {status} {code}$"):
        await clients.logs.ask("Syslog", START, START)


async def test_a_whole_round_through_the_real_clients(clients: Clients) -> None:
    """Lists, machines, logs and facts: from the settings over the wire to stories, their facts and their end."""
    house = House()
    house.outside = replace(house.outside, asks_facts=True)
    azure = clients.azure
    azure.machines = [a_machine_view(f"web-{number}") for number in range(3)]
    azure.instances[set_id("fleet")] = [an_instance_view(instance=str(number)) for number in range(3)]
    tables = {questions.SERVICE_HEALTH: [a_health_event("REAL-001")], questions.SUBSCRIPTIONS: [_subscription()]}
    tables[questions.SCALE_SETS] = [{"id": set_id("fleet"), "subscriptionId": SUBSCRIPTION}]
    azure.graph = lambda query: tables.get(query, [_resource()] if query.startswith("resources\n") else [])
    azure.log_answer = a_table([{"Ingested": "2026-11-24T12:00:00Z", **a_syslog_row("E-1", computer="log-1")}])
    poll = PollSettings(workspace=WORKSPACE, subscriptions=(SUBSCRIPTION,), arm=azure.url, logs=azure.url)
    settings = Settings(storage=StorageSettings(), poll=poll)
    asking, opened = asking_for(settings, IdentityTokens(credential=clients.credential), clients.credential)
    await house.hears(an_event(id="pushed", keys={"tracking_id": "PUSH-001"}, resources=(a_machine("web-0"),)))
    sent = await run_polls(house.outside, asking)
    await house.runs()
    assert sent == {
        "agents": 0, "logs": 1, "facts": 1, "service-health": 1, "maintenance": 0, "patches": 0, "instance-views": 3,
        "scale-sets": 3,
    }  # fmt: skip  # by question
    azure.instances[set_id("fleet")] = []
    azure.machines, tables[questions.SERVICE_HEALTH] = [], []
    for _ in range(2):
        house.at += timedelta(minutes=20)
        sent = await run_polls(house.outside, asking)
        await house.runs()
    stories = {key for story in await house.stories() if story.over for key in story.keys.get("tracking_id", ("vm",))}
    assert (sent["service-health"], stories) == (0, {"REAL-001", "vm"})
    for one in opened:
        await one.close()


def _subscription() -> dict[str, object]:
    return {"id": f"/subscriptions/{SUBSCRIPTION}", "subscriptionId": SUBSCRIPTION}


def _resource() -> dict[str, object]:
    return {"id": vm_id("web-0"), "name": "web-0", "type": "microsoft.compute/virtualmachines", "tags": {"app": "shop"}}
