import logging

from .tools.access_log import keep_tokens_out

_logger = logging.getLogger(__name__)


def post_load():
    """In each process, before anything is asked for."""
    keep_tokens_out()


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
    _logger.warning(
        "Email Engagement is removed: followed links and files in e-mails that were sent through "
        "Odoo's own edge lead nowhere from now on."
    )
