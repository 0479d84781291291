"""Keeps each piece of news once: WEBHOOK_SECRET=whsec_… python webhook_receiver.py 8080 news.db"""

import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            Webhook(os.environ["WEBHOOK_SECRET"]).verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.send_error(401)
        with kept:  # committed before the answer; the same id again changes nothing
            kept.execute(
                "INSERT OR IGNORE INTO news VALUES (?, ?)", (self.headers["webhook-id"], body)
            )
        self.send_response(204)
        self.end_headers()


kept = sqlite3.connect(sys.argv[2])
kept.execute("CREATE TABLE IF NOT EXISTS news (id TEXT PRIMARY KEY, body TEXT)")
HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
