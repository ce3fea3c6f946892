"""Bytes → YAML nodes with their lines, before anything is understood. Hostile files end here, as mistakes.

Nodes, not plain values: the line of every value is kept, and so is whether a text was quoted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notbefore.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from yaml import Mark, MarkedYAMLError, Node

LARGEST = 4 * 1024 * 1024
"""Bytes; ten thousand routes are one."""
_DEEPEST = 64
_MOST_NODES = 2_000_000
"""With aliases followed: a bomb is small in bytes and large here."""


def compose(content: bytes, file: str) -> Node:
    """The root node, a mapping. Raises: ConfigError, one mistake: nothing after it can be trusted."""
    import yaml

    text = _decoded(content, file)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError((_of_yaml(error, text, file),)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError((Mistake(file, line, "a character that YAML does not allow"),)) from error
    except RecursionError as error:
        raise ConfigError((Mistake(file, 1, "is nested too deeply"),)) from error
    if not isinstance(root, yaml.MappingNode):
        line = root.start_mark.line + 1 if root else 1
        raise ConfigError((Mistake(file, line, "a mapping is wanted here", "begin with `version: 1`"),))
    _Weight(file).of(root, 0)
    return root


def _decoded(content: bytes, file: str) -> str:
    if len(content) > LARGEST:
        raise ConfigError((Mistake(file, 1, f"the file is larger than {LARGEST // 1024 // 1024} MiB"),))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError((Mistake(file, line, "is not UTF-8 text"),)) from error


def _of_yaml(error: MarkedYAMLError, text: str, file: str) -> Mistake:
    """YAML's own words are for those who wrote its parser; the frequent ones are said plainly."""
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context or "is not YAML")
    advice = ""
    if "another document" in problem:
        problem, advice = "a second document begins", "one file is one document; remove the `---`"
    elif "tab character" in problem or _stands_on_a_tab(text, mark):
        problem, advice = "a tab", "indent with blanks"
    elif "nesting depth" in problem:
        problem = "is nested too deeply"
    last = max(len(text.splitlines()), 1)  # what is missing at the end is missing in the last line
    return Mistake(file, min(mark.line + 1, last) if mark else 0, problem, advice)


def _stands_on_a_tab(text: str, mark: Mark | None) -> bool:
    lines = text.splitlines()
    return mark is not None and mark.line < len(lines) and lines[mark.line][mark.column :].startswith("\t")


class _Weight:
    """How many nodes a file is with its aliases followed; each node is weighed once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._known: dict[int, int] = {}

    def of(self, node: Node, depth: int) -> int:
        """The weight of a node. Raises: ConfigError for a cycle, a bomb, or an abyss."""
        known = self._known.get(id(node))
        if known == 0:
            raise self._mistake(node, "an alias to what it lies in itself")
        if known:
            return known
        if depth > _DEEPEST:
            raise self._mistake(node, "is nested too deeply")
        self._known[id(node)] = 0
        weight = 1 + sum(self.of(child, depth + 1) for child in _children(node))
        if weight > _MOST_NODES:
            raise self._mistake(node, "aliases that unfold to more than a file can hold")
        self._known[id(node)] = weight
        return weight

    def _mistake(self, node: Node, problem: str) -> ConfigError:
        return ConfigError((Mistake(self._file, node.start_mark.line + 1, problem),))


def _children(node: Node) -> list[Node]:
    if isinstance(node.value, str):
        return []
    return [part for child in node.value for part in (child if isinstance(child, tuple) else (child,))]
