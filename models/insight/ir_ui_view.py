from odoo import fields, models


class IrUiView(models.Model):
    """A kind of view of its own: weekdays × hours, the busier the darker."""

    _inherit = "ir.ui.view"

    type = fields.Selection(selection_add=[("engagement_heat", "Heat Map")])

    def _get_view_info(self):
        return {"engagement_heat": {"icon": "fa fa-th"}} | super()._get_view_info()
