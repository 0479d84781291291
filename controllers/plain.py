from werkzeug.exceptions import MethodNotAllowed

from odoo.http import HttpDispatcher


class PlainDispatcher(HttpDispatcher):
    """Calls a route with what its path names, and with nothing else of the request.

    Odoo would also make arguments of the query and of forms. But what people and programs append to
    a link would then stand in the log, and a signature is over a body's bytes, not their meaning.
    Odoo lets OPTIONS through to every route, for pages of other origins. None of our routes is for
    these, and asking what may be asked is no visit.

    It asks for no CSRF token, so it is for routes that need none: those with ``csrf=False``, and
    those that are only read.
    """

    routing_type = "mail_engagement"

    def dispatch(self, endpoint, args):
        """
        :raises MethodNotAllowed: for a method that the route does not name
        """
        methods = endpoint.routing["methods"]
        if methods and self.request.httprequest.method not in (*methods, "HEAD"):
            raise MethodNotAllowed(methods)
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)
