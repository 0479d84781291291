from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...tools.body import app_links

KINDS = [
    ("meeting", "Call or Meeting"),
    ("map", "Map"),
    ("messenger", "Messenger"),
    ("store", "App Store"),
    ("other", "Other"),
]


class MailEngagementAppLink(models.Model):
    """Where links open an app, if it is installed: they are left alone, since none opens for the
    redirect of a followed link. What ships is a start; an administrator archives and adds.
    """

    _name = "mail.engagement.app.link"
    _description = "Link That Opens an App"
    _order = "kind, place, id"
    _rec_name = "place"

    active = fields.Boolean(default=True)
    place = fields.Char(
        "Leads To",
        required=True,
        help="A host, such as wa.me, with those below it, or the beginning of its paths, such as "
        "zoom.us/j; * stands for the ending of a domain: google.*/maps.",
    )
    kind = fields.Selection(KINDS, required=True, default="other")
    source = fields.Char(help="Where this is known from.")

    _place_unique = models.Constraint("unique(place)", "This is in the list already.")

    @api.constrains("place")
    def _check_place(self):
        for record in self:
            if not app_links.is_place(record.place):
                raise ValidationError(
                    self.env._(
                        "“%s” is no host, with or without the beginning of a path: wa.me or "
                        "zoom.us/j.",
                        record.place,
                    )
                )

    @api.model
    @tools.ormcache(cache="stable")
    def _engagement_places(self):
        """:rtype: app_links.Places"""
        # sudo: any sender's links are left alone as the administrators have decided. All of them
        # are meant, and they are few.  pylint: disable=no-search-all
        return app_links.places(self.sudo().search([]).mapped("place"))

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache("stable")
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache("stable")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_places(self):
        self.env.registry.clear_cache("stable")
