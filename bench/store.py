"""A store for one bench: an empty Azurite in a folder of its own, gently stopped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import azurite


@contextmanager
def own_store() -> Iterator[tuple[Path, str]]:
    """The folder, with room for more than the store, and the connection string."""
    with tempfile.TemporaryDirectory() as folder:
        store = azurite.start(Path(folder) / "store")
        try:
            yield Path(folder), store.connection_string
        finally:
            store.stop()
