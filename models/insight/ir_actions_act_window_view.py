from odoo import fields, models


class IrActionsActWindowView(models.Model):
    """Lets an action open the heat map."""

    _inherit = "ir.actions.act_window.view"

    view_mode = fields.Selection(
        selection_add=[("engagement_heat", "Heat Map")], ondelete={"engagement_heat": "cascade"}
    )
