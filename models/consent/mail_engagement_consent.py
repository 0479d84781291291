from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.kinds import KINDS, REFUSED
from .res_partner import PREFERENCE

VALUES = [*PREFERENCE, ("unset", "Taken back")]
PAGE = "page"
COMPLAINT = "complaint"
SOURCES = [
    (PAGE, "The person's own page"),
    ("form", "A form"),
    ("import", "An import"),
    ("user", "Noted by a colleague"),
    (COMPLAINT, "Their provider, to whom they complained"),
]
# The person's own act: nobody else takes a refusal of theirs back.
OWN = (PAGE, COMPLAINT)
NOTHING = ("unset", "")


class MailEngagementConsent(models.Model):
    """What a person said about being followed, one row for each time: the proof.

    Only ever added to. The last row of a kind is what stands on the contact. It goes with the
    contact: nobody who is erased leaves a list of what they once allowed.
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
    kind = fields.Selection(
        [(kind.name, kind.label) for kind in KINDS], required=True, readonly=True
    )
    value = fields.Selection(VALUES, "Said", required=True, readonly=True)
    date = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    note = fields.Char(readonly=True)
    text = fields.Text("Text Shown", readonly=True, help="What the person read and answered.")
    user_id = fields.Many2one(
        "res.users",
        "Entered By",
        ondelete="set null",
        readonly=True,
        help="Empty for what the person did themselves.",
    )

    @api.model
    def _engagement_hear(self, partners, said, source, note=None, text=None):
        """Add to the history what is news in what these contacts said.

        The arguments come from the server's own code: no context is asked, as its keys are the
        user's to choose.

        :param res.partner partners:
        :param dict said: kind → granted, refused, or a false value for taken back
        :param str source: of SOURCES
        :param str note: how a colleague knows
        :param str text: what the person read
        :raises AccessError: where a user undoes what the person refused on their own page
        """
        last = self._engagement_last_words(partners)
        news = [
            (partner, kind, value or "unset")
            for partner in partners
            for kind, value in said.items()
            if last.get((partner.id, kind), NOTHING)[0] != (value or "unset")
        ]
        if source != PAGE:
            own = {
                partner
                for partner, kind, value in news
                if value != REFUSED
                and last.get((partner.id, kind)) in [(REFUSED, mine) for mine in OWN]
            }
            if own:
                self._engagement_check_may_undo(partners.browse().union(*own), note)
        # sudo: nobody writes the history by hand; a user who may change the contact adds to it.
        self.sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "address": partner.email_normalized,
                    "kind": kind,
                    "value": value,
                    "source": source,
                    "note": note,
                    "text": text,
                    "user_id": source not in OWN and self.env.uid,
                }
                for partner, kind, value in news
            ]
        )

    @api.model
    def _engagement_last_words(self, partners):
        """What each of these contacts said last of each kind, and by which way it became known.

        :return: by contact's id and kind; contacts who said nothing are not in it
        :rtype: dict[tuple[int, str], tuple[str, str]]
        """
        # sudo: the user who notes something may not see what was said before.
        rows = self.sudo().search([("partner_id", "in", partners.ids)], order="date, id")
        return {(row.partner_id.id, row.kind): (row.value, row.source) for row in rows}

    @api.model
    def _engagement_check_may_undo(self, partners, note):
        """What the person refused themselves is lifted by themselves, or with a proof.

        :raises AccessError: unless the user is a manager
        :raises UserError: without a note
        """
        names = ", ".join(partners.mapped("display_name"))
        if not self.env.user.has_group("mail_engagement.group_manager"):
            raise AccessError(
                self.env._(
                    "%s refused themselves. They can change that on their own page; otherwise only "
                    "a manager of Email Engagement notes that they changed their mind.",
                    names,
                )
            )
        if not (note or "").strip():
            raise UserError(
                self.env._(
                    "%s refused themselves. Please fill in how you know that they changed their "
                    "mind: it is kept as proof.",
                    names,
                )
            )

    # Nothing is ever written.  pylint: disable=method-required-super
    def write(self, vals):
        raise UserError(self.env._("What somebody said is not changed afterwards."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        # With the contact they go by the database's own cascade.
        raise UserError(self.env._("What somebody said is not deleted by itself."))
