"""One bad item among many costs itself only."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg2

_Done = TypeVar("_Done")


def apart(
    cr: Any,
    items: Sequence[Any],
    work: Callable[[Any], _Done],
    spoiled: Callable[[Any, Exception], None],
) -> list[_Done]:
    """Do ``work(items)``; where that fails, halves of them, until what fails stands alone.

    Each attempt has a savepoint. What no item is to blame for is raised: a lost connection, two
    transactions at once, a full disk, a column that is not there.

    :param cr: an odoo.sql_db.Cursor
    :param items: a sequence, or a recordset
    :param work: function of a part of the items
    :param spoiled: function of one item (a part with one in it) and its error, called after the
        savepoint was undone
    :return: what those calls of ``work`` returned that did not fail
    """
    if not items:
        return []
    try:
        with cr.savepoint():
            return [work(items)]
    except Exception as error:
        if not _is_an_items(error):
            raise
        if len(items) == 1:
            spoiled(items, error)
            return []
    middle = len(items) // 2
    return [
        *apart(cr, items[:middle], work, spoiled),
        *apart(cr, items[middle:], work, spoiled),
    ]


def _is_an_items(error: Exception) -> bool:
    if isinstance(error, psycopg2.Error):
        return isinstance(error, (psycopg2.DataError, psycopg2.IntegrityError))
    return not isinstance(error, MemoryError)
