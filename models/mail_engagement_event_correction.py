from odoo import api, fields, models
from odoo.exceptions import UserError

CORRECTED = ("human", "machine", "self")


class MailEngagementEvent(models.Model):
    _inherit = "mail.engagement.event"

    correction_id = fields.Many2one(
        "mail.engagement.correction",
        "Correction",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def engagement_correct(self, verdict):
        """Somebody knows better than the rules: "Not a person", "That was a person", "That was
        me". Kept with who and when; counts and states follow at once.

        :param str verdict: ``human``, ``machine`` or ``self``
        :raises UserError: for another verdict
        :raises AccessError: for events of mails that the user may not read
        """
        self.check_access("read")
        if verdict not in CORRECTED:
            raise UserError(self.env._("An event can be a person's, a machine's or your own."))
        # sudo: events are written by the rules, and by nobody but through these two methods.
        events = self.sudo().filtered(lambda event: event.verdict != verdict)
        for event in events:
            event._engagement_end_correction()
            event.write(
                {
                    "correction_id": self.env["mail.engagement.correction"]
                    .sudo()
                    .create(event._engagement_correction_values(self.env.user, verdict))
                    .id,
                    "verdict": verdict,
                    "verdict_by": "user",
                    "reason": "corrected",
                    "reason_params": False,
                }
            )
        events._engagement_after_correction()

    def engagement_undo_correction(self):
        """Let the rules decide again.

        :raises AccessError: for events of mails that the user may not read
        """
        self.check_access("read")
        # sudo: as above.
        events = self.sudo().filtered(lambda event: event.verdict_by == "user")
        events._engagement_end_correction()
        events.write({"verdict": False, "verdict_by": "rule", "correction_id": False})
        events._engagement_after_correction()

    def _engagement_correction_values(self, user, verdict):
        before = self.correction_id if self.verdict_by == "user" else self
        return {
            "event_id": self.id,
            "company_id": self.company_id.id,
            "user_id": user.id,
            "date": fields.Datetime.now(),
            "type": self.type,
            # What the rules had said, also when somebody corrected it before.
            "verdict_before": before.verdict_before if before != self else self.verdict,
            "verdict": verdict,
            "reason": before.reason,
            "network_name": self.network_name,
            "agent_name": self.agent_name,
        }

    def _engagement_end_correction(self):
        self.correction_id.write({"undone_at": fields.Datetime.now(), "undone_by_id": self.env.uid})

    def _engagement_after_correction(self):
        """Judge what is open again, recount, and show it."""
        if not self:
            return
        self.env.flush_all()
        trackings = self.tracking_id
        news = trackings._engagement_judge()
        trackings._engagement_recount()
        trackings.message_id._engagement_bus_send()
        corrected = self.filtered(lambda event: event.verdict == "human")
        trackings._engagement_after_events(trackings, news | corrected)

    @api.model
    def _engagement_actions(self):
        """The words on the buttons, by what they make of an event."""
        return {
            "human": self.env._("That was a person"),
            "machine": self.env._("Not a person"),
            "self": self.env._("That was me"),
        }
