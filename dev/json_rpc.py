"""Odoo's JSON-RPC, as the web client uses it."""

import requests

from .say import Failure


class Odoo:
    """Odoo as one of its users, the administrator unless it is said.

    :raises Failure: what Odoo says against a call
    """

    def __init__(self, url, database, login="admin", password="admin"):
        self.url = url
        self.session = requests.Session()
        self._ask("/web/session/authenticate", db=database, login=login, password=password)

    def _ask(self, path, **params):
        answer = self.session.post(self.url + path, json={"params": params}, timeout=60).json()
        if "error" in answer:
            raise Failure(answer["error"]["data"]["debug"])
        return answer.get("result")

    def write_to(self, partner, model, record, body, **values):
        """Write to a contact in the chatter of a record."""
        return self.call(
            model,
            "message_post",
            [record],
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=[partner],
            **values,
        )

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model."""
        return self._ask(
            "/web/dataset/call_kw", model=model, method=method, args=args, kwargs=kwargs
        )
