"""The Entra application that the doors and the board belong to: made, or brought up to date, with the Azure CLI.

    python3 infra/entra.py before     before the deployment: application, roles, who may call; prints its two ids
    python3 infra/entra.py after      after it: where people come back to, and trust in the app's identity
    python3 infra/entra.py owner ID   makes ID (object id of a pipeline's or a policy's principal) an owner, too

Each may be run again at any time. `azd up` runs them and keeps the ids in its environment; there is no secret among
them. Whoever runs it becomes an owner of the application, which action groups want (Azure docs: Action groups, secure
webhook). Sources: Microsoft Graph v1.0, applications and appRoleAssignments; Azure docs: App Service, "Use a managed
identity instead of a secret".
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

GRAPH = "https://graph.microsoft.com/v1.0"
ACTION_GROUPS = "461e8683-5575-4561-ac7f-899cc907d62a"
"""As which action groups call; the same in every tenant."""
COMMAND_LINE = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The Azure CLI, which gets a person a token for a drill."""

ROLES = {
    "ActionGroupsSecureWebhook": ("Application", "Action groups of Azure Monitor send signals."),
    "AzureEventGridSecureWebhookSubscriber": ("Application", "Event Grid sends signals to a webhook."),
    "NotBefore.Signal": ("Application User", "Sends signals: a drill, or a sender of one's own."),
    "NotBefore.Act": ("User", "Acknowledges, silences and sends again on the board."),
}

Call = Callable[..., Any]
"""Method, path, body → the answer's JSON; None when there is no such thing."""


def stable(name: str) -> str:
    """The same id for the same name in every run, so that nothing is doubled."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://notbefore.dev/entra/{name}"))


def wanted(client_id: str) -> dict[str, Any]:
    """What the application must say of itself."""
    scope = {
        "id": stable("user_impersonation"),
        "value": "user_impersonation",
        "type": "User",
        "isEnabled": True,
        **dict.fromkeys(("adminConsentDescription", "userConsentDescription"), "Use NotBefore as yourself."),
        **dict.fromkeys(("adminConsentDisplayName", "userConsentDisplayName"), "Use NotBefore"),
    }
    roles = [
        {
            "id": stable(value),
            "value": value,
            "displayName": value,
            "description": description,
            "isEnabled": True,
            "allowedMemberTypes": members.split(),
        }
        for value, (members, description) in ROLES.items()
    ]
    return {
        "signInAudience": "AzureADMyOrg",
        "identifierUris": [f"api://{client_id}"],
        "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [scope]},
        "appRoles": roles,
    }


def before(call: Call, name: str, me: str | None) -> dict[str, str]:
    """The application with its roles, and who holds them. Answers its two ids."""
    found = call("GET", f"/applications?$filter=displayName eq '{name}'")["value"]
    if len(found) > 1:
        raise SystemExit(f"entra.py: there are {len(found)} applications named {name}; delete or rename all but one")
    app = found[0] if found else call("POST", "/applications", {"displayName": name})
    call("PATCH", f"/applications/{app['id']}", wanted(app["appId"]))
    allowed = [{"appId": COMMAND_LINE, "delegatedPermissionIds": [stable("user_impersonation")]}]
    api = {**wanted(app["appId"])["api"], "preAuthorizedApplications": allowed}
    call("PATCH", f"/applications/{app['id']}", {"api": api})
    ours = _principal(call, app["appId"])
    _give(call, f"/servicePrincipals/{_principal(call, ACTION_GROUPS)}", ours, "ActionGroupsSecureWebhook")
    for role in ("NotBefore.Act", "NotBefore.Signal") if me else ():
        _give(call, f"/users/{me}", ours, role)
    return {"NOTBEFORE_CLIENT_ID": app["appId"], "NOTBEFORE_OBJECT_ID": app["id"]}


def after(call: Call, object_id: str, url: str, principal: str, tenant: str) -> None:
    """People come back to the app when they have signed in; the app proves itself by its identity."""
    web = {
        "redirectUris": [f"{url}/.auth/login/aad/callback"],
        "implicitGrantSettings": {"enableIdTokenIssuance": True},
    }
    call("PATCH", f"/applications/{object_id}", {"web": web})
    trust = {
        "name": "notbefore",
        "issuer": f"https://login.microsoftonline.com/{tenant}/v2.0",
        "subject": principal,
        "audiences": ["api://AzureADTokenExchange"],
    }
    known = call("GET", f"/applications/{object_id}/federatedIdentityCredentials")["value"]
    ours = next((one for one in known if one["name"] == trust["name"]), None)
    where = f"/applications/{object_id}/federatedIdentityCredentials"
    if ours is None:
        call("POST", where, trust)
    else:
        call("PATCH", f"{where}/{ours['id']}", {key: value for key, value in trust.items() if key != "name"})


def own(call: Call, object_id: str, principal: str) -> None:
    """Who makes an action group that calls us must own the application: a pipeline, or the policies."""
    owners = call("GET", f"/applications/{object_id}/owners")["value"]
    if not any(one["id"] == principal for one in owners):
        reference = {"@odata.id": f"{GRAPH}/directoryObjects/{principal}"}
        call("POST", f"/applications/{object_id}/owners/$ref", reference)


def _principal(call: Call, app_id: str) -> str:
    found = call("GET", f"/servicePrincipals?$filter=appId eq '{app_id}'")["value"]
    one = found[0] if found else call("POST", "/servicePrincipals", {"appId": app_id})
    return str(one["id"])


def _give(call: Call, who: str, resource: str, role: str) -> None:
    held = call("GET", f"{who}/appRoleAssignments")["value"]
    if not any(one["resourceId"] == resource and one["appRoleId"] == stable(role) for one in held):
        principal = who.rsplit("/", 1)[1]
        call(
            "POST",
            f"{who}/appRoleAssignments",
            {"principalId": principal, "resourceId": resource, "appRoleId": stable(role)},
        )


def graph(method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 # whatever Graph answers
    """One call by the Azure CLI, which is signed in. Ends the program with its words when it fails."""
    command = ["rest", "--method", method, "--url", GRAPH + path, "--headers", "Content-Type=application/json"]
    with tempfile.TemporaryDirectory() as folder:
        if body is not None:
            file = Path(folder) / "body.json"
            file.write_text(json.dumps(body), encoding="utf-8")
            command += ["--body", f"@{file}"]
        said = _run("az", *command)
    return json.loads(said) if said.strip() else {}


def _run(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise SystemExit(f"entra.py: {program} is not here; install it and sign in with `{program} login`")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"entra.py: {program} {' '.join(arguments[:5])}: {done.stderr.strip()[:800]}")
    return done.stdout


def _me() -> str | None:
    """The person who is signed in; None for a pipeline."""
    account = json.loads(_run("az", "account", "show", "--output", "json"))
    if account["user"]["type"] != "user":
        return None
    return _run("az", "ad", "signed-in-user", "show", "--query", "id", "--output", "tsv").strip()


def _keep(values: dict[str, str]) -> None:
    for name, value in values.items():
        print(f"{name}={value}")
        if os.environ.get("AZURE_ENV_NAME") and shutil.which("azd"):
            _run("azd", "env", "set", name, value)


def _of_the_environment(*names: str) -> tuple[str, ...]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"entra.py: set {', '.join(missing)}: the outputs of the deployment say what")
    return tuple(os.environ[name] for name in names)


def main(arguments: list[str]) -> int:
    """The exit status."""
    if arguments == ["before"]:
        _keep(before(graph, f"notbefore-{os.environ.get('AZURE_ENV_NAME', 'notbefore')}", _me()))
        return 0
    if arguments == ["after"]:
        object_id, url, principal = _of_the_environment("NOTBEFORE_OBJECT_ID", "NOTBEFORE_URL", "NOTBEFORE_PRINCIPAL")
        tenant = json.loads(_run("az", "account", "show", "--output", "json"))["tenantId"]
        after(graph, object_id, url, principal, tenant)
        _keep({"NOTBEFORE_NEW_SIGNING_KEY": "false"})
        return 0
    if arguments[:1] == ["owner"] and len(arguments) == 2:  # noqa: PLR2004 # the word and the id
        (object_id,) = _of_the_environment("NOTBEFORE_OBJECT_ID")
        own(graph, object_id, arguments[1])
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
