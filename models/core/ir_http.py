import re

from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.routing import PathConverter

from odoo import models

from ...relay.engagement_relay.protocol import wire

OURS = (f"{wire.ODOO_EDGE}/", "/mail_engagement/")
_has_controls = re.compile(r"[\0-\x1f\x7f]").search


class RestConverter(PathConverter):
    """Whatever stands there, line breaks included, which Werkzeug's own converters stop at."""

    regex = "(?s:[^/].*?)"


class IrHttp(models.AbstractModel):
    """Makes the edge's paths known to Odoo, and refuses control characters in them."""

    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return {**super()._get_converters(), "engagement_rest": RestConverter}

    @classmethod
    def _match(cls, path_info):
        """Refuse what no route of ours takes, where it has a line break or a NUL.

        Odoo would write it into the header of a redirect, or look for a page of that name in the
        database: neither takes them.
        """
        if not (path_info.startswith(OURS) and _has_controls(path_info)):
            return super()._match(path_info)
        try:
            return super()._match(path_info)
        except (NotFound, ValueError):
            raise BadRequest() from None
