from odoo import models
from odoo.exceptions import AccessError


class ResUsers(models.Model):
    """Who may set Email Engagement up."""

    _inherit = "res.users"

    def _engagement_check_administrator(self):
        """
        :raises AccessError: unless they administrate this Odoo
        """
        if not self._is_system():
            raise AccessError(self.env._("Only system administrators set this up."))
