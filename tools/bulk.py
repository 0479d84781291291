"""Tables and columns within one statement."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from odoo.tools import SQL


def rows_sql(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> SQL:
    """A table expression with these rows, for ``FROM``.

    One JSON text for each column: psycopg2 writes lists value by value, and PostgreSQL plans
    thousands of literals; together a third of what inserting an event takes.

    :param columns: name → SQL type
    :param rows: sequences of None, str, int, or what else JSON knows
    """
    values: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    return SQL(
        "(SELECT %s FROM ROWS FROM (%s) AS texts(%s))",
        SQL(", ").join(
            SQL("%s::%s", SQL.identifier(name), SQL(kind)) for name, kind in columns.items()
        ),
        SQL(", ").join(
            SQL("json_array_elements_text(%s)", json.dumps(column)) for column in values
        ),
        SQL(", ").join(map(SQL.identifier, columns)),
    )


def columns_sql(columns: Mapping[str, SQL]) -> SQL:
    """:param columns: name → what it is
    :return: them, for ``SELECT``
    """
    return SQL(", ").join(
        SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items()
    )
