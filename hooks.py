import logging

_logger = logging.getLogger(__name__)


def uninstall_hook(env):
    """Leave no trace: the copies of followed files are nobody else's to delete."""
    files = env["ir.attachment"].with_context(active_test=False)
    files.search([("res_model", "=", "mail.engagement.link")]).unlink()
    _logger.warning(
        "Email Engagement is removed: followed links and files in e-mails that were sent through "
        "Odoo's own edge lead nowhere from now on."
    )
