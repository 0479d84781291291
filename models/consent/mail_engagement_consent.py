from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [("open", "Opens"), ("click", "Link clicks"), ("attachment", "Attachment views")]
VALUES = [("granted", "Granted"), ("refused", "Refused"), ("unset", "Taken back")]
SOURCES = [
    ("page", "The person's own page"),
    ("form", "A form"),
    ("import", "An import"),
    ("user", "Noted by a colleague"),
]


class MailEngagementConsent(models.Model):
    """What a person said about being followed, one row for each time: the proof.

    Only ever added to. The last row of a kind is what stands on the contact. It goes with the
    contact: who is erased leaves no list of what he once allowed.
    """

    _name = "mail.engagement.consent"
    _description = "Consent to Email Engagement"
    _order = "date DESC, id DESC"
    _rec_name = "kind"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, index=True, ondelete="cascade", readonly=True
    )
    # Not called as Odoo calls addresses: its Privacy Lookup would offer to delete the proof.
    address = fields.Char(readonly=True, help="The contact's at that time.")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    value = fields.Selection(VALUES, "Said", required=True, readonly=True)
    date = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    note = fields.Char(readonly=True)
    text = fields.Text("Text Shown", readonly=True, help="What the person read and answered.")
    user_id = fields.Many2one("res.users", "Entered By", ondelete="set null", readonly=True)

    @api.model
    def _engagement_log(self, partners, values):
        """Add what was said to the history; how it became known, the context tells.

        :param res.partner partners:
        :param dict values: kind → value, a false one for taken back
        """
        context = self.env.context
        source = context.get("engagement_consent_source") or (
            "import" if context.get("import_file") else "user"
        )
        # sudo: nobody writes the history by hand; whoever may change the contact adds to it.
        self.sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "address": partner.email_normalized,
                    "kind": kind,
                    "value": value or "unset",
                    "source": source,
                    "note": context.get("engagement_consent_note"),
                    "text": context.get("engagement_consent_text"),
                    "user_id": source != "page" and self.env.uid,
                }
                for partner in partners
                for kind, value in values.items()
            ]
        )

    # Nothing to go on with.  pylint: disable=method-required-super
    def write(self, vals):
        raise UserError(self.env._("What somebody said is not changed afterwards."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        # With the contact they go by the database's own cascade.
        raise UserError(self.env._("What somebody said is not deleted by itself."))
