"""Which routing file a command looks at: `--routes`, the setting, `config/routes.yaml` here, else the product's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from notbefore.config.model import RoutingConfig
from notbefore.settings import variable

DEFAULT = Path("config/routes.yaml")
OWN = Path(__file__).resolve().parents[2] / DEFAULT


def add_routes(parser: argparse.ArgumentParser) -> None:
    """The argument `--routes FILE`."""
    parser.add_argument("--routes", metavar="FILE", type=Path, help="the routing file; config/routes.yaml if not given")


def routes_path(options: argparse.Namespace) -> Path:
    """The file to look at."""
    if options.routes:
        return Path(options.routes)
    if said := variable("NOTBEFORE_ROUTES"):
        return Path(said)
    return DEFAULT if DEFAULT.exists() else OWN


def load_routes(options: argparse.Namespace) -> RoutingConfig:
    """The routing file; its secrets are not asked for. Raises: ConfigError."""
    from notbefore.config.loading import load

    return load(routes_path(options))
