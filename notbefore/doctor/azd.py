"""The values that `azd env set` keeps: in `.azure/NAME/.env`, beside azure.yaml (Azure docs: Azure Developer CLI)."""

from __future__ import annotations

from pathlib import Path

import msgspec


class _Config(msgspec.Struct, rename="camel"):
    default_environment: str = ""


def azd_values(place: Path, name: str | None) -> dict[str, str]:
    """Of the project around this place: of this environment, or of the usual one; nothing where there is none."""
    projects = (one / ".azure" for one in (place, *place.parents))
    folder = next((one for one in projects if one.is_dir()), place / ".azure")
    try:
        chosen = name or msgspec.json.decode((folder / "config.json").read_bytes(), type=_Config).default_environment
        lines = (folder / chosen / ".env").read_text(encoding="utf-8").splitlines() if chosen else []
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip(): value.strip().strip('"') for key, _, value in pairs}
