from base64 import b64encode

from odoo import models

from ..relay.engagement_relay.protocol import token

# Larger files do not travel by mail either.
ATTACHMENT_MAX_BYTES = 128 * 2**20


class MailEngagementRelay(models.Model):
    _inherit = "mail.engagement.relay"

    def _engagement_state(self, since):
        """What this relay may know, whole or what is new (docs/protocol.md).

        :param int since: the version that it has; 0 for everything
        :rtype: dict
        """
        self.ensure_one()
        company = self.company_id
        version, knowledge_version = self.env["mail.engagement.state"]._engagement_versions(company)
        # A number from the future comes from a database that was restored.
        full = not 0 < since <= version
        suppressed, partly, free = self.env["mail.engagement.suppression"]._engagement_since(
            company, 0 if full else since
        )
        state = {
            "state_version": version,
            "full": full,
            "tenant": company.engagement_tenant,
            "enabled": company.engagement_enabled and company.engagement_edge == "relay",
            "hosts": self._engagement_hosts(),
            "keys": self._engagement_keys(),
            "retention_days": company._engagement_retention_days(),
            "max_policy": int(company._engagement_max_policy()),
            "honour": company._engagement_honoured(),
            "suppressed": suppressed,
            "suppressed_kinds": partly,
            "unsuppressed": free,
            "attachment_max_bytes": ATTACHMENT_MAX_BYTES,
        }
        if full or knowledge_version > since:
            knowledge = company._engagement_knowledge()
            state["knowledge"] = knowledge and knowledge.pack()
        return state

    def _engagement_keys(self):
        """The outer keys: they verify, and sign what can do no harm. Masters stay here."""
        tenant = bytes.fromhex(self.company_id.engagement_tenant)
        held = self.env["mail.engagement.key"]._engagement_secrets().get(tenant, {"token": {}})
        return [
            {
                "id": number,
                "state": state.value,
                "outer": {
                    kind: b64encode(token.outer_key(master, kind)).decode() for kind in token.KINDS
                },
            }
            for number, (master, state) in sorted(held["token"].items())
        ]
