"""Odoo over its JSON-RPC, as a web client asks it."""

import requests


class Odoo:
    """Odoo as its administrator."""

    def __init__(self, url, database):
        self.url = url
        self.session = requests.Session()
        self._ask("/web/session/authenticate", db=database, login="admin", password="admin")

    def _ask(self, path, **params):
        answer = self.session.post(self.url + path, json={"params": params}, timeout=60).json()
        assert "error" not in answer, answer["error"]["data"]["debug"]
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model."""
        return self._ask(
            "/web/dataset/call_kw", model=model, method=method, args=args, kwargs=kwargs
        )
