"""A Log Analytics workspace, through azure-monitor-query. Each question is asked once: the next timer is the retry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notbefore.adapters.arm import wish_in
from notbefore.errors import Permanent, Transient
from notbefore.ports import Found

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.exceptions import HttpResponseError
    from azure.monitor.query import LogsTable
    from azure.monitor.query.aio import LogsQueryClient

SERVER_SECONDS = 120
"""Azure gives up after this; ours is a small question."""

_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class LogAnalytics:
    """One workspace. `credential` may be handed in; the SDKs are imported at the first question."""

    def __init__(
        self,
        workspace: str,
        address: str,
        client_id: str | None = None,
        credential: AsyncTokenCredential | None = None,
    ) -> None:
        self._workspace = workspace
        self._address = address
        self._client_id = client_id
        self._credential = credential
        self._client: LogsQueryClient | None = None

    async def ask(self, query: str, since: datetime, until: datetime) -> Found:
        """Rows of the answer; a part of them is said to be one. Raises: Transient, Permanent."""
        from azure.core.exceptions import AzureError, HttpResponseError
        from azure.monitor.query import LogsQueryPartialResult

        try:
            answer = await self._open().query_workspace(
                self._workspace,
                query,
                timespan=(since, until),
                server_timeout=SERVER_SECONDS,
                **self._guard(),
            )
        except HttpResponseError as problem:
            raise _judged(problem) from problem
        except AzureError as problem:
            raise Transient(f"Log Analytics does not answer: {type(problem).__name__}") from problem
        if isinstance(answer, LogsQueryPartialResult):
            return Found(_rows(answer.partial_data), complete=False)
        return Found(_rows(answer.tables))

    def _guard(self) -> dict[str, Any]:
        """Only this machine may be spoken to without TLS; the SDK's own guard stays for everything else."""
        parts = urlsplit(self._address)
        return {"enforce_https": False} if parts.scheme == "http" and parts.hostname == "127.0.0.1" else {}

    def _open(self) -> LogsQueryClient:
        if self._client is None:
            from azure.identity.aio import DefaultAzureCredential
            from azure.monitor.query.aio import LogsQueryClient

            if self._credential is None:
                self._credential = DefaultAzureCredential(managed_identity_client_id=self._client_id)
            self._client = LogsQueryClient(self._credential, endpoint=self._address, retry_total=0)
        return self._client

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()
        if self._credential is not None:
            await self._credential.close()


def _judged(problem: HttpResponseError) -> Transient | Permanent:
    status = problem.status_code or 0
    if status in _AGAIN:
        headers = getattr(problem.response, "headers", {})
        return Transient(f"Log Analytics answers {status}", wish_in(headers))
    code = getattr(problem.error, "code", None) or ""
    return Permanent(f"Log Analytics answers {status} {code}".strip())


def _rows(tables: list[LogsTable]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {column: _plain(value) for column, value in zip(table.columns, row, strict=True)}
        for table in tables
        for row in table.rows
    )


def _plain(value: object) -> object:
    """A time as the service wrote it, so that the row is read like any other."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
