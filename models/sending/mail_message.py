import logging

from odoo import api, fields, models

from ...tools.why import why

_logger = logging.getLogger(__name__)

DOCUMENT = {"model", "res_id"}
FOLLOW = [("follow", "Follow"), ("skip", "Do not follow")]


class MailMessage(models.Model):
    """Whether a message is followed, its template, and its recipients' rows."""

    _inherit = "mail.message"

    # No default, and no column default either: this is the largest table there is.
    engagement_follow = fields.Selection(
        FOLLOW, "Email Engagement", help="Empty: as the company has set it."
    )
    engagement_template_id = fields.Many2one(
        "mail.template", "From Template", index="btree_not_null", ondelete="set null"
    )
    engagement_tracking_ids = fields.One2many(
        "mail.engagement.tracking",
        "message_id",
        "Followed E-mails",
        groups="mail_engagement.group_user",
    )

    def _engagement_expect(self, recipients):
        """Note a message whose mails are to be followed when they leave. Costs no query.

        :param list[dict] recipients: as ``_notify_get_recipients`` has them
        """
        outside = [who for who in recipients if who["notif"] == "email" and who["share"]]
        # Where only enabled mailboxes are followed, that would be one to ask for.
        settings = self and outside and self._engagement_settings(self.env.company)
        if settings and not settings.only_mailboxes:
            self._engagement_expected()[self.id] = len(outside)
            self.invalidate_recordset(["engagement"], flush=False)

    def _engagement_expected(self):
        """This transaction's messages whose mails are still to leave: recipients by message id."""
        return self.env.cr.precommit.data.setdefault("mail_engagement.expected", {})

    def _engagement_settings(self, company):
        """The settings by which this message is to be followed, else None. Costs no query.

        :param res.company company: where the message itself says none
        :rtype: res_company.Settings | None
        """
        if not self.env["res.company"]._engagement_is_on():
            return None
        # sudo: as the mail is sent.
        message = self.sudo()
        if message.engagement_follow == "skip":
            return None
        company = message.record_company_id or company
        try:
            settings = company._engagement_settings(company.id)
        except Exception as error:
            _logger.error("No settings to follow message %s by: %s", message.message_id, why(error))
            return None
        if not settings.enabled or not (settings.follow or message.engagement_follow == "follow"):
            return None
        return settings

    def _engagement_left(self, is_plain):
        """A mail of this message left, or did not: a hook.

        :param bool is_plain: it left to all, is followed, and an open would be seen
        """
        self._engagement_expected().pop(self.id, None)
        self.invalidate_recordset(["engagement_tracking_ids", "engagement"], flush=False)

    def write(self, vals):
        """A mail leaves by the rules of the company that it was written for; what became of it goes
        with the message to another document, as where opportunities or contacts are merged."""
        result = super().write(self._engagement_allowed(vals))
        if not DOCUMENT.isdisjoint(vals) and self.env["res.company"]._engagement_is_on():
            # Messages are moved one by one; what goes with them goes at one go.
            moved = self.env.cr.precommit.data.setdefault("mail_engagement.moved", set())
            if not moved:
                # sudo: what became of a message is where the message is, whoever moved it.
                self.env.cr.precommit.add(self.browse().sudo()._engagement_move_moved)
            moved.update(self.ids)
        return result

    @api.model
    def _engagement_move_moved(self):
        """Before the transaction ends, for all messages that it moved."""
        moved = self.env.cr.precommit.data.pop("mail_engagement.moved", ())
        documents = self.browse(moved).exists().grouped(lambda it: (it.model, it.res_id))
        for (model, res_id), messages in documents.items():
            messages._engagement_move({"model": model, "res_id": res_id})

    def _engagement_move(self, document):
        """These messages stand on another document now: a hook.

        :param dict document: their ``model`` and ``res_id``
        """
        self.engagement_tracking_ids.write(document)

    @api.model
    def _engagement_allowed(self, values):
        """Leave out of a message's values what the user may not decide. Costs no query.

        Nobody sends by the rules of a company that they do not work for, and only colleagues
        decide whether a mail is followed.

        :param dict values: of a message, as the client sent them
        :rtype: dict
        """
        user, company = self.env.user, values.get("record_company_id")
        refused = {
            "record_company_id": company
            and not self.env.su
            and company not in user._get_company_ids(),
            "engagement_follow": values.get("engagement_follow") and not user._is_internal(),
        }
        return {name: value for name, value in values.items() if not refused.get(name)}
