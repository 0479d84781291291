from odoo import models

SUBCHANNEL = "mail_engagement"
# Records of one summary that are told to those who have them open: one row on the bus each. More
# is a backlog being caught up with, and should not wait for that.
RECORDS = 200


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _engagement_tell_colleagues(self, chips):
        """Who has a message's record open sees the chip change as its author does.

        :param dict chips: see _engagement_chips
        """
        on_records = self.filtered(lambda message: message.model in self.env and message.res_id)
        newest = on_records.sorted("id", reverse=True).grouped(lambda it: (it.model, it.res_id))
        shown = dict([*newest.items()][:RECORDS])
        for (model, res_id), messages in shown.items():
            self.env["bus.bus"]._sendone(
                (self.env[model].browse(res_id), SUBCHANNEL),
                "mail.record/insert",
                {
                    "mail.message": [
                        {"id": message.id, "engagement": chips.get(message.id, False)}
                        for message in messages
                    ]
                },
            )
