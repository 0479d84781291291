from odoo import api, models


class MailEngagementMailbox(models.Model):
    _inherit = "mail.engagement.mailbox"

    @api.model
    def _engagement_advice(self):
        """What to do, by the codes of tools.mail_failure."""
        return {
            "login": self.env._(
                "Check user name and password; some providers want an app password."
            ),
            "recipient": self.env._("The server does not accept mail for this address: check it."),
            "sender": self.env._(
                "The server does not let this address send: check the server's account."
            ),
            "tls": self.env._("Check the connection security and the certificate."),
            "name": self.env._("No server has this name: check its spelling."),
            "timeout": self.env._("The server does not answer: check address, port and firewall."),
            "refused": self.env._(
                "Nobody answers there: check the port, and that the server runs."
            ),
            "closed": self.env._("The server hung up: check the port and the connection security."),
            "network": self.env._(
                "The server cannot be reached: check address, port and firewall."
            ),
            "other": self.env._("Ask who runs the server; what it said stands here."),
        }
