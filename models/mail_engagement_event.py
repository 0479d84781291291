from odoo import api, fields, models
from odoo.fields import Domain

TYPES = [
    ("open", "Opened"),
    ("click", "Link clicked"),
    ("attachment", "Attachment viewed"),
    ("reply", "Replied"),
]
VERDICTS = [
    ("human", "A person"),
    ("machine", "A machine"),
    ("unknown", "Unknown"),
    ("self", "The sender"),
]


class MailEngagementEvent(models.Model):
    """Something that happened to a sent mail: an edge saw a request, or a reply came in.

    Only ever inserted on the hot path; ``verdict`` stays empty until the summary judges all
    observations of a recipient's mail together, and may change with later evidence.
    """

    _name = "mail.engagement.event"
    _description = "Engagement Event"
    _inherit = ["mail.engagement.access.mixin"]
    _order = "occurred_at DESC, id DESC"
    _rec_name = "type"
    _log_access = False

    uid = fields.Char("Identifier", required=True, readonly=True)
    mail_uid = fields.Char("Mail", required=True, readonly=True)
    tracking_id = fields.Many2one("mail.engagement.tracking", "Recipient", ondelete="cascade")
    link_id = fields.Many2one(
        "mail.engagement.link", "Link", ondelete="set null", index="btree_not_null"
    )
    link_ref = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    type = fields.Selection(TYPES, required=True, readonly=True)
    occurred_at = fields.Datetime("When", required=True, readonly=True, index=True)
    sent_at = fields.Datetime(readonly=True, help="What the token says.")
    repeat_count = fields.Integer("Times", default=1, readonly=True)
    verdict = fields.Selection(VERDICTS)
    reason = fields.Char(help="A code, worded at display.")
    reason_params = fields.Json()
    reason_text = fields.Char("Why", compute="_compute_reason_text")
    verdict_by = fields.Selection([("rule", "Rule"), ("user", "Corrected")], default="rule")
    method = fields.Char(readonly=True)
    policy = fields.Integer(readonly=True)
    agent_class = fields.Char(readonly=True)
    agent_name = fields.Char(readonly=True)
    network_class = fields.Char(readonly=True)
    network_name = fields.Char(readonly=True)
    hints = fields.Char(readonly=True)
    source = fields.Integer(readonly=True, help="Tells two networks apart, gives no address back.")
    device_type = fields.Selection(
        [
            ("desktop", "Computer"),
            ("mobile", "Phone"),
            ("tablet", "Tablet"),
            ("other", "Other"),
        ],
        "Device",
        readonly=True,
    )
    client = fields.Char(readonly=True)
    os = fields.Char("System", readonly=True)
    country_id = fields.Many2one("res.country", "Country", readonly=True)
    city = fields.Char(readonly=True)
    ip = fields.Char("IP Address", readonly=True, groups="mail_engagement.group_manager")
    user_agent = fields.Char(readonly=True, groups="mail_engagement.group_manager")

    _uid_unique = models.UniqueIndex("(uid)", "An event is stored once.")
    _tracking_idx = models.Index("(tracking_id, occurred_at)")
    _pending_idx = models.Index("(mail_uid) WHERE verdict IS NULL")

    @api.model
    def _engagement_access_domain(self):
        """An event is read by whoever may read its mail."""
        return Domain("tracking_id", "any!", self.env["mail.engagement.tracking"]._search([]))
