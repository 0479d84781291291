import logging

from odoo.http import request
from odoo.tools import SQL

from .tools.access_log import keep_tokens_out

_logger = logging.getLogger(__name__)


def post_load():
    """In each process, before anything is asked for."""
    keep_tokens_out()


def _forget_foreign_keys(env):
    """Odoo deletes those of fields in others' models, and leaves its notes on them."""
    env.cr.execute(
        """DELETE FROM ir_model_constraint
            WHERE type = 'f'
              AND module = (SELECT id FROM ir_module_module WHERE name = 'mail_engagement')"""
    )


def _restore_descriptions(env):
    """Odoo describes a model by the docstring of the last class that has one, and does not look
    again at models that only inherit from one that was extended."""
    for model in env["ir.model"].search([("info", "!=", False)]):
        classes = type(env[model.model]).mro() if model.model in env else []
        ours = {cls.__doc__ for cls in classes if ".mail_engagement." in cls.__module__}
        if model.info in ours:
            model.info = next(cls.__doc__ for cls in classes if {cls.__doc__} - ours - {None})


def post_init_hook(env):
    """Whoever installs from the Apps menu stands on the set-up page next.

    Nobody does after a command line, and what is left open there would come up when some other
    app is installed.
    """
    if request:
        env.ref("mail_engagement.mail_engagement_setup_todo").action_open()


def uninstall_hook(env):
    """Leave no trace: the copies of followed files are nobody else's to delete."""
    files = env["ir.attachment"].with_context(active_test=False)
    files.search([("res_model", "=", "mail.engagement.link")]).unlink()
    # For each addon that extends a parent of ours, Odoo notes that it extends ours, and leaves it.
    noted = [
        ("model", "=", "ir.model.inherit"),
        ("name", "=like", "model_inherit__mail_engagement%"),
    ]
    env["ir.model.data"].search(noted).unlink()
    # What notes days; their triggers go with them.
    for name in ("mail_engagement_note_days", "mail_engagement_note_lead"):
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(name)))
    _forget_foreign_keys(env)
    _restore_descriptions(env)
    _logger.warning(
        "Email Engagement is removed: followed links and files in e-mails that were sent through "
        "Odoo's own edge lead nowhere from now on."
    )
