from odoo import fields, models


class MailEngagementMailboxAlert(models.Model):
    """What a mailbox's tests found, newest first."""

    _name = "mail.engagement.mailbox.alert"
    _description = "Mailbox Alert"
    _order = "date DESC, id DESC"
    _rec_name = "text"
    _log_access = False

    mailbox_id = fields.Many2one(
        "mail.engagement.mailbox", required=True, index=True, ondelete="cascade", readonly=True
    )
    date = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", "By", ondelete="set null", readonly=True, default=lambda self: self.env.uid
    )
    level = fields.Selection(
        [
            ("success", "Success"),
            ("info", "Information"),
            ("attention", "Attention"),
            ("failure", "Failure"),
        ],
        required=True,
        readonly=True,
    )
    text = fields.Char("What Happened", required=True, readonly=True)
    advice = fields.Char("What to Do", readonly=True)
