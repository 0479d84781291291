from odoo import models
from odoo.tools import SQL

# The sign in an address, as it is or as URLs have it. Few links hold one.
HOLDS_ADDRESS = SQL(
    """(strpos(COALESCE(url, '') || COALESCE(label, ''), '@') > 0
        OR strpos(COALESCE(url, '') || COALESCE(label, ''), chr(37) || '40') > 0)"""
)


class MailEngagementLink(models.Model):
    """Finds links that name a person, for an erasure."""

    _inherit = "mail.engagement.link"

    _named_idx = models.Index(f"(id) WHERE {HOLDS_ADDRESS.code}")
