import json

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request


class EngagementExport(http.Controller):
    @http.route("/mail_engagement/export/<int:partner_id>", type="http", auth="user", readonly=True)
    def export(self, partner_id):
        """All that is held on a person, as a file, for managers."""
        partner = request.env["res.partner"].browse(partner_id).exists()
        is_manager = request.env.user.has_group("mail_engagement.group_manager")
        if not is_manager or not partner or not partner.has_access("read"):
            raise NotFound()
        content = json.dumps(partner._engagement_export(), ensure_ascii=False, indent=2)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Disposition": content_disposition(f"engagement_{partner_id}.json"),
            "Cache-Control": "no-store",
        }
        return request.make_response(content, [*headers.items()])
