from odoo import api, fields, models

from .mail_engagement_event import TYPES, VERDICTS


class MailEngagementCorrection(models.Model):
    """Somebody knew better than the rules: who, when, and what the rules had said.

    Kept when it is undone, and when the event is purged: it shows which rule errs where.
    """

    _name = "mail.engagement.correction"
    _description = "Engagement Correction"
    _order = "date DESC, id DESC"
    _rec_name = "reason"
    _log_access = False

    event_id = fields.Many2one(
        "mail.engagement.event", index="btree_not_null", ondelete="set null", readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one("res.users", "By", required=True, ondelete="restrict", readonly=True)
    date = fields.Datetime("When", required=True, readonly=True)
    type = fields.Selection(TYPES, required=True, readonly=True)
    verdict_before = fields.Selection(VERDICTS, "Rule's Verdict", readonly=True)
    verdict = fields.Selection(VERDICTS, "Corrected To", required=True, readonly=True)
    reason = fields.Selection(
        "_selection_reason", "Rule", readonly=True, help="The rule that was corrected."
    )
    network_name = fields.Char("Network", readonly=True)
    agent_name = fields.Char("Agent", readonly=True)
    undone_at = fields.Datetime("Undone", readonly=True)
    undone_by_id = fields.Many2one("res.users", "Undone By", ondelete="restrict", readonly=True)

    @api.model
    def _selection_reason(self):
        """The judge's reasons in words, what they name left open."""
        blanks = {"name": "…", "network": "…", "seconds": "…", "count": "…", "user": "…"}
        texts = self.env["mail.engagement.event"]._engagement_reasons()
        return [(code, text % blanks) for code, text in texts.items()]
