"""The settings of the host process: what Azure would have as app settings."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Addresses:
    """Where the parts of a run are."""

    storage: str
    receivers: str
    smtp: str
    url: str
    signing_key: str = field(repr=False)
    """For the links in messages; the same over restarts, so that yesterday's link still opens."""


def settings(routes: Path, addresses: Addresses, *, real: bool) -> dict[str, str]:
    """The environment of the host. Unless the run is real, everything sent is kept on this machine.

    Raises: OSError when the routing file cannot be read.
    """
    base = {
        "NOTBEFORE_SIGNING_KEY": os.environ.get("NOTBEFORE_SIGNING_KEY") or addresses.signing_key,
        "AzureWebJobsStorage": addresses.storage,
        "AzureWebJobsDisableHomepage": "true",
        "NOTBEFORE_ROUTES": str(routes.resolve()),
        "NOTBEFORE_URL": addresses.url,
        "NOTBEFORE_LOCAL": "1",
    }
    if real:
        mail = {} if os.environ.get("NOTBEFORE_SMTP") else {"NOTBEFORE_SMTP": addresses.smtp}
        return os.environ | base | mail
    kept_here = {"NOTBEFORE_LOCAL_RECEIVERS": addresses.receivers, "NOTBEFORE_SMTP": addresses.smtp}
    return stand_ins(routes.read_text(encoding="utf-8")) | os.environ | base | kept_here


def stand_ins(routes: str) -> dict[str, str]:
    """A value for each `${env:NAME}` of a routing file, so that a local run needs no secrets.

    A name that speaks of a secret or key gets a webhook secret of its own, everything else an address.
    """
    return {name: _made_up(name) for name in _REFERENCE.findall(routes)}


def _made_up(name: str) -> str:
    if re.search(r"SECRET|KEY|TOKEN|PASSWORD", name, re.IGNORECASE):
        return "whsec_" + base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return f"https://{name.lower().replace('_', '-')}.example.com/"
