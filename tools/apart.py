"""One bad item among many costs itself only."""

import psycopg2


def apart(cr, items, work, spoiled):
    """Do ``work(items)``; where that fails, halves of them, until what fails stands alone.

    Each attempt has a savepoint. What no item is to blame for is raised: a lost connection, two
    transactions at once, a full disk, a column that is not there.

    :param odoo.sql_db.Cursor cr:
    :param items: sequence or recordset
    :param work: function of a part of the items
    :param spoiled: function of one item (a part with one in it) and its error, called after the
        savepoint was undone
    :return: what those calls of ``work`` returned that did not fail
    :rtype: list
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


def _is_an_items(error):
    if isinstance(error, psycopg2.Error):
        return isinstance(error, (psycopg2.DataError, psycopg2.IntegrityError))
    return not isinstance(error, MemoryError)
