"""Which routing file a command looks at: `--routes`, else the setting, else `config/routes.yaml`."""

from __future__ import annotations

import argparse
from pathlib import Path

from notbefore.config.model import RoutingConfig

DEFAULT = Path("config/routes.yaml")


def add_routes(parser: argparse.ArgumentParser) -> None:
    """The argument `--routes FILE`."""
    parser.add_argument("--routes", metavar="FILE", type=Path, help="the routing file; config/routes.yaml if not given")


def load_routes(options: argparse.Namespace) -> RoutingConfig:
    """The routing file; its secrets are not asked for. Raises: ConfigError."""
    from notbefore.config.loading import load

    return load(options.routes or DEFAULT)
