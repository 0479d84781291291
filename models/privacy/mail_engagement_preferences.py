from odoo import api, fields, models

from ...relay.engagement_relay.pages.language import LANGUAGES, PARAMETER
from ...relay.engagement_relay.protocol.token import Policy
from ...tools.consent import COMPANY, MOST, TWIN, TWIN_COUNTRY, lowest_unsaid, others_refuse
from ...tools.kinds import BY_NAME, GRANTED, KINDS, REFUSED, SAID


class MailEngagementPreferences(models.AbstractModel):
    """A recipient's own page: what is followed, by whom, why; allow, refuse, erase.

    Asking shows. Sending the form shows what would change; only sending that again, confirmed,
    changes something, and once: it carries a stamp of the state that it was made from. Through a
    relay only less is possible, as a stolen relay could repeat tokens that it saw.
    """

    _name = "mail.engagement.preferences"
    _description = "A Recipient's Own Page"

    @api.model
    def _engagement_page(
        self, partner, company, parsed, form=None, *, reader, may_grant, own_url=None
    ):
        """Show the page, and obey the form.

        :param res.partner partner: whose page it is, in the superuser's environment
        :param res.company company: who asks
        :param token.Token parsed: that led here
        :param dict[str, str] form: as sent; None when the page was only asked for
        :param Reader reader: who reads it, and the form that was answered
        :param bool may_grant: whether more may be allowed here, or less only
        :param str own_url: where it may
        :return: status and HTML
        :rtype: tuple[int, str]
        """
        contact = self.env["mail.engagement.contact"]
        status, step, wanted, erase = 200, "choose", {}, False
        stamp = contact._engagement_stamp(partner, parsed)
        if form is not None:
            wanted, erase = self._engagement_wanted(partner, form)
            if wanted is None:
                status, step, wanted = 400, "invalid", {}
            elif not may_grant and GRANTED in wanted.values():
                step, wanted = "elsewhere", {}
            elif form.get("stamp") != stamp:
                step, wanted = "outdated", {}
            elif not wanted and not erase:
                step = "same"
            elif form.get("confirm") == "1":
                self._engagement_obey(partner, company, wanted, reader)
                if erase:
                    partner._engagement_erase()
                    contact._engagement_of_token(parsed).erased_at = fields.Datetime.now()
                step = "done"
                stamp = contact._engagement_stamp(partner, parsed)
            else:
                step = "review"
        values = self._engagement_values(partner, company, reader)
        return status, self.env["ir.qweb"]._render(
            "mail_engagement.preferences",
            {
                **values,
                "words": self._engagement_words(reader),
                "language": reader.language,
                "languages": LANGUAGES.values(),
                "language_parameter": PARAMETER,
                "step": step,
                "note": self._engagement_note(step, reader),
                "stamp": stamp,
                "wanted": wanted,
                "erase": erase,
                "may_grant": may_grant,
                "own_url": own_url,
            },
        )

    @api.model
    def _engagement_wanted(self, partner, form):
        """What the form changes, and whether it erases; None for what no form of ours sends.

        :rtype: tuple[dict[str, str] | None, bool]
        """
        wanted = {}
        for kind in KINDS:
            choice = REFUSED if form.get("all") == REFUSED else form.get(kind.name, "")
            if choice not in (*SAID, ""):
                return None, False
            if choice and choice != partner[kind.field]:
                wanted[kind.name] = choice
        return wanted, form.get("erase") == "1"

    @api.model
    def _engagement_obey(self, partner, company, wanted, reader):
        if wanted:
            text = self._engagement_page_text(company, reader)
            partner._engagement_set_consent(wanted, "page", text=text)

    @api.model
    def _engagement_page_text(self, company, reader):
        """What the page says, for the proof of what was agreed to."""
        values = self._engagement_values(self.env["res.partner"], company, reader)
        return "\n".join(
            [values["who"], values["why"], *(kind["text"] for kind in values["kinds"])]
        )

    @api.model
    def _engagement_words(self, reader):
        """What the page says to everybody.

        :rtype: dict[str, str]
        """
        return {
            "title": reader._("Your e-mails, your choice"),
            "not_followed": reader._("At present this is not followed anyway."),
            "allow": reader._("I allow it"),
            "refuse": reader._("I refuse"),
            "erase": reader._("Also erase what has been recorded about me"),
            "continue": reader._("Continue"),
            "refuse_all": reader._("Refuse everything"),
            "own_page": reader._("To allow something, use this page of the sender's own server."),
            "kept": reader._("What is kept, and for how long"),
            "held": reader._("E-mails that we keep records of"),
            "device": reader._("Network address and program"),
            "events": reader._("What happened, and when"),
            "questions": reader._("Questions"),
            "just_the_same": reader._(
                "Links and files in your e-mails work just the same if you refuse."
            ),
            "review": reader._("Please confirm. This is what will change:"),
            "erasing": reader._("What has been recorded about you is erased."),
            "for_good": reader._("This cannot be undone."),
            "confirm": reader._("Confirm"),
            "back": reader._("Back"),
            "erased": reader._("What had been recorded is erased."),
            "yours": reader._(
                "This page sets no cookie and needs no account. It is yours alone: its address is "
                "in the e-mails that you got."
            ),
            "language": reader._("Language"),
        }

    @api.model
    def _engagement_note(self, step, reader):
        """What came of the form."""
        return {
            "done": reader._(
                "Your choice is saved. It holds from now on, for e-mails that you already have too."
            ),
            "same": reader._("Nothing was changed: this is what you had chosen already."),
            "outdated": reader._(
                "This choice was made on an older copy of the page, so nothing was changed. Please "
                "look at it again below."
            ),
            "invalid": reader._(
                "That could not be understood, so nothing was changed. Please choose again."
            ),
            "elsewhere": reader._("Here you can only refuse, so nothing was changed."),
        }.get(step)

    @api.model
    def _engagement_standing(self, partner, company, reader):
        """What holds while the person has not decided, or where others decided more strictly."""
        standings = partner._engagement_standings(company)[partner]
        if others := others_refuse(standings):
            texts = {
                COMPANY: reader._("Your company refused some of it; that holds."),
                TWIN: reader._("Somebody who shares your address refused some of it; that holds."),
            }
            return " ".join(texts[reason] for reason in others)
        lowest = lowest_unsaid(standings)
        if not lowest:
            return ""
        if lowest.reason == MOST:
            return {
                Policy.NONE: reader._("At present we follow nobody, whatever you allow."),
                Policy.ANONYMOUS: reader._(
                    "At present we only count visits, not whose, whatever you allow."
                ),
                Policy.NO_IP: reader._(
                    "At present we follow without address, whatever you allow, unless you refuse."
                ),
            }[lowest.level]
        text = {
            Policy.NONE: reader._(
                "You have not decided yet. Until you allow it, nothing is followed."
            ),
            Policy.ANONYMOUS: reader._(
                "You have not decided yet. Until you do, visits are only counted, not whose."
            ),
            Policy.NO_IP: reader._(
                "You have not decided yet. Until you do, it is followed without address."
            ),
            Policy.FULL: reader._("You have not decided yet. Until you refuse, it is followed."),
        }[lowest.level]
        if lowest.reason != TWIN_COUNTRY:
            return text
        return " ".join(
            [text, reader._("The country of somebody who shares your address wants it so.")]
        )

    @api.model
    def _engagement_values(self, partner, company, reader):
        followed = company._engagement_settings(company.id)
        held = self.env["mail.engagement.tracking"].sudo()
        held = held.search(partner._engagement_held_domain()) if partner else held
        held_mails = len(held.filtered(lambda mail: mail.company_id == company))
        address_days = company.engagement_address_days
        event_days = company.engagement_event_days
        kinds = {
            "open": (
                reader._("Opening the e-mail"),
                reader._("When an e-mail is shown, a small picture in it is fetched from us."),
                followed.opens,
            ),
            "click": (
                reader._("Following a link"),
                reader._("Links in it lead through us to their target."),
                followed.clicks,
            ),
            "attachment": (
                reader._("Opening a file"),
                reader._("Files that come as a link are fetched from us."),
                followed.attachments,
            ),
        }
        return {
            "company": company,
            "partner": partner,
            "who": reader._(
                "%s would like to know what becomes of the e-mails it writes to you.", company.name
            ),
            "why": reader._(
                "So that whoever wrote to you sees that the e-mail arrived and was of use, and "
                "gets back to you at a good moment. Nothing is sold or given to others."
            ),
            "kinds": [
                {
                    "kind": kind,
                    "title": title,
                    "text": text,
                    "choice": partner[BY_NAME[kind].field] if partner else False,
                    "is_followed": used and followed.enabled,
                }
                for kind, (title, text, used) in kinds.items()
            ],
            "standing": self._engagement_standing(partner, company, reader) if partner else "",
            "held_mails": held_mails,
            "held_number": reader.number(held_mails),
            "address_days": reader.days(address_days) if address_days else reader._("Not kept"),
            "event_days": reader._("%s; numbers without details remain", reader.days(event_days)),
        }
