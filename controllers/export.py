import json

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

# Any integer of these is one of PostgreSQL's too; a converter of Odoo's takes longer ones.
MAX_DIGITS = 9


class EngagementExport(http.Controller):
    """Gives a manager all that is held on a person, as a file to hand out."""

    @http.route(
        f"/mail_engagement/export/<string(maxlength={MAX_DIGITS}):number>",
        type="http",
        auth="user",
        readonly=True,
    )
    def export(self, number):
        """All that is held on a person, as a file, for managers."""
        if not (number.isascii() and number.isdigit()):
            raise NotFound()
        partner = request.env["res.partner"].browse(int(number)).exists()
        is_manager = request.env.user.has_group("mail_engagement.group_manager")
        if not is_manager or not partner or not partner.has_access("read"):
            raise NotFound()
        content = json.dumps(partner._engagement_export(), ensure_ascii=False, indent=2)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Disposition": content_disposition(f"engagement_{partner.id}.json"),
            "Cache-Control": "no-store",
        }
        return request.make_response(content, [*headers.items()])
