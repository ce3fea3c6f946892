"""The policies for many subscriptions deploy templates that are whole, and the same that one subscription gets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bicep import INFRA, parsed, resources, texts, variable, walk
from bicep_values import value
from policy_templates import GIVEN, HERE, TEMPLATES, inner

from local.cache import ROOT

RULES: list[dict[str, Any]] = json.loads((INFRA / "alert-rules.json").read_text(encoding="utf-8"))
FUNCTIONS = {
    "concat",
    "field",
    "guid",
    "parameters",
    "reference",
    "resourceId",
    "subscription",
    "subscriptionResourceId",
}
FUNCTIONS |= {"uniqueString"}

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>\w+)|(?P<sign>[(),.]))")


ALL = pytest.mark.parametrize("found", TEMPLATES.values(), ids=TEMPLATES)


@ALL
def test_an_embedded_template_is_whole(found: Mapping[str, Any]) -> None:
    """Schema, version, and of each resource type, version and name; versions are of the list of facts."""
    known = (ROOT / "tests" / "infra" / "api-versions.txt").read_text(encoding="utf-8").splitlines()
    for one in inner(found):
        assert re.fullmatch(r"https://schema\.management\.azure\.com/schemas/[\d-]+/\w+\.json#", one["$schema"])
        assert one["contentVersion"] == "1.0.0.0"
        assert one["resources"]
        for resource in one["resources"]:
            assert resource["name"]
            assert f"{resource['type']}@{resource['apiVersion']}" in known


@ALL
def test_every_expression_in_a_template_parses(found: Mapping[str, Any]) -> None:
    """Calls of known functions, closed, and of parameters that the template has."""
    for one in inner(found):
        own = {**one, "resources": [{**each, "properties": _without_template(each)} for each in one["resources"]]}
        for text in (each for each in walk(own) if isinstance(each, str) and each.startswith("[")):
            assert text.endswith("]")
            called = expression(text[1:-1])
            asked = re.findall(r"parameters\('(\w+)'\)", text)
            assert called <= FUNCTIONS
            assert set(asked) <= set(one.get("parameters", {}))


def test_every_expression_in_a_policy_parses() -> None:
    """Those outside of the templates too: what is looked for, with which effect, and what the template is given."""
    seen = 0
    for file in sorted(HERE.glob("*.bicep")):
        for text in texts(parsed(file)):
            if text.startswith("["):
                filled = value(file, text, GIVEN)
                assert filled.endswith("]"), text
                assert expression(filled[1:-1]) <= FUNCTIONS
                seen += 1
    assert seen > 10


def test_a_policy_asks_for_parameters_that_it_has() -> None:
    """`parameters('…')` outside of the templates is a parameter of the policy."""
    alerts = parsed(HERE / "alerts.bicep")["modules"]["rulePolicy"]["config"]["params"]
    asked = {name for text in texts(alerts["existence"]) for name in re.findall(r"parameters\(\\'(\w+)\\'\)", text)}
    assert asked == set(alerts["parameters"]) == {"rule"}
    for file in ("subscription-policy.bicep", "agents.bicep"):
        (policy,) = [one for one in resources("Microsoft.Authorization/policyDefinitions") if one.file == HERE / file]
        rule = policy.body["properties"]["policyRule"]
        effect = value(HERE / file, rule["then"]["effect"], GIVEN)
        assert effect == "[parameters('effect')]"
        assert "effect" in str(policy.body["properties"]["parameters"])


def _without_template(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in resource.get("properties", {}).items() if key != "template"}


def expression(text: str) -> set[str]:
    """The functions that an ARM expression calls. Raises: ValueError when it is none."""
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"no expression at {at}: {text}")
        tokens.append((found.lastgroup, found[0].strip()))
        at = found.end()
    called: set[str] = set()
    rest = _term(tokens, called)
    if rest:
        raise ValueError(f"something is left over: {rest}")
    return called


def _term(tokens: list[tuple[str | None, str]], called: set[str]) -> list[tuple[str | None, str]]:
    (kind, word), *rest = tokens
    if kind == "name" and not word.isdecimal():
        if not rest or rest[0][1] != "(":
            raise ValueError(f"{word} is no call")
        called.add(word)
        rest = _arguments(rest[1:], called)
    elif kind == "sign":
        raise ValueError(f"{word} begins nothing")
    while len(rest) > 1 and rest[0][1] == "." and rest[1][0] == "name":
        rest = rest[2:]
    return rest


def _arguments(tokens: list[tuple[str | None, str]], called: set[str]) -> list[tuple[str | None, str]]:
    while tokens and tokens[0][1] != ")":
        tokens = _term(tokens, called)
        if tokens and tokens[0][1] == ",":
            tokens = tokens[1:]
            if not tokens or tokens[0][1] == ")":
                raise ValueError("an argument is missing")
        elif not tokens or tokens[0][1] != ")":
            raise ValueError("a call is not closed")
    if not tokens:
        raise ValueError("a call is not closed")
    return tokens[1:]


@pytest.mark.parametrize("text", ["concat('a'", "concat('a',)", "parameters", "'a' 'b'", "concat(,)", "a b()"])
def test_the_parser_of_expressions_refuses(text: str) -> None:
    """Else the test above could not fail."""
    with pytest.raises(ValueError, match=r"\w"):
        expression(text)


def group_contents() -> list[dict[str, Any]]:
    """What the policy for alerts puts into the group of a subscription."""
    (nested,) = [one for one in TEMPLATES["alerts"]["resources"] if one["type"] == "Microsoft.Resources/deployments"]
    found: list[dict[str, Any]] = nested["properties"]["template"]["resources"]
    return found


def test_a_subscription_gets_the_same_rules_by_policy_as_by_hand() -> None:
    """Names, conditions and description of every rule are those of the file that both read."""
    made = {one["name"]: one["properties"] for one in group_contents() if one["type"].endswith("activityLogAlerts")}
    assert set(made) == {f"notbefore-{rule['name']}" for rule in RULES}
    for rule in RULES:
        own = made[f"notbefore-{rule['name']}"]
        assert own["condition"] == {"allOf": rule["condition"]}
        assert own["description"] == rule["description"]
        assert own["scopes"] == ["[subscription().id]"]
    (by_hand,) = resources("Microsoft.Insights/activityLogAlerts")
    assert by_hand.body["name"] == "notbefore-${one.name}"


def test_a_subscription_gets_the_same_action_group_by_policy_as_by_hand() -> None:
    """Receivers and their flags; only where the values come from differs."""
    (made,) = [one for one in group_contents() if one["type"].endswith("actionGroups")]
    (by_hand,) = [one for one in resources("Microsoft.Insights/actionGroups") if one.file.name == "action-group.bicep"]
    own = value(by_hand.file, by_hand.body, {**GIVEN, "version": "unique", "tags": {}})
    assert own["properties"] == made["properties"]
    assert (own["name"], own["location"], own["tags"]) == (made["name"], made["location"], made["tags"])


def test_what_the_hub_has_by_hand_satisfies_the_policies() -> None:
    """The tag is made of the same values in both places, so the hub's subscription is not connected twice."""

    def version(file: Path) -> str:
        lines = file.read_text(encoding="utf-8").splitlines()
        return next(one for one in lines if one.startswith("var version"))

    assert version(HERE / "alerts.bicep") == version(INFRA / "modules" / "sources.bicep")


def test_the_initiative_has_every_rule_and_every_policy() -> None:
    """One reference a rule, so that a single deleted one comes back; each names a definition that is deployed."""
    file = HERE / "main.bicep"
    given = {"agentFiles": "https://x", "withAgents": True}
    references = [
        *value(file, variable(file, "ruleReferences"), given),
        *value(file, variable(file, "otherReferences"), given),
    ]
    names = [one["policyDefinitionReferenceId"] for one in references]
    assert len(names) == len(set(names))
    assert names[: len(RULES)] == [rule["name"] for rule in RULES]
    defined = {
        one["config"]["params"]["name"]
        for each in ("alerts.bicep", "activity-log.bicep")
        for one in parsed(HERE / each)["modules"].values()
    } | {"notbefore-agent"}
    assert {one["policyDefinitionId"].rsplit("/", 1)[1] for one in references} == defined


def test_the_role_of_the_policies_can_make_what_they_make_and_no_more() -> None:
    """Each type that a template deploys is written by an action; each action that writes is of such a type."""
    actions = set(variable(HERE / "role.bicep", "actions"))
    made = {one["type"] for found in TEMPLATES.values() for each in inner(found) for one in each["resources"]}
    made -= {"Microsoft.Authorization/roleAssignments"}
    renamed = {"Microsoft.Resources/resourceGroups": "Microsoft.Resources/subscriptions/resourceGroups"}
    types = {renamed.get(one, one) for one in made}
    writes = {one.rsplit("/", 1)[0] for one in actions if one.endswith(("/write", "/*"))}
    assert writes == types
    assert not any(one == "*" or one.startswith("Microsoft.Authorization") for one in actions)


def test_who_gives_roles_on_the_topic_may_give_one_role_only() -> None:
    """The condition names the sender's role for giving and for taking."""
    file = HERE / "topic-role.bicep"
    (gives,) = [one for one in resources("Microsoft.Authorization/roleAssignments") if one.file == file]
    condition = value(file, gives.body["properties"]["condition"], {})
    assert condition.count("GuidEquals {d5a91429-5739-47e2-a06b-3470a27159e7}") == 2
    assert condition.count("(") == condition.count(")")
