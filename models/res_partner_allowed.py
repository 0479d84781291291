from odoo import models

from .res_partner_suppression import FIELDS

KINDS = tuple(FIELDS.values())


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _engagement_blocked(self, company):
        """What may not be followed of these contacts today, by their word or their country's rule.

        :param res.company company: who sends
        :return: contact → kinds (open, click, attachment); who blocks nothing is not in it
        :rtype: dict[res.partner, set[str]]
        """
        policies = company._engagement_policies(company.id)
        found = {}
        for partner, said in self._engagement_preferences().items():
            # sudo: the country of a recipient is no secret to who writes to him.
            known = partner.sudo()
            country = known.country_id or known.commercial_partner_id.country_id
            unasked = not policies.get(country.id, policies[None])
            blocked = {
                kind
                for kind, value in said.items()
                if value == "refused" or (not value and unasked)
            }
            if blocked:
                found[partner] = blocked
        return found

    def _engagement_blocked_text(self, company, blocked):
        """Why, in a line.

        :param set[str] blocked: kinds
        """
        self.ensure_one()
        said = self._engagement_preferences()[self]
        labels = {
            "open": self.env._("opens"),
            "click": self.env._("link clicks"),
            "attachment": self.env._("attachment views"),
        }
        refused = [label for kind, label in labels.items() if said[kind] == "refused"]
        if len(refused) == len(KINDS):
            return self.env._("does not want to be followed")
        if refused:
            return self.env._("refused %s", ", ".join(refused))
        if len(blocked) == len(KINDS):
            return self.env._("was never asked, as their country wants it")
        unasked = ", ".join(label for kind, label in labels.items() if kind in blocked)
        return self.env._("was not asked about %s, as their country wants it", unasked)
