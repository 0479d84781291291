import ipaddress
from datetime import timedelta

from odoo import models

from ..relay.engagement_relay import token
from ..relay.engagement_relay.observe import bucket

# How long before and after an event a device of the sender's may have been seen.
NEAR = timedelta(days=14)
# Odoo's names of platforms and browsers (werkzeug's), and ours (ua-parser's).
PLATFORMS = {"macos": "macos", "windows": "windows", "linux": "linux", "android": "android"}
APPLE_MOBILE = ("iphone", "ipad", "ipod")


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def _engagement_own_events(self, events):
        """Which of a mail's events the sender caused: same public address, same program.

        An address alone is a whole office's, and a device on the own network's inner addresses
        proves nothing. Where no address was kept, the bucket of the sender's address is compared.

        :param mail.engagement.event events: of this mail
        :rtype: set[int], ids
        """
        self.ensure_one()
        users = self.author_id.user_ids
        if not users or not events:
            return set()
        times = events.mapped("occurred_at")
        # sudo: where a user's devices are is his own business; here it is compared, not shown.
        devices = (
            self.env["res.device.log"]
            .sudo()
            .search(
                [
                    ("user_id", "in", users.ids),
                    ("last_activity", ">=", min(times) - NEAR),
                    ("first_activity", "<=", max(times) + NEAR),
                    ("ip_address", "!=", False),
                ]
            )
        )
        known = {
            (device.ip_address, _system(device.platform), _browser(device.browser))
            for device in devices
            if _is_public(device.ip_address)
        }
        if not known:
            return set()
        salts = self._engagement_salts()
        found = set()
        for event in events:
            # sudo: only managers read addresses.
            ip = event.sudo().ip
            for address, system, browser in known:
                if (system, browser) != (_system(event.os), _browser(event.client)):
                    continue
                if ip == address or (
                    not ip
                    and event.source
                    and any(
                        bucket(salt, bytes.fromhex(self.uid), address) == event.source
                        for salt in salts
                    )
                ):
                    found.add(event.id)
        return found

    def _engagement_salts(self):
        """What Odoo's own edge and the relays make buckets with.

        :rtype: list[bytes]
        """
        # sudo: the company's secrets stay in this method.
        company = self.company_id.sudo()
        if not company.engagement_tenant:
            return []
        held = (
            self.env["mail.engagement.key"]
            ._engagement_secrets()
            .get(bytes.fromhex(company.engagement_tenant), {"uid": None, "token": {}})
        )
        salts = [token.outer_key(master, "o") for master, _state in held["token"].values()]
        return [*([held["uid"]] if held["uid"] else []), *salts]


def _is_public(address):
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _system(name):
    name = (name or "").lower().replace(" ", "")
    if name in APPLE_MOBILE or name == "ios":
        return "ios"
    return {"macosx": "macos", "ubuntu": "linux", "fedora": "linux"}.get(name, name)


def _browser(name):
    name = (name or "").lower().split(" ")[0]
    return {"mobile": "safari", "msie": "ie"}.get(name, name)
