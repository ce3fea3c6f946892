"""What a Bicep variable becomes: names resolved, loops run, `${…}` filled in, as far as our files need it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bicep import parsed
from pycep.models import BicepElement

_HOLE = re.compile(r"(?<!\\)\$\{(\w+(?:\.\w+)*)\}")
Names = Mapping[str, Any]


def value(file: Path, tree: Any, given: Names) -> Any:  # noqa: ANN401 # any value
    """The value of an expression of that file. `given` are parameters. Raises: LookupError for what is not known."""
    match tree:
        case BicepElement():
            found = _named(file, str(tree), given)
        case str():
            filled = _HOLE.sub(lambda hole: str(_named(file, hole[1], given)), tree)
            found = filled.replace("\\'", "'").replace("\\$", "$")
        case list():
            found = [value(file, one, given) for one in tree]
        case {"loop_type": {"detail": detail}, "config": config}:
            over = value(file, detail["array_name"], given)
            found = [value(file, config, {**given, str(detail["item_name"]): one}) for one in over]
        case {"function": call}:
            found = _function(file, call, given)
        case {"operator": operator}:
            found = _operator(file, operator, given)
        case Mapping():
            found = {str(key).strip("'"): value(file, one, given) for key, one in tree.items()}
        case _:
            found = tree
    return found


def _named(file: Path, name: str, given: Names) -> Any:  # noqa: ANN401 # any value
    first, *rest = name.split(".")
    found = given[first] if first in given else value(file, parsed(file)["variables"][first]["value"], given)
    for key in rest:
        found = found[key]
    return found


def _function(file: Path, call: Mapping[str, Any], given: Names) -> Any:  # noqa: ANN401 # any value
    parts = {key: value(file, one, given) for key, one in call.get("parameters", {}).items() if one is not None}
    kind = str(call["type"])
    if kind not in _FUNCTIONS:
        raise LookupError(f"{file.name}: {kind}() is not known here")
    return _FUNCTIONS[kind](file, *parts.values())


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "load_json_content": lambda file, path: json.loads((file.parent / path).read_text(encoding="utf-8")),
    "load_text_content": lambda file, path: (file.parent / path).read_text(encoding="utf-8"),
    "concat": lambda _, *parts: [one for part in parts for one in part],
    "union": lambda _, *parts: {key: one for part in parts for key, one in part.items()},
    "split": lambda _, text, sign: text.split(sign),
    "last": lambda _, parts: parts[-1],
    "empty": lambda _, what: not what,
    "unique_string": lambda *_: "unique",
    "tenant": lambda *_: {"tenantId": "tenant"},
    "management_group": lambda *_: {"id": "/providers/Microsoft.Management/managementGroups/m"},
}


def _operator(file: Path, tree: Mapping[str, Any], given: Names) -> Any:  # noqa: ANN401 # any value
    parts = tree["operands"]
    match tree["type"]:
        case "property_accessor":
            return value(file, parts["operand_1"], given)[str(parts["operand_2"])]
        case "index_accessor":
            return value(file, parts["operand_1"], given)[parts["operand_2"]]
        case "conditional":
            chosen = "true_value" if value(file, parts["condition"], given) else "false_value"
            return value(file, parts[chosen], given)
        case "add":
            return value(file, parts["operand_1"], given) + value(file, parts["operand_2"], given)
        case other:
            raise LookupError(f"{file.name}: the operator {other} is not known here")
