"""A file of parameters before anything is created: what Bicep demands of it, and what Bicep cannot know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from notbefore.config.report import ENV
from notbefore.doctor.bicepparam import Demand, Expression, Given, Lookup, read_demands, read_parameters
from notbefore.doctor.finding import Finding, good, not_checked, wrong
from notbefore.errors import ConfigError

_REGION = "location"
_SETTINGS, _SECRETS = "moreSettings", "secretSettings"
_ASK = "az functionapp list-flexconsumption-locations says which regions have Flex Consumption today"
_LOOKS_SECRET = ("SECRET", "KEY", "TOKEN", "PASSWORD", "SMTP", "ACS")


def parameters(file: Path, routes: Path, lookup: Lookup) -> Iterator[Finding]:
    """A finding for each parameter that is wrong, and one for each thing looked at as a whole. Never raises for them.

    `routes`: the routing file that is deployed with it.
    """
    try:
        read = read_parameters(file.read_text(encoding="utf-8"), str(file), lookup)
        bicep = file.parent / read.using
        demands = read_demands(bicep.read_text(encoding="utf-8"), str(bicep))
    except ConfigError as error:
        yield wrong("parameters", str(error), "mend the line")
        return
    except (OSError, UnicodeDecodeError) as problem:
        yield wrong("parameters", f"a file cannot be read: {problem}", "name the .bicepparam file beside its .bicep")
        return
    found = [*_demanded(read.given, demands, str(file)), *_twice(read.given, str(file))]
    yield from found
    if not any(one.state == "wrong" for one in found):
        yield good("parameters", f"{len(read.given)} given, all as {bicep.name} demands")
    if _SECRETS in demands:  # it deploys the app, and not what leads to it
        yield _region(read.given)
        yield from _routing(routes, read.given, str(file))


def _demanded(given: Mapping[str, Given], demands: Mapping[str, Demand], file: str) -> Iterator[Finding]:
    for name, one in given.items():
        where = f"{file}:{one.line}: {name}"
        if name not in demands:
            yield wrong(where, "the Bicep file has no such parameter", f"it has {', '.join(sorted(demands))}")
        elif isinstance(one.value, Expression):
            yield not_checked(where, f"{one.value.text} is computed when it is deployed")
        elif problem := _problem(one.value, demands[name].rules):
            yield wrong(where, problem, f"look at `param {name}` in the Bicep file")
    for name, demand in demands.items():
        if demand.needed and name not in given:
            yield wrong(f"{file}: {name}", "it is missing, and has no default", f"param {name} = …")


def _problem(value: Any, rules: Mapping[str, Any]) -> str:  # noqa: ANN401 - whatever JSON holds
    """Which of Bicep's own rules the value breaks; its text is not repeated, lest it be a secret."""
    allowed = rules.get("allowed")
    if isinstance(allowed, list) and value not in allowed:
        return f"not one of {', '.join(map(str, allowed))}"
    size = len(value) if isinstance(value, str | list) else None
    if size is not None and size < rules.get("minLength", 0):
        return f"shorter than {rules['minLength']}"
    if size is not None and size > rules.get("maxLength", size):
        return f"longer than {rules['maxLength']}"
    if isinstance(value, int) and not rules.get("minValue", value) <= value <= rules.get("maxValue", value):
        return f"not from {rules.get('minValue', '…')} to {rules.get('maxValue', '…')}"
    return ""


def _twice(given: Mapping[str, Given], file: str) -> Iterator[Finding]:
    """A subscription, a machine or an address named twice: without regard to case, as Azure compares them."""
    for name, one in given.items():
        texts = (
            [str(item).lower() for item in one.value if isinstance(item, str)] if isinstance(one.value, list) else []
        )
        for text, count in Counter(texts).items():
            if count > 1:
                yield wrong(f"{file}:{one.line}: {name}", f"{text} is there {count} times", "once is enough")


def _region(given: Mapping[str, Given]) -> Finding:
    """Bicep's list is of the day it was written; Azure's own is asked by a person."""
    one = given.get(_REGION)
    return not_checked("region", f"{one.value if one else 'not given'}: {_ASK}")


def _routing(routes: Path, given: Mapping[str, Given], file: str) -> Iterator[Finding]:
    """Each secret that the routing file names is a setting, and none of them stands here in clear."""
    try:
        names = set(ENV.findall(routes.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        names = set()
    secrets, plain = _value(given, _SECRETS, list), _value(given, _SETTINGS, dict)
    for name in sorted(names - set(secrets) - set(plain)):
        advice = f"put its value into the vault and name it in `{_SECRETS}`"
        yield wrong(f"{file}: {_SECRETS}", f"the routing file names ${{env:{name}}}, no setting has it", advice)
    for name in sorted(plain):
        if any(part in name.upper() for part in _LOOKS_SECRET):
            yield wrong(f"{file}: {_SETTINGS}", f"{name} looks like a secret, and this file is read by many",
                        f"put it into the vault and name it in `{_SECRETS}`")  # fmt: skip


def _value(given: Mapping[str, Given], name: str, kind: type) -> Any:  # noqa: ANN401 - a list or an object
    value = given[name].value if name in given else None
    return value if isinstance(value, kind) else kind()
