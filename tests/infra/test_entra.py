"""The Entra application is made once, has what the doors ask for, and a second run changes nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.cache import ROOT
from notbefore import entra as door
from notbefore.settings import Settings, StorageSettings

SCRIPT = ROOT / "infra" / "entra.py"


def script() -> ModuleType:
    """The script as a module: it lies outside of every package."""
    spec = importlib.util.spec_from_file_location("entra_script", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ENTRA = script()


class Directory:
    """A small Graph in memory. It answers as Graph does, and refuses what it would refuse."""

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {"/applications": [], "/servicePrincipals": []}
        self.writes: list[tuple[str, str]] = []

    def __call__(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 # JSON, as Graph takes and gives
        """One request, and its effect."""
        where, _, condition = path.partition("?$filter=")
        if method == "GET":
            field, _, value = condition.partition(" eq ")
            found = self.items.get(where, [])
            return {"value": [one for one in found if not condition or one[field] == value.strip("'")]}
        self.writes.append((method, where))
        if method == "POST":
            made = {"id": f"id-{len(self.writes)}", **body}
            if where == "/applications":
                made["appId"] = f"client-{len(self.writes)}"
            assert made not in self.items.get(where, [])
            self.items.setdefault(where, []).append(made)
            return made
        folder, _, name = where.rpartition("/")
        (one,) = [each for each in self.items[folder] if each["id"] == name]
        scopes = {each["id"] for each in one.get("api", {}).get("oauth2PermissionScopes", [])}
        for allowed in body.get("api", {}).get("preAuthorizedApplications", []):
            assert set(allowed["delegatedPermissionIds"]) <= scopes, "Graph refuses a scope that is not there yet"
        one.update(body)
        return {}


def test_the_application_has_the_roles_that_the_door_takes() -> None:
    """Action groups hold the role that the door asks for; tokens are of version 2 and for its address."""
    directory = Directory()
    ids = ENTRA.before(directory, "notbefore-x", "me")
    (app,) = directory.items["/applications"]
    assert ids == {"NOTBEFORE_CLIENT_ID": app["appId"], "NOTBEFORE_OBJECT_ID": app["id"]}
    assert app["identifierUris"] == [f"api://{app['appId']}"]
    assert app["api"]["requestedAccessTokenVersion"] == 2
    values = {one["id"]: one["value"] for one in app["appRoles"]}
    assert set(values.values()) >= {*door.ROLES[:2], Settings(storage=StorageSettings()).acting_role}
    held = {
        who: [values[one["appRoleId"]] for one in given]
        for who, given in directory.items.items()
        if who.endswith("/appRoleAssignments")
    }
    (azure,) = [one["id"] for one in directory.items["/servicePrincipals"] if one["appId"] == door.ACTION_GROUPS]
    assert held[f"/servicePrincipals/{azure}/appRoleAssignments"] == ["ActionGroupsSecureWebhook"]
    assert held["/users/me/appRoleAssignments"] == ["NotBefore.Act", "NotBefore.Signal"]


def test_a_second_run_makes_nothing_twice() -> None:
    """Only updates of the same thing; after a new identity the trust follows it."""
    directory = Directory()
    ids = ENTRA.before(directory, "notbefore-x", "me")
    ENTRA.after(directory, ids["NOTBEFORE_OBJECT_ID"], "https://x.example.com", "principal", "tenant")
    first = json.dumps(directory.items, sort_keys=True)
    directory.writes.clear()
    assert ENTRA.before(directory, "notbefore-x", "me") == ids
    ENTRA.after(directory, ids["NOTBEFORE_OBJECT_ID"], "https://x.example.com", "principal", "tenant")
    assert {method for method, _ in directory.writes} == {"PATCH"}
    assert json.dumps(directory.items, sort_keys=True) == first
    ENTRA.after(directory, ids["NOTBEFORE_OBJECT_ID"], "https://x.example.com", "another", "tenant")
    (trust,) = directory.items[f"/applications/{ids['NOTBEFORE_OBJECT_ID']}/federatedIdentityCredentials"]
    assert (trust["subject"], trust["issuer"]) == ("another", "https://login.microsoftonline.com/tenant/v2.0")


def test_who_makes_action_groups_becomes_an_owner_once() -> None:
    """A second run asks and leaves it."""
    directory = Directory()
    ENTRA.own(directory, "app", "policies")
    (asked,) = directory.items["/applications/app/owners/$ref"]
    assert asked["@odata.id"] == "https://graph.microsoft.com/v1.0/directoryObjects/policies"
    directory.items["/applications/app/owners"] = [{"id": "policies"}]
    ENTRA.own(directory, "app", "policies")
    assert len(directory.writes) == 1


def test_two_applications_of_one_name_stop_it() -> None:
    """It cannot know which one is meant."""
    directory = Directory()
    for _ in range(2):
        directory("POST", "/applications", {"displayName": "notbefore-x"})
    with pytest.raises(SystemExit, match="2 applications named notbefore-x"):
        ENTRA.before(directory, "notbefore-x", None)


def test_ids_of_known_applications_are_those_of_the_door_and_of_the_settings() -> None:
    """The script, the door and the Bicep file name the same applications and roles."""
    settings = (ROOT / "infra" / "modules" / "app-settings.bicep").read_text(encoding="utf-8")
    assert door.ACTION_GROUPS == ENTRA.ACTION_GROUPS
    assert {door.ACTION_GROUPS, door.EVENT_GRID, ENTRA.COMMAND_LINE} == set(re.findall(r"[0-9a-f-]{36}", settings))
    roles = re.search(r"var knownRoles = \[(.*)\]", settings)
    assert roles
    assert {one.strip(" '") for one in roles[1].split(",")} == set(ENTRA.ROLES) - {"NotBefore.Act"}


def test_without_the_command_line_of_azure_it_says_what_to_install(tmp_path: Path) -> None:
    """A person reads one sentence, not a traceback."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, str(SCRIPT), "before"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "entra.py: az is not here; install it and sign in with `az login`\n"
