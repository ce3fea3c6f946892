"""Columns and rows, as Azure Monitor Logs and Resource Graph answer, to one dict a row."""

from __future__ import annotations

from notbefore.envelopes.record import Context, Inside, Opened
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, text_of, unwrapped


def is_table(fields: Fields) -> bool:
    """Columns and rows in one object."""
    return fields.has("columns", "rows")


def open_table(fields: Fields, context: Context) -> list[Opened]:
    """One dict a row, in order. A row shorter than its columns is malformed and spoils only itself."""
    columns, rows = unwrapped(fields.get("columns")), unwrapped(fields.get("rows"))
    if not isinstance(columns, list):
        return [MalformedSignal(fields.at("columns"), "not a list of columns")]
    if rows is None:
        return []
    if not isinstance(rows, list):
        return [MalformedSignal(fields.at("rows"), "not a list of rows")]
    names = [_column(column) for column in columns]
    dynamic = [at for at, column in enumerate(columns) if _type(column) == "dynamic"]
    name = fields.text("name", "TableName") or ""
    inner = context.within(table="" if name == "PrimaryResult" else name)
    path = fields.at("rows")
    return [_row(_bare(row, dynamic), names, f"{path}[{index}]", inner) for index, row in enumerate(rows)]


def _column(column: object) -> str:
    if isinstance(column, dict):
        return Fields(column).text("name", "ColumnName") or ""
    return text_of(column) or ""


def _type(column: object) -> str:
    return Fields(column).word("type", "ColumnType") if isinstance(column, dict) else ""


def _bare(row: object, dynamic: list[int]) -> object:
    """The row with texts of dynamic columns out of the quotes in which some queries leave them."""
    if not dynamic or not isinstance(row, list):
        return row
    return [unwrapped(value) if at in dynamic and str(value)[:1] == '"' else value for at, value in enumerate(row)]


def _row(row: object, names: list[str], path: str, context: Context) -> Opened:
    if isinstance(row, dict):
        return Inside(row, path, context)
    if not isinstance(row, list):
        return MalformedSignal(path, "a row that is no list")
    if len(row) < len(names):
        return MalformedSignal(path, f"a row of {len(row)} values under {len(names)} columns")
    return Inside(dict(zip(names, row, strict=False)), path, context)
