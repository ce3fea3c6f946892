"""A routing file → `RoutingConfig`, or every mistake in it at once. The only reader of the file."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from notbefore.config.audience_keys import AUDIENCE, OWNERS
from notbefore.config.consistency import check_whole
from notbefore.config.example_keys import TEST
from notbefore.config.match_keys import INHIBITION, MUTE, ROUTES
from notbefore.config.model import RoutingConfig
from notbefore.config.names import Guid, audience_may_be_called, subscription_may_be_called
from notbefore.config.nodes import compose
from notbefore.config.report import Lookup, Report, in_order
from notbefore.config.scalars import Number, type_of
from notbefore.config.shapes import Key, ListOf, MapOf, Record
from notbefore.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from yaml import Node

SUBSCRIPTIONS = MapOf(Guid(), subscription_may_be_called)


def _routing_config(*, version: int = 1, **values: object) -> RoutingConfig:
    return RoutingConfig(version_id=str(version), **values)  # type: ignore[arg-type]  # by ROUTING_FILE


ROUTING_FILE = Record(
    "routing_file",
    _routing_config,
    {
        "version": Key(Number(1, 1), required=True, stand_in=1, about="of the language: 1"),
        "subscriptions": Key(SUBSCRIPTIONS, about="names for GUIDs, used here and in every message"),
        "audiences": Key(
            MapOf(AUDIENCE, audience_may_be_called, named=True), required=True, stand_in={}, about="people or machines"
        ),
        "owners": Key(OWNERS, about="the audience a resource names by itself"),
        "routes": Key(ROUTES, required=True, stand_in=(), about="the last one takes everything: nobody unheard"),
        "mutes": Key(ListOf(MUTE, once=False, empty=True), about="what is held until a time"),
        "inhibit": Key(ListOf(INHIBITION, once=False, empty=True), about="what one story holds back of another"),
        "tests": Key(ListOf(TEST, once=False, empty=True), about="they run with a clock of their own"),
    },
    also=check_whole,
)


def load(path: Path, lookup: Lookup | None = None) -> RoutingConfig:
    """The routing file, checked. `lookup` tells the variables of `${env:NAME}`; None does not ask for them.

    Raises: ConfigError with every mistake, in the order of the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError((Mistake(str(path), 0, f"cannot be read: {error.strerror or error}"),)) from error
    return parse(content, str(path), lookup)


def parse(content: bytes, file: str, lookup: Lookup | None = None) -> RoutingConfig:
    """The same from bytes; `file` is what mistakes call it. Raises: ConfigError with every mistake."""
    root = compose(content, file)
    report = Report(file, lookup)
    _declare(root, report)
    version_id = sha256(content).hexdigest()[:12]
    config = ROUTING_FILE.read(root, report, file=file)
    if config is None or report.mistakes:
        raise ConfigError(in_order(report.mistakes))
    return _of_version(config, version_id)


def _of_version(config: RoutingConfig, version_id: str) -> RoutingConfig:
    from msgspec.structs import replace

    return replace(config, version_id=version_id)


def _declare(root: Node, report: Report) -> None:
    """What names mean, before anything that uses them is read; mistakes in them are noted when their turn comes."""
    parts = {key.value: value for key, value in root.value if isinstance(key.value, str)}
    if "subscriptions" in parts and type_of(parts["subscriptions"]) == "map":
        named = SUBSCRIPTIONS.read(parts["subscriptions"], Report(report.file)) or {}
        report.subscriptions = {name.casefold(): known for name, known in named.items()}
    if "audiences" in parts and type_of(parts["audiences"]) == "map":
        report.audiences = tuple(key.value for key, _ in parts["audiences"].value if isinstance(key.value, str))
    report.owned = "owners" in parts
