"""The way to the account: addresses, tokens, repeats, and transactions whose failure lies inside a success."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from notbefore.adapters.azure_account import DEVELOPMENT, Account, open_account
from notbefore.adapters.azure_credentials import EARLY, SCOPE, Identity
from notbefore.adapters.azure_queues import AzureQueue
from notbefore.adapters.azure_request import Request, Service
from notbefore.adapters.azure_tables import AzureRows
from notbefore.errors import Conflict, StorageUnavailable
from notbefore.ports import Put, Write
from notbefore.settings import load_settings

KEY = DEVELOPMENT.split("AccountKey=")[1].split(";", maxsplit=1)[0]


class Tokens:
    """Gives a new token each time, each valid for so many seconds."""

    def __init__(self, seconds: Iterable[int], *, refuses: bool = False) -> None:
        self._seconds = list(seconds)
        self._refuses = refuses
        self.asked: list[tuple[str, ...]] = []
        self.closed = False

    async def get_token(self, *scopes: str) -> AccessToken:
        """The next token."""
        self.asked.append(scopes)
        if self._refuses:
            raise ClientAuthenticationError("secret details")
        return AccessToken(f"token-{len(self.asked)}", int(time.time()) + self._seconds.pop(0))

    async def close(self) -> None:
        """Remembers it."""
        self.closed = True


class Store:
    """A loopback server that answers as it is told, and keeps what it was asked."""

    def __init__(self, answers: Iterable[web.Response]) -> None:
        self._answers = list(answers)
        self.asked: list[web.BaseRequest] = []

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        return self._answers.pop(0)

    @asynccontextmanager
    async def listening(self, tokens: Tokens) -> AsyncIterator[Account]:
        """An account whose services are all here."""
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/account"
        account = Account(dict.fromkeys(Service, address), Identity(lambda: tokens), (0.0, 0.0), 5.0)
        yield account
        await account.close()
        await runner.cleanup()


READ = Request(Service.TABLES, "GET", "/stories()")


def failed_transaction(status: int, code: str) -> web.Response:
    """What Azure answers to a transaction that one of its writes stopped."""
    text = (
        "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n"
        "--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"HTTP/1.1 {status} Reason\r\nContent-Type: application/json\r\n\r\n"
        f'{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":"1:said"}}}}}}\r\n'
        "--changesetresponse_1--\r\n--batchresponse_1--\r\n"
    )
    return web.Response(status=202, text=text, content_type="multipart/mixed")


def done_transaction(count: int) -> web.Response:
    """What Azure answers to a transaction that is done."""
    part = '--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/"{}"\r\n\r\n\r\n'
    return web.Response(status=202, text="--b\r\n\r\n" + "".join(part.format(n) for n in range(count)) + "--c--\r\n")


async def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    """One token serves many calls; one that ends within five minutes is replaced before it is used again."""
    tokens, store = Tokens([EARLY - 1, 3600]), Store(web.Response() for _ in range(3))
    async with store.listening(tokens) as account:
        for _ in range(3):
            await account.send(READ, frozenset())
    sent = [request.headers["Authorization"] for request in store.asked]
    assert sent == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]
    assert tokens.asked == [(SCOPE,), (SCOPE,)]
    assert tokens.closed
    assert store.asked[0].headers["x-ms-version"] >= "2020-12-06"


async def test_without_a_token_storage_is_unavailable() -> None:
    """The error does not repeat what the token service said."""
    async with Store([]).listening(Tokens([], refuses=True)) as account:
        with pytest.raises(StorageUnavailable, match="no token") as told:
            await account.send(READ, frozenset())
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_busy_store_is_asked_again(status: int) -> None:
    """Twice it is too busy, the third time it answers."""
    store = Store([web.Response(status=status), web.Response(status=status), web.Response(text="[]")])
    async with store.listening(Tokens([3600])) as account:
        assert (await account.send(READ, frozenset())).body == b"[]"


async def test_a_redirect_is_not_followed() -> None:
    """A token is sent to the account and nowhere else."""
    store = Store([web.Response(status=307, headers={"Location": "https://example.com/"})])
    async with store.listening(Tokens([3600])) as account:
        assert (await account.send(READ, frozenset({307}))).status == 307
    assert len(store.asked) == 1


async def test_a_busy_transaction_is_sent_again() -> None:
    """Azure answers 202 and says inside that it was too busy; that is no success."""
    store = Store([failed_transaction(503, "ServerBusy"), done_transaction(2)])
    async with store.listening(Tokens([3600])) as account:
        writes = [Write(Put.INSERT, "a", b"1"), Write(Put.INSERT, "b", b"2")]
        assert await AzureRows(account, "stories").commit("p", writes) == {"a": 'W/"0"', "b": 'W/"1"'}


@pytest.mark.parametrize(
    ("status", "code"), [(409, "EntityAlreadyExists"), (412, "UpdateConditionNotSatisfied"), (404, "ResourceNotFound")]
)
async def test_a_condition_that_does_not_hold_is_a_conflict(status: int, code: str) -> None:
    """Each of the three ways in which Azure says so inside its 202."""
    store = Store([failed_transaction(status, code)])
    async with store.listening(Tokens([3600])) as account:
        with pytest.raises(Conflict):
            await AzureRows(account, "stories").commit("p", [Write(Put.INSERT, "a"), Write(Put.REPLACE, "b", b"", "e")])


async def test_a_missing_table_is_no_conflict() -> None:
    """A 404 of the table is not one of a row, also inside a transaction."""
    store = Store([failed_transaction(404, "TableNotFound")])
    async with store.listening(Tokens([3600])) as account:
        with pytest.raises(StorageUnavailable, match="TableNotFound"):
            await AzureRows(account, "stories").commit("p", [Write(Put.INSERT, "a"), Write(Put.DELETE, "b")])


async def test_an_answer_for_fewer_rows_is_not_believed() -> None:
    """A transaction of two rows of which one is confirmed counts as not answered."""
    store = Store([done_transaction(1)])
    async with store.listening(Tokens([3600])) as account:
        with pytest.raises(StorageUnavailable, match="2 rows"):
            await AzureRows(account, "stories").commit("p", [Write(Put.INSERT, "a"), Write(Put.INSERT, "b")])


async def test_pages_are_followed_also_when_one_is_empty() -> None:
    """Azure may answer with no rows and a continuation; the scan goes on until there is none."""
    entity = {"PartitionKey": "p", "RowKey": "k", "b0": "1", "odata.etag": "e"}
    more = {"x-ms-continuation-NextPartitionKey": "1!8!cA--", "x-ms-continuation-NextRowKey": "1!4!aw=="}
    store = Store([web.json_response({"value": []}, headers=more), web.json_response({"value": [entity]})])
    async with store.listening(Tokens([3600])) as account:
        assert [row.key async for row in AzureRows(account, "stories").scan("p", "a", "z")] == ["k"]
    assert store.asked[1].query["NextRowKey"] == "1!4!aw=="
    assert store.asked[1].query["$filter"] == store.asked[0].query["$filter"]


async def test_a_delay_is_rounded_up_to_whole_seconds() -> None:
    """Storage counts in seconds, and no message is to be seen too early."""
    store = Store([web.Response(status=201), web.Response(status=201)])
    async with store.listening(Tokens([3600])) as account:
        await AzureQueue(account, "q").put(b"1", timedelta(milliseconds=1))
        await AzureQueue(account, "q").put(b"1")
    assert [request.query["visibilitytimeout"] for request in store.asked] == ["1", "0"]
    assert {request.query["messagettl"] for request in store.asked} == {"-1"}


def test_addresses_come_from_the_settings() -> None:
    """From a name, from a connection string with or without endpoints, and from the word for a laptop's own store."""
    found = {
        "name": {"AzureWebJobsStorage__accountName": "acct"},
        "string": {"AzureWebJobsStorage": f"AccountName=acct;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn"},
        "laptop": {"AzureWebJobsStorage": "UseDevelopmentStorage=true"},
    }
    opened = {name: open_account(load_settings(given).storage) for name, given in found.items()}
    assert {name: account.address(Service.TABLES) for name, account in opened.items()} == {
        "name": "https://acct.table.core.windows.net",
        "string": "https://acct.table.core.chinacloudapi.cn",
        "laptop": "http://127.0.0.1:10002/devstoreaccount1",
    }
