"""The tables, queues and containers of a local run, made when they are not there; in Azure, Bicep makes them."""

from __future__ import annotations

import contextlib

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from notbefore.adapters.names import CONTAINERS, QUEUES, TABLES


def make(connection: str) -> None:
    """Makes what is missing. Raises: AzureError."""
    with TableServiceClient.from_connection_string(connection) as tables:
        for name in TABLES:
            tables.create_table_if_not_exists(name)
    with QueueServiceClient.from_connection_string(connection) as queues:
        for name in (*QUEUES, *(f"{name}-poison" for name in QUEUES)):
            with contextlib.suppress(ResourceExistsError):
                queues.create_queue(name)
    with BlobServiceClient.from_connection_string(connection) as blobs:
        for name in CONTAINERS:
            with contextlib.suppress(ResourceExistsError):
                blobs.create_container(name)
