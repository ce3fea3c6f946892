"""The store of a laptop: it comes up, keeps what it confirmed, and is found again after its starter was killed."""

from __future__ import annotations

from pathlib import Path

from azure.storage.queue import QueueClient

from local import azurite, processes


def test_what_was_written_is_there_after_a_gentle_stop(tmp_path: Path) -> None:
    """A message put just before the stop is read after the next start, and the stopped process is gone."""
    first = azurite.start(tmp_path / "with a space")
    with QueueClient.from_connection_string(first.connection_string, "kept") as queue:
        queue.create_queue()
        queue.send_message("one")
    first.stop()
    assert not processes.alive(first.pid)
    second = azurite.start(tmp_path / "with a space")
    with QueueClient.from_connection_string(second.connection_string, "kept") as queue:
        assert [message.content for message in queue.receive_messages()] == ["one"]
    second.stop()


def test_a_left_over_azurite_is_taken_on(tmp_path: Path) -> None:
    """A second start on the same directory finds the first process instead of starting another beside it."""
    said: list[str] = []
    first = azurite.start(tmp_path)
    second = azurite.start(tmp_path, said.append)
    assert second == first
    assert said == [f"taking on the Azurite of an earlier run (process {first.pid})"]
    second.stop()


def test_a_note_of_a_dead_process_is_no_azurite(tmp_path: Path) -> None:
    """When the note names a process that is gone or is something else, a new Azurite starts."""
    first = azurite.start(tmp_path)
    note = (tmp_path / "running.json").read_text()
    first.stop()
    (tmp_path / "running.json").write_text(note)
    second = azurite.start(tmp_path)
    assert second.pid != first.pid
    second.stop()


def test_the_lock_of_the_store_names_no_registry() -> None:
    """Whoever installs uses their own registry: the lock file holds versions and checksums, no addresses."""
    lock = (Path(azurite.__file__).parent / "npm" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"azurite"' in lock
