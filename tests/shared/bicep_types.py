"""A resource held against Azure's own types: `types.json` of a clone of Azure/bicep-types-az.

Of expressions only the branches of a condition, the parts of a union and the bodies of loops are looked into.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bicep import keys
from pycep.models import BicepElement

_REQUIRED, _READ_ONLY = 1, 2
_OF_BICEP = frozenset({"parent", "scope", "dependsOn"})
_EXPRESSION = ("function", "operator", "loop_type")
_PLAIN = {"BooleanType": bool, "IntegerType": int, "StringType": str}
Type = Mapping[str, Any]


class Known(NamedTuple):
    """The types of one file, and the one that is meant."""

    types: list[Type]
    body: Type

    def at(self, reference: Mapping[str, str]) -> Known:
        """Another of the same file."""
        return Known(self.types, self.types[int(reference["$ref"].rsplit("/", 1)[1])])


@cache
def _file(path: Path) -> list[Type]:
    found: list[Type] = json.loads(path.read_text(encoding="utf-8"))
    return found


def known(clone: Path, kind: str, version: str) -> Known | None:
    """The type of a resource in that version; None when there is none."""
    provider = kind.split("/", 1)[0].lower()
    for path in sorted((clone / "generated").glob(f"*/{provider}/{version.lower()}/types.json")):
        types = _file(path)
        for one in types:
            if one["$type"] == "ResourceType" and one["name"].lower() == f"{kind}@{version}".lower():
                return Known(types, one).at(one["body"])
    return None


def problems(tree: Any, wanted: Known, path: str = "$", *, whole: bool = True) -> Iterator[str]:  # noqa: ANN401 # any tree
    """What Azure's type does not have, or wants and does not get. `whole`: it is no part of a union."""
    if isinstance(tree, BicepElement) or tree is None:
        return
    if isinstance(tree, Mapping) and any(isinstance(tree.get(key), Mapping) for key in _EXPRESSION):
        for part, is_whole in _parts(tree):
            inner = wanted.at(wanted.body["itemType"]) if "loop_type" in tree else wanted
            yield from problems(part, inner, path, whole=is_whole)
        return
    if isinstance(tree, Mapping) and wanted.body["$type"] in {"ObjectType", "DiscriminatedObjectType"}:
        yield from _object(tree, wanted, path, whole=whole)
    elif isinstance(tree, list) and wanted.body["$type"] == "ArrayType":
        for number, one in enumerate(tree):
            yield from problems(one, wanted.at(wanted.body["itemType"]), f"{path}[{number}]")
    else:
        yield from _value(tree, wanted, path)


def _value(tree: Any, wanted: Known, path: str) -> Iterator[str]:  # noqa: ANN401 # any value
    kind = wanted.body["$type"]
    if kind in {"UnionType", "StringLiteralType"} and isinstance(tree, str) and "${" not in tree:
        words = [wanted.at(one).body for one in wanted.body.get("elements", [])] or [wanted.body]
        if tree not in [one.get("value") for one in words]:
            yield f"{path}: {tree!r} is none of {[one.get('value') for one in words]}"
    elif kind in {"ArrayType", "ObjectType"} or (kind in _PLAIN and type(tree) is not _PLAIN[kind]):
        yield f"{path}: {tree!r} where {kind} is wanted"


def _parts(tree: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    if "loop_type" in tree:
        yield tree["config"], True
    elif tree.get("operator", {}).get("type") == "conditional":
        operands = tree["operator"]["operands"]
        yield from ((operands[branch], True) for branch in ("true_value", "false_value"))
    elif tree.get("function", {}).get("type") == "union":
        yield from ((part, False) for part in tree["function"]["parameters"].values())


def _object(tree: Mapping[str, Any], wanted: Known, path: str, *, whole: bool) -> Iterator[str]:
    body = wanted.body
    properties = dict(body.get("properties", body.get("baseProperties", {})))
    if "discriminator" in body:
        word = next((one for key, one in tree.items() if key.strip("'") == body["discriminator"]), None)
        if word not in body["elements"]:
            yield f"{path}: {word!r} is none of {sorted(body['elements'])}"
            return
        properties |= wanted.at(body["elements"][word]).body["properties"]
    for written, one in tree.items():
        key = written.strip("'")
        if path == "$" and key in _OF_BICEP:
            continue
        if key in properties:
            if properties[key]["flags"] & _READ_ONLY:
                yield f"{path}.{key}: read only"
            yield from problems(one, wanted.at(properties[key]["type"]), f"{path}.{key}")
        elif body.get("additionalProperties"):
            yield from problems(one, wanted.at(body["additionalProperties"]), f"{path}.{key}")
        else:
            yield f"{path}.{key}: there is no such property"
    if whole:
        needed = {key for key, one in properties.items() if one["flags"] & _REQUIRED} - {"apiVersion", "type"}
        yield from (f"{path}.{key}: it is wanted" for key in sorted(needed - keys(tree)))
