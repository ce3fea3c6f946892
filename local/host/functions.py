"""The functions of a `function_app.py`, as the programming model itself describes them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class LocalFunction:
    """One function: its bindings are those that Azure would read from its `function.json`."""

    name: str
    trigger: Mapping[str, Any]
    outputs: tuple[Mapping[str, Any], ...]
    call: Callable[..., Any]

    @property
    def kind(self) -> str:
        """The type of the trigger in lower case, such as `queuetrigger`."""
        return str(self.trigger["type"]).lower()


def load(path: Path) -> tuple[LocalFunction, ...]:
    """Imports the file and asks its FunctionApp, once, for all functions.

    Raises: whatever the import raises; LookupError when there is no FunctionApp in it.
    """
    from azure.functions import FunctionApp

    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise LookupError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    apps = [value for value in vars(module).values() if isinstance(value, FunctionApp)]
    if not apps:
        raise LookupError(f"{path} has no FunctionApp")
    # A second call of get_functions() on one app raises ValueError: it counts the same names again.
    return tuple(_local(function) for app in apps for function in app.get_functions())


def _local(function: Any) -> LocalFunction:  # noqa: ANN401 - the library publishes no type for it
    bindings = [json.loads(binding) for binding in function.get_raw_bindings()]
    return LocalFunction(
        name=function.get_function_name(),
        trigger=next(one for one in bindings if str(one["type"]).lower().endswith("trigger")),
        outputs=tuple(one for one in bindings if str(one["direction"]).lower() == "out"),
        call=function.get_user_function(),
    )
